//go:build darwin || freebsd

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
	c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return kernel.Credentials{}, err
	}
	who := kernel.Credentials{UID: int(c.Uid), PID: peerPID(fd)}
	if c.Ngroups > 0 {
		who.GID = int(c.Groups[0])
	}
	return who, nil
}
