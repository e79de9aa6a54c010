package core

import (
	"errors"
	"fmt"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// PeerCredentials returns the process at the other end of a connection over a Unix socket. The
// system records it when the connection is made. Since then the process may have changed its user,
// or passed its end to another process. If the system does not report the process number, PID is 0.
// For any other connection, and if the kernel cannot report this, the error is [ErrUnsupported];
// after the close it is [ErrClosed].
func (c *Conn) PeerCredentials() (kernel.Credentials, error) {
	if c.Closed() || c.fd < 0 {
		return kernel.Credentials{}, ErrClosed
	}
	var who kernel.Credentials
	err := ErrUnsupported
	if k, ok := c.loop.kernel.(kernel.PeerIdentifier); ok {
		who, err = k.PeerCredentials(int(c.fd))
	}
	if errors.Is(err, ErrUnsupported) {
		err = fmt.Errorf("credentials of the peer: %w", err)
	}
	return who, kernel.OpError("get", "getsockopt PeerCredentials", "", nil, err)
}
