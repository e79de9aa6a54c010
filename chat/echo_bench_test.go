package chat_test

import (
	"bytes"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// endless is a kernel whose connections are always readable, with the same input, and take every
// output. What it costs to serve them is what this module costs, without the system.
type endless struct {
	core.Kernel // nil: nothing else is called
	input       []byte
}

func (k *endless) Now() time.Time                     { return time.Now() }
func (k *endless) OpenPoller() (core.Poller, error)   { return &allReady{}, nil }
func (k *endless) Read(_ int, p []byte) (int, error)  { return copy(p, k.input), nil }
func (k *endless) Write(_ int, p []byte) (int, error) { return len(p), nil }
func (k *endless) Close(int) error                    { return nil }
func (k *endless) Background(work func())             { go work() }
func (k *endless) PeerAddr(int) (net.Addr, error)     { return nil, syscall.ENOTSOCK }

type allReady struct {
	core.Poller
	events []kernel.Event
}

func (p *allReady) Add(_ int, token uint64, _ core.Ready) error {
	p.events = append(p.events, kernel.Event{Token: token, Ready: core.Readable})
	return nil
}

func (p *allReady) Wait(events []kernel.Event, _ time.Duration) (int, error) {
	return copy(events, p.events), nil
}

func (p *allReady) Modify(_ int, token uint64, want core.Ready) error {
	for i, e := range p.events {
		if e.Token == token {
			p.events[i].Ready = want
		}
	}
	return nil
}

func (p *allReady) Remove(int) error { return nil }
func (p *allReady) Close() error     { return nil }

// A turn of a loop with 16 echo channels that each got some lines.
func BenchmarkEcho(b *testing.B) {
	const channels = 16
	for _, lines := range []int{1, 16} {
		for _, size := range []int{32, 1024} {
			b.Run(fmt.Sprintf("%dx%d", lines, size), func(b *testing.B) {
				line := append(bytes.Repeat([]byte("x"), size-2), "\r\n"...)
				k := &endless{input: bytes.Repeat(line, lines)}
				loop, err := core.New(core.WithKernel(k))
				require.NoError(b, err)
				for fd := range channels {
					chat.NewChannel(core.NewConn(loop, fd), newEcho)
				}
				for b.Loop() {
					loop.Poll(0)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*channels), "ns/event")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*channels*lines), "ns/line")
			})
		}
	}
}
