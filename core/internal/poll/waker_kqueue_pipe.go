//go:build netbsd || openbsd || (linux && kqueuemodel && kqueuebare)

package poll

// kqueueWaker wakes a kqueue through a pipe, where not every release has events of the program's
// own.
type kqueueWaker struct{ pipe }

func newKqueueWaker(kq int) (kqueueWaker, error) {
	p, err := newPipe()
	if err != nil {
		return kqueueWaker{}, err
	}
	_, err = kevent(kq, []keventT{readFilter.event(p.r, evAdd)}, nil, nil)
	if err != nil {
		p.close()
	}
	return kqueueWaker{p}, err
}

// woke reports whether an event is the wake, which is then over.
func (w kqueueWaker) woke(ev *keventT) bool {
	if int(ev.Ident) != w.r {
		return false
	}
	w.drain()
	return true
}
