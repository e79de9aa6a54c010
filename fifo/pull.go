package fifo

import "iter"

// A puller runs a sequence as a coroutine, from the first pull on. Its end may come while the
// sequence runs, which discards the queue: a coroutine cannot be stopped from inside, so that is
// done when it has yielded.
type puller[T any] struct {
	seq    iter.Seq[T]
	next   func() (T, bool)
	stop   func()
	busy   bool
	closed bool
}

// pull returns the next value, and false at the end or if the puller is closed.
func (p *puller[T]) pull() (v T, ok bool) {
	if p.next == nil {
		p.next, p.stop = iter.Pull(p.seq)
	}
	p.busy = true
	v, ok = p.next()
	p.busy = false
	if p.closed {
		p.stop()
		return v, false
	}
	return v, ok
}

func (p *puller[T]) close() {
	p.closed = true
	if p.stop != nil && !p.busy {
		p.stop()
	}
}
