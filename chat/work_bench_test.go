package chat_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A turn of a loop with 16 channels that each got some lines, and have a piece of work done for
// each: until all are answered.
func BenchmarkGo(b *testing.B) {
	const channels = 16
	for _, lines := range []int{1, 16} {
		b.Run(fmt.Sprintf("%d", lines), func(b *testing.B) {
			k := &endless{input: bytes.Repeat(append(bytes.Repeat([]byte("x"), 30), "\r\n"...), lines)}
			loop, err := core.New(core.WithKernel(k))
			require.NoError(b, err)
			answered := 0
			for fd := range channels {
				chat.NewChannel(core.NewConn(loop, fd), chat.Messages(crlf,
					func(c *chat.Channel, line []byte) {
						c.Go(func() func() {
							return func() {
								answered++
								c.PushString("answer\r\n")
							}
						})
					}))
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for n += channels * lines; answered < n; {
					loop.Poll(-1)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*channels*lines), "ns/line")
		})
	}
}
