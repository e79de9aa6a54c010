package web

import (
	"io"
	"net/http"
	"sync"
)

// A body is that of a request for a handler of net/http, between the loop, which adds to it, and
// the goroutine, which reads. The loop does not read on while too much is in it.
type body struct {
	run  *run
	mu   sync.Mutex
	more sync.Cond

	in      []byte // has come, and was not read
	left    int64  // is still to come; less than 0: nobody knows
	err     error  // behind in
	cut     bool   // what is still to come is not wanted: a deadline has come
	closed  bool   // the handler has returned, or has closed it
	paused  bool   // the loop does not read on
	expects bool   // the client waits to be asked for it
}

func (b *body) set(r *run, x *Exchange) {
	b.run, b.left, b.expects = r, x.length, x.expects && x.minor > 0 && x.hasBody()
	b.more.L = &b.mu
	switch {
	case !x.hasBody():
		b.err = io.EOF
	case x.chunked:
		b.left = -1
	}
}

// Read waits for a part of the body.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.expects {
		b.expects = false
		b.run.sendBefore(goAhead)
	}
	for len(b.in) == 0 && b.err == nil && len(p) > 0 {
		b.more.Wait()
		if b.closed {
			return 0, http.ErrBodyReadAfterClose
		}
	}
	if len(b.in) == 0 && len(p) > 0 {
		return 0, b.err
	}
	n := copy(p, b.in)
	if b.in = b.in[n:]; len(b.in) <= maxWaiting/4 {
		b.goOn()
	}
	return n, nil
}

// Close drops the rest.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.in = true, nil
	b.more.Broadcast()
	b.goOn()
	return nil
}

func (b *body) goOn() {
	if b.paused {
		b.paused = false
		s := b.run.session
		s.Post(func() {
			if s.Exchange == nil || s.run != b.run {
				return
			}
			b.run.account()
			if s.state != running {
				s.ResumeReading()
			}
		})
	}
}

// tooMuchIsLeft reports whether more is to come than is worth it to keep the connection.
func (b *body) tooMuchIsLeft() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.expects || b.cut || b.err == nil && (b.left < 0 || b.left > maxSkipped)
}

// account has the server know what the run holds for its client.
func (r *run) account() {
	r.mu.Lock()
	n := r.out.size
	r.mu.Unlock()
	r.session.SetHeld(n + r.body.held())
}

// held returns how much waits for the handler.
func (b *body) held() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.in)
}

// The side of the loop.

func (b *body) add(data []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left > 0 {
		b.left -= int64(len(data))
	}
	if b.closed || b.cut {
		return
	}
	b.in = append(b.in, data...)
	b.more.Signal()
	if len(b.in) > maxWaiting/2 && !b.paused {
		b.paused = true
		b.run.session.PauseReading()
	}
}

// end is called at the end of the body, with io.EOF, or with what keeps it from coming. The first
// one counts.
func (b *body) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.more.Broadcast()
}
