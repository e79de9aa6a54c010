//go:build linux

package poll

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/sys"
)

// eventfd wakes a poller through a counter in the kernel.
type eventfd struct{ fd int }

func newEventfd() (eventfd, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return eventfd{fd}, err
}

func (w eventfd) wake() error {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, err := sys.Write(w.fd, one[:])
	if err == unix.EAGAIN {
		return nil // awake already, 2⁶⁴ - 1 times
	}
	return err
}

func (w eventfd) drain() {
	var count [8]byte
	sys.Read(w.fd, count[:])
}

func (w eventfd) close() error { return unix.Close(w.fd) }
