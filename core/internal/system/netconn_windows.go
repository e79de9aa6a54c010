package system

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// NetConn implements kernel.Giver. Package net makes a duplicate of the socket, which must be the
// first of it that belongs to a completion port.
func (s *Kernel) NetConn(fd int) (net.Conn, error) {
	h, err := duplicate(windows.Handle(fd))
	if err != nil {
		return nil, sys.WinsockError(err)
	}
	file := os.NewFile(uintptr(h), "connection")
	defer file.Close()
	conn, err := net.FileConn(file)
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) { // it belongs to one already
		err = kernel.ErrUnsupported
	}
	return conn, err
}
