package web

import (
	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
)

// An outbox has the output of a handler that the loop has not pushed yet.
type outbox struct {
	lent []lent
	data []byte        // after what was lent
	size int           // of all that
	file fifo.Producer // after that
}

// A lent piece is a large one, which is not copied. Its buffer goes back when it was pushed.
type lent struct {
	data  []byte
	space *buffer // nil: data is in memory of its own
}

func (o *outbox) add(p []byte) {
	o.data = append(o.data, p...)
	o.size += len(p)
}

func (o *outbox) lend(p []byte, space *buffer) {
	if space == nil {
		o.add(p)
		return
	}
	if len(o.data) > 0 {
		o.lent = append(o.lent, lent{data: o.data})
		o.data = nil
	}
	o.lent = append(o.lent, lent{p, space})
	o.size += len(p)
}

// takeOut takes the output that waits, and reports whether that is all of the answer. A file is
// dropped if the handler has stopped waiting for it.
func (r *run) takeOut() (out outbox, done bool) {
	out, done = r.out, r.done
	r.out, r.done = outbox{}, false
	if r.over != nil {
		out.file = nil
	} else if out.file != nil {
		r.sending = true
	}
	return out, done
}

func (o *outbox) push(c *chat.Channel) {
	for _, l := range o.lent {
		c.Push(l.data)
		if l.space != nil {
			buffers.Put(l.space)
		}
	}
	c.Push(o.data)
	if o.file != nil {
		c.PushProducer(o.file)
	}
}

// lend returns the buffer of w if p, what was taken of it, is much of it: then it is the run's.
func (w *response) lend(p []byte) (space *buffer) {
	if w.space != nil && !w.chunked && len(p) >= len(w.space)/2 {
		space = w.space
		w.space, w.buf = nil, nil
	}
	return space
}
