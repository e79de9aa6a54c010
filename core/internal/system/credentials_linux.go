package system

import (
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// PeerCredentials implements kernel.PeerIdentifier.
func (s *Kernel) PeerCredentials(fd int) (kernel.Credentials, error) {
	if err := isUnixSocket(fd); err != nil {
		return kernel.Credentials{}, err
	}
	c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return kernel.Credentials{}, err
	}
	return kernel.Credentials{UID: int(c.Uid), GID: int(c.Gid), PID: int(c.Pid)}, nil
}
