//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

import "golang.org/x/sys/unix"

// What poller_kqueue.go asks of the system: all that differs between the real kqueue and the model
// of it.

type keventT = unix.Kevent_t

const (
	evRead, evWrite = unix.EVFILT_READ, unix.EVFILT_WRITE
	evAdd, evDelete = unix.EV_ADD, unix.EV_DELETE
	evClear, evEOF  = unix.EV_CLEAR, unix.EV_EOF
)

func kqueueOpen() (int, error) {
	fd, err := unix.Kqueue()
	if err == nil {
		unix.CloseOnExec(fd) // no child inherits it by a fork alone
	}
	return fd, err
}

func kqueueClose(kq int) error { return unix.Close(kq) }

func kevent(kq int, changes, events []keventT, timeout *unix.Timespec) (int, error) {
	return unix.Kevent(kq, changes, events, timeout)
}

func setKevent(ev *keventT, fd, filter, flags int) { unix.SetKevent(ev, fd, filter, flags) }

// errorPending reports whether an error is pending on a socket, and leaves it there.
func errorPending(fd int) bool {
	var buf [1]byte
	_, _, err := unix.Recvfrom(fd, buf[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return err != nil && err != unix.EAGAIN && err != unix.EINTR
}
