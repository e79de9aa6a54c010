package core

import (
	"errors"
	"fmt"

	"github.com/go-asynchat/asynchat/core/kernel"
)

var errNoLocal = fmt.Errorf("local address of datagrams: %w", ErrUnsupported)

// ReportLocal makes [PacketConn.ReadBatch] set Local of each [Datagram] to the address of this host
// to which the datagram was sent. Use it for a UDP socket on all addresses. A reply with the same
// Local is sent from that address, as the peer expects. Without Local the system chooses the source
// address. For a broadcast or multicast, Local is the address of the group, which cannot be a
// source: clear Local in the reply.
//
// WriteBatch uses Local even without ReportLocal. If Local has another IP version than Addr, or
// Addr is zero, WriteBatch returns EINVAL. If the kernel cannot do this (see docs/platforms.md),
// ReportLocal returns [ErrUnsupported], and so does WriteBatch for a datagram with a Local.
func (c *PacketConn) ReportLocal() error {
	if c.Closed() {
		return ErrClosed
	}
	k, ok := c.loop.kernel.(kernel.LocalReporter)
	if !ok {
		return kernel.OpError("set", "", c.network, c.localAddr(), errNoLocal)
	}
	err := k.ReportLocal(int(c.fd))
	switch {
	case err == nil:
		c.local = k
	case errors.Is(err, ErrUnsupported):
		err = errNoLocal
	}
	return kernel.OpError("set", "setsockopt ReportLocal", c.network, c.localAddr(), err)
}
