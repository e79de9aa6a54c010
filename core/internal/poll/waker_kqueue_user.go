//go:build darwin || dragonfly || freebsd || (linux && kqueuemodel && !kqueuebare)

package poll

import "golang.org/x/sys/unix"

// kqueueWaker wakes a kqueue by an event that is the program's own.
type kqueueWaker struct{ kq int }

func newKqueueWaker(kq int) (kqueueWaker, error) {
	w := kqueueWaker{kq}
	return w, w.change(evAdd|evClear, 0)
}

func (w kqueueWaker) wake() error { return w.change(0, noteTrigger) }

func (w kqueueWaker) change(flags int, fflags uint32) error {
	var change [1]keventT
	setKevent(&change[0], 0, evUser, flags)
	change[0].Fflags = fflags
	_, err := kevent(w.kq, change[:], nil, nil)
	if err == unix.EINTR {
		return nil // the change has been made
	}
	return err
}

// woke reports whether an event is the wake.
func (w kqueueWaker) woke(ev *keventT) bool { return int(ev.Filter) == evUser }

func (w kqueueWaker) close() {}
