//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueuemodel)

package poll

import (
	"fmt"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A watch is what a kqueue knows of a descriptor.
type watch struct {
	token uint64
	at    int32 // in the events of this Wait, plus 1
	want  kernel.Ready
	ended kernel.Ready // the directions whose end has been told, as Readable and Writable
	kind  sys.Kind     // 0: not watched
	armed [filters]mode
	again bool // on the list of that name
}

// supported fails for what would never be reported. Only sockets have out-of-band data.
func supported(kind sys.Kind, want kernel.Ready) error {
	if want&kernel.Priority != 0 && kind == sys.KindSocket && !hasExcept {
		return fmt.Errorf("out-of-band data on this system's kqueue: %w", kernel.ErrUnsupported)
	}
	return nil
}

// A filter is one of the three that a descriptor may have.
type filter uint8

const (
	readFilter filter = iota
	writeFilter
	exceptFilter
	filters = iota
)

func (f filter) event(fd, flags int) (ev keventT) {
	switch f {
	case readFilter:
		setKevent(&ev, fd, evRead, flags)
	case writeFilter:
		setKevent(&ev, fd, evWrite, flags)
	case exceptFilter:
		setKevent(&ev, fd, evExcept, flags)
		ev.Fflags = noteOOB
	}
	return ev
}

// A mode is how a filter is registered.
type mode uint8

const (
	off   mode = iota
	level      // told as long as it is so
	quiet      // told once for each change
)

// modes returns how the filters are to be registered. What is wanted is a level. The end and the
// error of a descriptor are told by the filter for reading, so it is always there; as a level,
// unread data that nobody wants would make every Wait return. That both directions have ended is
// told by the filter for writing, which is there from the end of the other direction on: before,
// each acknowledged write would cost a turn. The filter for out-of-band data is never a level,
// because on macOS it is ready for ordinary data too.
func (w *watch) modes() (m [filters]mode) {
	switch {
	case w.want&kernel.Readable != 0:
		m[readFilter] = level
	case w.kind != sys.KindPipeOut:
		m[readFilter] = quiet
	}
	switch {
	case w.want&kernel.Writable != 0:
		m[writeFilter] = level
	case w.kind == sys.KindPipeOut || w.ended == kernel.Readable:
		m[writeFilter] = quiet
	}
	if w.want&kernel.Priority != 0 && w.kind == sys.KindSocket {
		m[exceptFilter] = quiet
	}
	return m
}

// tell notes whether a direction has ended. That of a pipe is its only one; a FIFO may find a new
// writer.
func (w *watch) tell(direction kernel.Ready, end bool) {
	if w.kind == sys.KindPipeIn || w.kind == sys.KindPipeOut {
		direction = kernel.Readable | kernel.Writable
	}
	w.ended &^= direction
	if end {
		w.ended |= direction
	}
}

// note returns what an event of the kernel says.
func (p *kqueue) note(fd int, w *watch, ev *keventT) (r kernel.Ready) {
	f, end := exceptFilter, ev.Flags&evEOF != 0
	switch int(ev.Filter) {
	case evRead:
		f, r = readFilter, w.want&kernel.Readable
		w.tell(kernel.Readable, end)
		if ev.Data == 0 && !end && w.kind == sys.KindSocket && errorPending(fd) {
			r |= kernel.Failed // or an empty datagram has arrived
		}
	case evWrite:
		f, r = writeFilter, w.want&kernel.Writable
		w.tell(kernel.Writable, end)
	default:
		if end || ev.Fflags&noteOOB == 0 {
			return 0
		}
		r = kernel.Priority
	}
	if end && ev.Fflags != 0 {
		r |= kernel.Failed
	}
	told := w.armed[f]
	p.arm(fd, w, false) // as in renew
	if w.ended == kernel.Readable|kernel.Writable {
		r |= kernel.HangUp
	}
	if told != level && r&(kernel.Priority|kernel.HangUp|kernel.Failed) != 0 && !w.again {
		w.again = true
		p.again = append(p.again, fd)
	}
	return r
}
