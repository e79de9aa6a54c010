package chattest

import (
	"context"
	"testing"

	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
)

// kernel is the simulated one with what a test of a protocol wants of it: short writes, and a look
// at the producers.
type kernel struct {
	*simkernel.Kernel
	tb testing.TB
	w  *world
	// How much the next write takes at most, at least 1; nil: as much as there is room for.
	short   func() int
	pending int      // producers that were pushed and not closed
	holding bool     // work waits
	held    []func() // what waits
}

// Turn turns the loops until ctx is done, for [chat.Run]: the clock moves on when all is quiet.
func (k *kernel) Turn(ctx context.Context) error {
	for {
		k.w.run()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		next, ok := k.w.nextTimer()
		if !ok {
			return simkernel.ErrDeadlock
		}
		k.Advance(max(0, next.Sub(k.Now())))
	}
}

// Write is the write of a channel. Peers write to the kernel inside.
func (k *kernel) Write(fd int, p []byte) (int, error) {
	if k.short != nil {
		p = p[:min(len(p), k.short())]
	}
	return k.Kernel.Write(fd, p)
}

func (k *kernel) Writev(fd int, v [][]byte) (int, error) {
	if k.short == nil {
		return k.Kernel.Writev(fd, v)
	}
	var beginning [][]byte
	for room := k.short(); room > 0 && len(v) > 0; v = v[1:] {
		p := v[0][:min(len(v[0]), room)]
		beginning = append(beginning, p)
		room -= len(p)
	}
	return k.Kernel.Writev(fd, beginning)
}

// WatchProducer is called by a channel with each producer that is pushed to it.
func (k *kernel) WatchProducer(p fifo.Producer) fifo.Producer {
	if p == nil {
		return nil
	}
	k.pending++
	return &watched{Producer: p, k: k}
}

// watched is a producer that the channel must close exactly once, and not ask afterwards.
type watched struct {
	fifo.Producer
	k      *kernel
	closed bool
}

func (p *watched) More() ([]byte, error) {
	if p.closed {
		p.k.tb.Errorf("chattest: More of a producer (%T) that has been closed", p.Producer)
	}
	return p.Producer.More()
}

func (p *watched) Close() error { return p.CloseWithError(nil) }

func (p *watched) CloseWithError(cause error) error {
	if p.closed {
		p.k.tb.Errorf("chattest: a producer (%T) is closed twice", p.Producer)
		return nil
	}
	p.closed = true
	p.k.pending--
	fifo.Discard(p.Producer, cause)
	return nil
}
