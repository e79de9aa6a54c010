package micro

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// A stream is a kernel with one connection, on which rest arrives as fast as it is read.
type stream struct {
	core.Kernel // nil: nothing else is called
	rest        []byte
	token       uint64
}

func (k *stream) Now() time.Time                   { return time.Now() }
func (k *stream) OpenPoller() (core.Poller, error) { return watching{k: k}, nil }
func (k *stream) PeerAddr(int) (net.Addr, error)   { return nil, syscall.ENOTSOCK }
func (k *stream) Read(_ int, p []byte) (int, error) {
	if len(k.rest) == 0 {
		return 0, syscall.EAGAIN
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

type watching struct {
	core.Poller
	k *stream
}

func (w watching) Add(_ int, token uint64, _ core.Ready) error {
	w.k.token = token
	return nil
}

func (w watching) Wait(events []kernel.Event, _ time.Duration) (int, error) {
	events[0] = kernel.Event{Token: w.k.token, Ready: core.Readable}
	return 1, nil
}

// benchChannel has a Channel with all its limits and clocks read what comes, in events of 16 KiB:
// the loop and the copy of the read are in it.
func benchChannel(b *testing.B, lines []byte) {
	k := &stream{}
	loop, err := core.New(core.WithKernel(k))
	if err != nil {
		b.Fatal(err)
	}
	bytes, n := 0, 0
	c := chat.NewChannel(core.NewConn(loop, 1), chat.Messages(terminator.String("\r\n"),
		func(_ *chat.Channel, line []byte) { bytes, n = bytes+len(line), n+1 }))
	b.SetBytes(int64(len(lines)))
	b.ReportAllocs()
	rounds := 0
	for b.Loop() {
		rounds++
		for k.rest = lines; len(k.rest) > 0; {
			if _, err := loop.Poll(0); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := c.Push(nil); err != nil || bytes+2*n != rounds*len(lines) {
		b.Fatalf("%d bytes in %d lines were delivered, want %d with their ends; %v", bytes, n,
			rounds*len(lines), err)
	}
}
