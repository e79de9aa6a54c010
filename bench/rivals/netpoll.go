package main

import (
	"context"
	"sync"

	"github.com/cloudwego/netpoll"
)

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// netpollEcho answers all whole lines that there are, and flushes once.
func netpollEcho(_ context.Context, conn netpoll.Connection) error {
	r, w := conn.Reader(), conn.Writer()
	in, err := r.Peek(r.Len())
	if err != nil {
		return err
	}
	out := buffers.Get().(*[]byte)
	defer buffers.Put(out)
	var n int
	*out, n = appendLines((*out)[:0], in)
	if n == 0 {
		// OnRequest is called again for as long as there is input, so the rest of the line is waited for
		// here.
		_, err := r.Peek(r.Len() + 1)
		return err
	}
	if err := r.Skip(n); err != nil {
		return err
	}
	if err := r.Release(); err != nil {
		return err
	}
	space, err := w.Malloc(n)
	if err != nil {
		return err
	}
	copy(space, *out)
	return w.Flush()
}

func serveNetpoll(addr string) error {
	l, err := netpoll.CreateListener("tcp", addr)
	if err != nil {
		return err
	}
	loop, err := netpoll.NewEventLoop(netpollEcho)
	if err != nil {
		return err
	}
	return loop.Serve(l)
}
