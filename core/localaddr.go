package core

import (
	"errors"
	"fmt"

	"github.com/go-asynchat/asynchat/core/kernel"
)

var errNoLocal = fmt.Errorf("local address of datagrams: %w", ErrUnsupported)

// ReportLocal has [PacketConn.ReadBatch] report in Local of each [Datagram] to which address of
// this host it was sent. It is for a UDP socket on all addresses. A reply with the same Local comes
// from that address, as its peer expects; without one the system chooses an address, which may be
// another. Local of a broadcast or multicast is the address of the group, from which nothing can be
// sent: the reply leaves it zero.
//
// What is sent may have a Local without ReportLocal too. If that is of another IP version than
// Addr, or Addr is zero, WriteBatch returns EINVAL. Where the kernel cannot do this (see
// docs/platforms.md), ReportLocal returns [ErrUnsupported], and so does WriteBatch for a datagram
// with a Local.
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
