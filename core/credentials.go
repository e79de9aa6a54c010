package core

import (
	"errors"
	"fmt"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// PeerCredentials returns which process is at the other end of a connection over a Unix socket. The
// system notes it when the connection is made: the process may have changed its user since, or
// given its end to another one. Where the system does not tell the process, PID is 0. For a
// connection that is not over a Unix socket, and where the kernel does not know, the error is
// [ErrUnsupported]; after the close it is [ErrClosed].
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
