//go:build !unix || aix

package system

import (
	"context"
	"net"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// Open listens and leaves the accepting to others. Here it has no settings but Control.
func Open(o kernel.ListenOptions, network, address string) (net.Listener, error) {
	if o.Backlog != 0 || o.ReusePort || o.Mode != 0 {
		return nil, &net.OpError{Op: "listen", Net: network, Err: kernel.ErrUnsupported}
	}
	lc := net.ListenConfig{Control: o.Control}
	return lc.Listen(context.Background(), network, address)
}
