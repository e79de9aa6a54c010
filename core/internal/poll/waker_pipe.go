//go:build unix && !aix

package poll

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
)

// pipe wakes a poller by a byte in a pipe, on every Unix.
type pipe struct{ r, w int }

func newPipe() (pipe, error) {
	var fds [2]int
	syscall.ForkLock.RLock() // no child may inherit it
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(fds[:]); err != nil {
		return pipe{}, err
	}
	p := pipe{fds[0], fds[1]}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			p.close()
			return pipe{}, err
		}
	}
	return p, nil
}

func (p pipe) wake() error {
	_, err := sys.Write(p.w, []byte{0})
	if err == unix.EAGAIN {
		return nil // full of wakes
	}
	return err
}

func (p pipe) drain() {
	var buf [64]byte
	for {
		if n, err := sys.Read(p.r, buf[:]); n < len(buf) || err != nil {
			return
		}
	}
}

func (p pipe) close() error { return errors.Join(unix.Close(p.r), unix.Close(p.w)) }
