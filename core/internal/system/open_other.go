//go:build !unix || aix

package system

import (
	"net"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// Open listens and leaves the accepting to others. Here it has no settings.
func Open(o kernel.ListenOptions, network, address string) (net.Listener, error) {
	if o.Backlog != 0 || o.ReusePort || o.Mode != 0 {
		return nil, &net.OpError{Op: "listen", Net: network, Err: kernel.ErrUnsupported}
	}
	return net.Listen(network, address)
}
