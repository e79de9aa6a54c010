package web

import (
	"net/http"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// deadlines are what a handler has set by [http.ResponseController]. They belong to the loop.
type deadlines struct {
	read, write *core.Timer // nil: there is none
	over        bool        // the handler has nothing to wait for any more
}

func (d *deadlines) end() {
	d.over = true
	set(&d.read, nil)
	set(&d.write, nil)
}

// set puts a timer in the place of another.
func set(timer **core.Timer, next *core.Timer) {
	if *timer != nil {
		(*timer).Stop()
	}
	*timer = next
}

// SetReadDeadline is for [http.ResponseController]: once the time t has come, reads of the body
// fail with [os.ErrDeadlineExceeded], for good, and the connection ends with the answer. The zero
// time takes the deadline away.
func (w *response) SetReadDeadline(t time.Time) error {
	r := w.run
	return w.setDeadline(&r.deadlines.read, t, func() { r.body.late() })
}

// SetWriteDeadline is for [http.ResponseController]: once the time t has come, writes fail with
// [os.ErrDeadlineExceeded], for good. What was written before is still sent, and then the
// connection ends: its client finds the answer cut off. If the loop is sending a file, the
// connection ends at once. The zero time takes the deadline away.
func (w *response) SetWriteDeadline(t time.Time) error {
	return w.setDeadline(&w.run.deadlines.write, t, w.run.lateWrite)
}

func (w *response) setDeadline(timer **core.Timer, t time.Time, late func()) error {
	if w.hijacked {
		return http.ErrHijacked
	}
	r, in := w.run, time.Until(t) // on the handler's clock, which need not be that of the loop
	return r.session.Post(func() {
		if set(timer, nil); !t.IsZero() && !r.deadlines.over {
			set(timer, r.session.Loop().After(max(0, in), late))
		}
	})
}

// lateWrite has all writes fail, unless the answer is whole.
func (r *run) lateWrite() {
	if r.endWrites() {
		r.session.Channel.Close()
	}
}

// endWrites reports whether the loop is sending a file.
func (r *run) endWrites() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over != nil || r.done {
		return false
	}
	r.over = os.ErrDeadlineExceeded
	r.room.Broadcast()
	return r.sending
}

// late has reads fail behind what has come.
func (b *body) late() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err, b.cut = os.ErrDeadlineExceeded, true
		b.more.Broadcast()
		b.goOn()
	}
}
