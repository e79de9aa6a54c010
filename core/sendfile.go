package core

import (
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// SendFile sends up to n bytes of file from off on, without moving the file's own position, with
// one system call. As with Send, a smaller number and no error mean that there is no room for more.
// At the end of the file it returns io.EOF. If the kernel cannot do this, SendFile returns
// errors.ErrUnsupported, and sends nothing.
func (c *Conn) SendFile(file *os.File, off int64, n int) (int, error) {
	if c.Closed() {
		return 0, ErrClosed
	}
	k, ok := c.loop.kernel.(kernel.FileSender)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	for {
		sent, err := k.SendFile(int(c.fd), file, off, n)
		switch {
		case err == syscall.EINTR:
		case errors.Is(err, errors.ErrUnsupported):
			return 0, errors.ErrUnsupported
		case err == nil && sent == 0 && n > 0:
			return 0, io.EOF
		default:
			return c.sent(sent, err)
		}
	}
}
