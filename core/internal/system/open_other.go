//go:build !unix || aix

package system

import (
	"context"
	"net"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// Open listens without accepting. On this system, Control is its only setting.
func Open(o kernel.ListenOptions, network, address string) (net.Listener, error) {
	if o.Backlog != 0 || o.ReusePort || o.Mode != 0 {
		return nil, &net.OpError{Op: "listen", Net: network, Err: kernel.ErrUnsupported}
	}
	lc := net.ListenConfig{Control: o.Control}
	return lc.Listen(context.Background(), network, address)
}
