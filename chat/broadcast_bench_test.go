package chat_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// oneSpeaks is a kernel on which only the connection that was added first is readable.
type oneSpeaks struct{ endless }

func (k *oneSpeaks) OpenPoller() (core.Poller, error) { return &firstReady{}, nil }

func (k *oneSpeaks) Writev(_ int, v [][]byte) (n int, err error) {
	for _, p := range v {
		n += len(p)
	}
	return n, nil
}

type firstReady struct{ allReady }

func (p *firstReady) Wait(events []kernel.Event, _ time.Duration) (int, error) {
	return copy(events, p.events[:1]), nil
}

// The lines of one event go to each of 1,000 channels. The figures are without the system.
func BenchmarkBroadcast(b *testing.B) {
	const channels = 1000
	for _, lines := range []int{1, 16} {
		b.Run(fmt.Sprint(lines), func(b *testing.B) {
			k := &oneSpeaks{endless{input: bytes.Repeat([]byte(waysLine), lines)}}
			loop, err := core.New(core.WithKernel(k))
			require.NoError(b, err)
			defer loop.Close()
			var all []*chat.Channel
			handler := chat.Messages(crlf, func(c *chat.Channel, line []byte) { c.Broadcast(all, line) })
			for fd := range channels {
				all = append(all, chat.NewChannel(core.NewConn(loop, fd), handler))
			}
			b.ReportAllocs()
			for range 10 { // the queues get their memory
				loop.Poll(0)
			}
			for b.Loop() {
				loop.Poll(0)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*channels), "ns/channel")
		})
	}
}
