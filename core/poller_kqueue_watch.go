//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueuemodel)

package core

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A watch is what a kqueue knows of a descriptor.
type watch struct {
	token uint64
	at    int32 // in the events of this Wait, plus 1
	want  Ready
	ended Ready // the directions whose end has been told, as Readable and Writable
	kind  kind  // 0: not watched
	armed [filters]mode
	again bool // on the list of that name
}

// A kind of descriptor is what kqueue makes a difference for.
type kind uint8

const (
	other   kind = iota + 1 // a terminal, a FIFO open both ways
	socket                  // may have out-of-band data
	pipeIn                  // the end of a pipe that is read,
	pipeOut                 // or written: the kernel may never be ready for the other filter, or refuse it
	regular                 // not watched
)

func kindOf(fd int) (kind, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, err
	}
	switch uint32(st.Mode) & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR, unix.S_IFBLK:
		return regular, nil
	case unix.S_IFSOCK:
		return socket, nil
	case unix.S_IFIFO:
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != nil {
			return 0, err
		}
		switch flags & unix.O_ACCMODE {
		case unix.O_RDONLY:
			return pipeIn, nil
		case unix.O_WRONLY:
			return pipeOut, nil
		}
	}
	return other, nil
}

// supported fails for what would never be reported. Only sockets have out-of-band data.
func supported(kind kind, want Ready) error {
	if want&Priority != 0 && kind == socket && !hasExcept {
		return fmt.Errorf("out-of-band data on this system's kqueue: %w", ErrUnsupported)
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

// modes returns how the filters are to be registered. What is wanted is a level. The end and the error of a descriptor are
// told by the filter for reading, so it is always there; as a level, unread data that nobody wants would make every Wait return.
// That both directions have ended is told by the filter for writing, which is there from the end of the other direction on: before,
// each acknowledged write would cost a turn. The filter for out-of-band data is never a level, because on macOS it is ready for
// ordinary data too.
func (w *watch) modes() (m [filters]mode) {
	switch {
	case w.want&Readable != 0:
		m[readFilter] = level
	case w.kind != pipeOut:
		m[readFilter] = quiet
	}
	switch {
	case w.want&Writable != 0:
		m[writeFilter] = level
	case w.kind == pipeOut || w.ended == Readable:
		m[writeFilter] = quiet
	}
	if w.want&Priority != 0 && w.kind == socket {
		m[exceptFilter] = quiet
	}
	return m
}

// tell notes whether a direction has ended. That of a pipe is its only one; a FIFO may find a new writer.
func (w *watch) tell(direction Ready, end bool) {
	if w.kind == pipeIn || w.kind == pipeOut {
		direction = Readable | Writable
	}
	w.ended &^= direction
	if end {
		w.ended |= direction
	}
}

// note returns what an event of the kernel says.
func (p *kqueue) note(fd int, w *watch, ev *keventT) (r Ready) {
	f, end := exceptFilter, ev.Flags&evEOF != 0
	switch int(ev.Filter) {
	case evRead:
		f, r = readFilter, w.want&Readable
		w.tell(Readable, end)
		if ev.Data == 0 && !end && w.kind == socket && errorPending(fd) {
			r |= Failed // or an empty datagram has arrived
		}
	case evWrite:
		f, r = writeFilter, w.want&Writable
		w.tell(Writable, end)
	default:
		if end || ev.Fflags&noteOOB == 0 {
			return 0
		}
		r = Priority
	}
	if end && ev.Fflags != 0 {
		r |= Failed
	}
	told := w.armed[f]
	p.arm(fd, w, false) // as in renew
	if w.ended == Readable|Writable {
		r |= HangUp
	}
	if told != level && r&(Priority|HangUp|Failed) != 0 && !w.again {
		w.again = true
		p.again = append(p.again, fd)
	}
	return r
}
