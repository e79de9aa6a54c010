package main

import (
	"sync"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/pool/goroutine"
)

// A gnetWorker hands the lines of a connection to gnet's pool of goroutines, where the work is
// done, next to none for each line. The answers of a connection stay in order.
type gnetWorker struct {
	gnet.BuiltinEventEngine
	pool *goroutine.Pool
}

// A desk is what waits for work on a connection.
type desk struct {
	mu      sync.Mutex
	waiting []byte // whole lines
	working bool
}

func (*gnetWorker) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	c.SetContext(new(desk))
	return nil, gnet.None
}

func (w *gnetWorker) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Peek(-1)
	if err != nil {
		return gnet.Close
	}
	d := c.Context().(*desk)
	d.mu.Lock()
	defer d.mu.Unlock()
	var n int
	d.waiting, n = appendLines(d.waiting, in)
	if _, err := c.Discard(n); err != nil {
		return gnet.Close
	}
	if n > 0 && !d.working {
		d.working = true
		if w.pool.Submit(func() { d.work(c) }) != nil {
			return gnet.Close
		}
	}
	return gnet.None
}

func (d *desk) work(c gnet.Conn) {
	for {
		d.mu.Lock()
		lines := d.waiting
		d.waiting, d.working = nil, len(lines) > 0
		d.mu.Unlock()
		if len(lines) == 0 || c.AsyncWrite(compute(lines), nil) != nil {
			return
		}
	}
}

// compute is the work, for all lines that there are. It returns the answers.
//
//go:noinline
func compute(lines []byte) []byte { return lines }

func serveGnetWork(addr string) error {
	return gnet.Run(&gnetWorker{pool: goroutine.Default()}, "tcp://"+addr,
		gnet.WithNumEventLoop(1), gnet.WithTCPNoDelay(gnet.TCPNoDelay))
}
