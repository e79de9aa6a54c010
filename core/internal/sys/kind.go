//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// A Kind is a kind of descriptor that kqueue treats differently.
type Kind uint8

// The kinds of descriptors.
const (
	KindOther  Kind = iota + 1 // a terminal, a FIFO open both ways
	KindSocket                 // may have out-of-band data
	KindPipeIn                 // the end of a pipe that is read,
	// or written: the kernel may never be ready for the other filter, or refuse it
	KindPipeOut
	KindRegular // not watched
)

// KindOf returns the kind of a descriptor.
func KindOf(fd int) (Kind, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, err
	}
	switch uint32(st.Mode) & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR, unix.S_IFBLK:
		return KindRegular, nil
	case unix.S_IFSOCK:
		return KindSocket, nil
	case unix.S_IFIFO:
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != nil {
			return 0, err
		}
		switch flags & unix.O_ACCMODE {
		case unix.O_RDONLY:
			return KindPipeIn, nil
		case unix.O_WRONLY:
			return KindPipeOut, nil
		}
	}
	return KindOther, nil
}
