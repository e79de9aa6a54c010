//go:build !unix || aix

package core

import "net"

// Open listens and leaves the accepting to others: for chat.Server.Serve, for package net. Here it has no settings.
func (config ListenConfig) Open(network, address string) (net.Listener, error) {
	if config.Backlog != 0 || config.ReusePort || config.Spread == ReusePort || config.Mode != 0 {
		return nil, &net.OpError{Op: "listen", Net: network, Err: ErrUnsupported}
	}
	return net.Listen(network, address)
}
