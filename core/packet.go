package core

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// A PacketConn is a datagram socket on a loop, UDP or Unix. Its methods never block. Its handler
// has HandleRead and HandleWrite like that of any dispatcher. If the peer does not exist
// (ECONNREFUSED on a connected socket), one read or write returns an error, and the socket stays
// usable.
type PacketConn struct {
	Dispatcher
	network string
	local   kernel.LocalReporter // nil: it was not asked for
	one     [1]Datagram          // of ReadFrom and WriteTo
}

// ListenPacket receives datagrams on a network of net.ListenPacket: "udp", "udp4", "udp6",
// "unixgram". It is called on l's goroutine.
func ListenPacket(l *Loop, network, address string, handler any, want Ready) (*PacketConn, error) {
	return ListenConfig{}.ListenPacket(l, network, address, handler, want)
}

// ListenPacket works as the function [ListenPacket], with the configuration.
func (config ListenConfig) ListenPacket(
	l *Loop, network, address string, handler any, want Ready,
) (*PacketConn, error) {
	if !kernel.IsDatagram(network) {
		return nil, kernel.UnknownNetwork("listen", network)
	}
	fd, _, err := l.kernel.Listen(config, network, address)
	if err != nil {
		return nil, err // the kernel's error names the address
	}
	return newPacketConn(l, fd, network, handler, want)
}

// DialPacket makes a datagram socket that sends only to remote and receives only from remote. local
// may be nil.
func DialPacket(l *Loop, local, remote net.Addr, handler any, want Ready) (*PacketConn, error) {
	if remote == nil || !kernel.IsDatagram(remote.Network()) {
		return nil, &net.OpError{Op: "dial", Addr: remote, Err: ErrUnsupported}
	}
	fd, err := l.kernel.Connect(remote.Network(), local, remote)
	if err != nil {
		return nil, kernel.OpError("dial", "connect", remote.Network(), remote, err)
	}
	return newPacketConn(l, fd, remote.Network(), handler, want)
}

// AdoptPacket makes a PacketConn of a *net.UDPConn, or of a *net.UnixConn for datagrams. It works
// on a duplicate of the descriptor: the caller closes v whenever it likes, and must not use it
// otherwise. For any other type it returns [ErrUnsupported], also for a type that embeds one of
// these.
func AdoptPacket(l *Loop, v net.PacketConn, handler any, want Ready) (*PacketConn, error) {
	network := v.LocalAddr().Network()
	fd, err := l.kernel.Adopt(v)
	if err != nil {
		return nil, kernel.OpError("adopt", "dup", network, v.LocalAddr(), err)
	}
	return newPacketConn(l, fd, network, handler, want)
}

func newPacketConn(l *Loop, fd int, network string, handler any, want Ready) (*PacketConn, error) {
	c := &PacketConn{Dispatcher: Dispatcher{loop: l, fd: int32(fd), flags: datagrams},
		network: network}
	if err := c.Attach(handler, want); err != nil {
		return nil, err
	}
	return c, nil
}

// ReadFrom receives one datagram. If none has arrived, it returns [ErrWouldBlock]. A datagram
// longer than p is truncated, and the error is io.ErrShortBuffer. 0 and no error means an empty
// datagram. from may be nil on a Unix network. ReadFrom allocates the address;
// [PacketConn.ReadBatch] does not.
func (c *PacketConn) ReadFrom(p []byte) (n int, from net.Addr, err error) {
	m := &c.one[0]
	*m = Datagram{Data: p}
	defer clear(c.one[:])
	if _, err := c.ReadBatch(c.one[:]); err != nil {
		return 0, nil, err
	}
	if m.Truncated {
		err = io.ErrShortBuffer
	}
	return len(m.Data), addrOf(m), err
}

// addrOf returns the peer of m, nil if it has none.
func addrOf(m *Datagram) net.Addr {
	if m.Addr.IsValid() {
		return net.UDPAddrFromAddrPort(m.Addr)
	}
	if m.Path != "" {
		return &net.UnixAddr{Name: m.Path, Net: "unixgram"}
	}
	return nil
}

// WriteTo sends p as one datagram, whole or not at all. addr is nil on a connected socket. If there
// is no room it returns [ErrWouldBlock]; then wait for Writable, or drop the datagram as a network
// would. For a Unix socket that is not connected, Writable does not mean that the receiver has
// room: try again after a while.
func (c *PacketConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	m := &c.one[0]
	*m = Datagram{Data: p}
	defer clear(c.one[:])
	switch a := addr.(type) {
	case nil:
	case *net.UDPAddr:
		m.Addr = a.AddrPort()
	case *net.UnixAddr:
		m.Path = a.Name
	default:
		return 0, &net.OpError{Op: "write", Net: c.network, Addr: addr, Err: ErrUnsupported}
	}
	if _, err := c.WriteBatch(c.one[:]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ReadBatch receives datagrams that have arrived, as many as m has room for, and returns how many.
// It uses one system call if the system has such a call. It returns an error only if it received
// none: [ErrWouldBlock] if none has arrived. It does not allocate, except for the path of a Unix
// peer.
func (c *PacketConn) ReadBatch(m []Datagram) (int, error) {
	n, err := c.batch("read", m)
	for i := range n {
		c.loop.stats.Read += uint64(len(m[i].Data))
	}
	return n, err
}

// WriteBatch sends the datagrams of m, in order, and returns how many it sent. It returns an error
// only if it sent none: [ErrWouldBlock] if there is no room.
func (c *PacketConn) WriteBatch(m []Datagram) (int, error) {
	n, err := c.batch("write", m)
	for i := range n {
		c.loop.stats.Written += uint64(len(m[i].Data))
	}
	return n, err
}

func (c *PacketConn) batch(op string, m []Datagram) (n int, err error) {
	if c.Closed() {
		return 0, ErrClosed
	}
	if len(m) == 0 {
		return 0, nil
	}
	for {
		if op == "read" && c.local != nil {
			n, err = c.local.ReadBatchLocal(int(c.fd), m)
		} else if op == "read" {
			n, err = c.loop.kernel.ReadBatch(int(c.fd), m)
		} else {
			n, err = c.loop.kernel.WriteBatch(int(c.fd), m)
		}
		switch {
		case err == nil:
			return n, nil
		case err == syscall.EINTR:
		case kernel.WouldBlock(err):
			return 0, ErrWouldBlock
		default:
			return 0, kernel.OpError(op, op, c.network, addrOf(&m[0]), err)
		}
	}
}

// JoinGroup makes the socket a member of a multicast group, on the named network interface, or on
// one that the system chooses if the name is empty. If the kernel does not support groups, it
// returns [ErrUnsupported].
func (c *PacketConn) JoinGroup(group netip.Addr, ifname string) error {
	return c.setMember("join", group, ifname, true)
}

// LeaveGroup undoes JoinGroup.
func (c *PacketConn) LeaveGroup(group netip.Addr, ifname string) error {
	return c.setMember("leave", group, ifname, false)
}

func (c *PacketConn) setMember(op string, group netip.Addr, ifname string, join bool) error {
	if c.Closed() {
		return ErrClosed
	}
	addr := &net.IPAddr{IP: group.AsSlice(), Zone: group.Zone()}
	if !group.IsMulticast() {
		return &net.OpError{Op: op, Net: c.network, Addr: addr,
			Err: fmt.Errorf("not a multicast address")}
	}
	k, ok := c.loop.kernel.(kernel.Multicaster)
	if !ok {
		return &net.OpError{Op: op, Net: c.network, Addr: addr, Err: ErrUnsupported}
	}
	return kernel.OpError(op, "setsockopt", c.network, addr,
		k.SetMember(int(c.fd), group, ifname, join))
}

// LocalAddr returns the socket's own address, or nil if it has none.
func (c *PacketConn) LocalAddr() net.Addr { return c.localAddr() }

// RemoteAddr returns the address to which the socket is connected, nil if it is not.
func (c *PacketConn) RemoteAddr() net.Addr { return c.peerAddr() }
