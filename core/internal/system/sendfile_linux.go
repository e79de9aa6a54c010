package system

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// SendFile makes an ordinary system call, so that the scheduler knows of it: if the file is not
// cached, the call waits for the disk.
func (s *Kernel) SendFile(fd int, file *os.File, off int64, n int) (sent int, err error) {
	rc, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	control := rc.Control(func(from uintptr) {
		sent, err = unix.Sendfile(fd, int(from), &off, n)
	})
	switch {
	case control != nil:
		return 0, control
	case err == unix.EINVAL || err == unix.ENOSYS || err == unix.EOVERFLOW:
		return 0, errors.ErrUnsupported
	case err != nil:
		return 0, err
	}
	return sent, nil
}
