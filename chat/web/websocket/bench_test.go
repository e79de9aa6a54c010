package websocket

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// endless is a kernel whose connection is always readable, with the same input, and takes every
// output: what an event costs is what this module costs, without the system.
type endless struct {
	core.Kernel // nil: nothing else is called
	input       string
	token       uint64
}

func (k *endless) Now() time.Time                     { return time.Now() }
func (k *endless) OpenPoller() (core.Poller, error)   { return readable{k: k}, nil }
func (k *endless) PeerAddr(int) (net.Addr, error)     { return nil, syscall.ENOTSOCK }
func (k *endless) Read(_ int, p []byte) (int, error)  { return copy(p, k.input), nil }
func (k *endless) Write(_ int, p []byte) (int, error) { return len(p), nil }

type readable struct {
	core.Poller
	k *endless
}

func (p readable) Add(_ int, token uint64, _ core.Ready) error {
	p.k.token = token
	return nil
}

func (p readable) Wait(events []kernel.Event, _ time.Duration) (int, error) {
	events[0] = kernel.Event{Token: p.k.token, Ready: core.Readable}
	return 1, nil
}

// An event of 16 messages, and of one, beside an event of lines of the same size.
func BenchmarkEcho(b *testing.B) {
	echo := open(Messages(func(c *Conn, kind Kind, m []byte) { c.Push(kind, m) }))
	lines := chat.Lines(func(c *chat.Channel, line []byte) {
		c.Push(line)
		c.PushString("\r\n")
	})
	for _, messages := range []int{1, 16} {
		for _, size := range []int{32, 900} {
			text := strings.Repeat("x", size)
			for name, input := range map[string]string{"binary": up(0x82, text), "text": up(0x81, text),
				"line": text[2:] + "\r\n"} {
				b.Run(fmt.Sprintf("%s/%dx%d", name, messages, size), func(b *testing.B) {
					k := &endless{input: strings.Repeat(input, messages)}
					loop, err := core.New(core.WithKernel(k))
					require.NoError(b, err)
					h := echo
					if name == "line" {
						h = lines
					}
					chat.NewChannel(core.NewConn(loop, 1), h)
					b.ReportAllocs()
					for b.Loop() {
						loop.Poll(0)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*messages), "ns/message")
				})
			}
		}
	}
}

func BenchmarkMask(b *testing.B) {
	for _, size := range []int{32, 1 << 10, 16 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			src, dst := make([]byte, size), make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				mask(dst, src, 0x12345678)
			}
		})
	}
}
