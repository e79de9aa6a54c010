package system

import (
	"net"
	"os"

	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/internal/sys"
)

// NetConn implements kernel.Giver. Package net makes a duplicate of the socket, which is the first
// of it that belongs to a completion port.
func (s *Kernel) NetConn(fd int) (net.Conn, error) {
	h, err := duplicate(windows.Handle(fd))
	if err != nil {
		return nil, sys.WinsockError(err)
	}
	file := os.NewFile(uintptr(h), "connection")
	defer file.Close()
	return net.FileConn(file)
}
