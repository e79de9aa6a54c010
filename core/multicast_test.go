package core_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// An attachment is an interface that may carry multicasts, and an address of this host there.
type attachment struct {
	name string
	addr net.Addr
}

// attachments returns those of one IP version, loopback first where the system has it first.
func attachments(w *world, ipv4 bool) (all []attachment) {
	w.Helper()
	interfaces, err := net.Interfaces()
	require.NoError(w, err)
	for _, i := range interfaces {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			if !ok || i.Flags&net.FlagUp == 0 || (n.IP.To4() != nil) != ipv4 ||
				i.Flags&(net.FlagLoopback|net.FlagMulticast) == 0 {
				continue
			}
			udp := &net.UDPAddr{IP: n.IP}
			if n.IP.IsLinkLocalUnicast() {
				udp.Zone = i.Name
			}
			all = append(all, attachment{i.Name, udp})
		}
	}
	return all
}

// plain returns a loop on the kernel itself: the spy hides what it has beside core.Kernel.
func (w *world) plain() *core.Loop {
	w.Helper()
	l, err := core.New(core.WithKernel(w.k.Kernel))
	require.NoError(w, err)
	w.Cleanup(func() { l.Close() })
	return l
}

// A member of a group gets what is sent to it until it leaves, and several of one address each get
// it. What is sent does not leave this host.
func TestMulticast(t *testing.T) {
	for _, tt := range []struct{ network, listen, group string }{
		{"udp4", "0.0.0.0:0", "239.77.11.5"},
		{"udp6", "[::]:0", "ff02::7711"},
	} {
		t.Run(tt.network, func(t *testing.T) {
			onSystem(t, func(w *world) {
				l, group := w.plain(), netip.MustParseAddr(tt.group)
				for _, at := range attachments(w, group.Is4()) {
					members, err := join(l, tt.network, tt.listen, group, at.name)
					if err == nil {
						var c *core.PacketConn
						if c, err = sender(l, members[0], group, at); err == nil {
							checkMembers(w, members, c, group, at.name)
							return
						}
					}
					w.Logf("not on %s: %v", at.name, err)
				}
				w.Skipf("no interface carries multicasts of %s", tt.network)
			})
		})
	}
}

// join returns two members of a group that have one address.
func join(l *core.Loop, network, listen string, group netip.Addr,
	ifname string) (members [2]*core.PacketConn, err error) {
	for i := range members {
		m, err := core.ListenConfig{ReuseAddr: true}.ListenPacket(l, network, listen, nil, 0)
		if err != nil {
			return members, err
		}
		if err := m.JoinGroup(group, ifname); err != nil {
			return members, err
		}
		members[i], listen = m, m.LocalAddr().String()
	}
	return members, nil
}

// sender returns a socket that sends to the group, if what it sends gets there.
func sender(l *core.Loop, member *core.PacketConn, group netip.Addr,
	at attachment) (*core.PacketConn, error) {
	to := &net.UDPAddr{IP: group.AsSlice(), Port: member.LocalAddr().(*net.UDPAddr).Port}
	if group.Is6() {
		to.Zone = at.name
	}
	c, err := core.DialPacket(l, at.addr, to, nil, 0)
	if err != nil {
		return nil, err
	}
	if err := c.SetOption(core.MulticastTTL, 0); err != nil {
		return nil, err
	}
	if _, err := c.WriteTo([]byte("first"), nil); err != nil {
		return nil, err
	}
	if got := receiveWithin(member, 500*time.Millisecond); got != "first" {
		return nil, fmt.Errorf("received %q", got)
	}
	return c, nil
}

// checkMembers goes on where the first member has received the first message.
func checkMembers(w *world, members [2]*core.PacketConn, c *core.PacketConn, group netip.Addr,
	ifname string) {
	w.Helper()
	if got := receiveWithin(members[1], patience); got != "first" {
		w.Errorf("the other member received %q", got)
	}
	require.NoError(w, members[0].LeaveGroup(group, ifname))
	_, err := c.WriteTo([]byte("second"), nil)
	require.NoError(w, err)
	if got := receiveWithin(members[1], patience); got != "second" {
		w.Errorf("the member that stayed received %q", got)
	}
	if err := members[0].LeaveGroup(group, ifname); !errors.Is(err, syscall.EADDRNOTAVAIL) {
		w.Errorf("LeaveGroup again: %v, want EADDRNOTAVAIL", err)
	}
	members[1].LeaveGroup(group, ifname)
	// Linux delivers to all sockets of a port as long as one of the host's is a member
	receiveWithin(members[0], 0)
	_, err = c.WriteTo([]byte("third"), nil)
	require.NoError(w, err)
	for i, m := range members {
		if got := receiveWithin(m, 0); got != "" {
			w.Errorf("member %d received %q when it had left", i, got)
		}
	}
}

// receiveWithin returns the datagram that comes in time, or "".
func receiveWithin(c *core.PacketConn, d time.Duration) string {
	p := make([]byte, 64)
	for end := time.Now().Add(d); ; {
		n, _, err := c.ReadFrom(p)
		if err == nil {
			return string(p[:n])
		}
		if !time.Now().Before(end) {
			return ""
		}
		c.Loop().Poll(time.Millisecond)
	}
}

func TestJoinGroupFails(t *testing.T) {
	onSystem(t, func(w *world) {
		l := w.plain()
		var op *net.OpError
		for _, tt := range []struct{ network, listen, group string }{
			{"udp4", "127.0.0.1:0", "239.77.11.6"},
			{"udp6", "[::1]:0", "ff02::7712"},
		} {
			c, err := core.ListenPacket(l, tt.network, tt.listen, nil, 0)
			if err != nil {
				w.Logf("no %s: %v", tt.network, err)
				continue
			}
			group := netip.MustParseAddr(tt.group)
			for _, join := range []func(netip.Addr, string) error{c.JoinGroup, c.LeaveGroup} {
				if err := join(group, "no such interface"); !errors.Is(err, syscall.ENODEV) ||
					!errors.As(err, &op) || op.Addr.String() != tt.group {
					w.Errorf("%s on an interface that is not there: %v, want ENODEV in a *net.OpError", tt.group,
						err)
				}
				for _, no := range []netip.Addr{netip.MustParseAddr("127.0.0.1"),
					netip.MustParseAddr("2001:db8::1"), {}} {
					if err := join(no, ""); !errors.As(err, &op) || op.Err.Error() != "not a multicast address" {
						w.Errorf("JoinGroup(%v): %v, want that it is not a multicast address", no, err)
					}
				}
			}
			c.Close()
			if err := c.JoinGroup(group, ""); err != core.ErrClosed {
				w.Errorf("JoinGroup after Close: %v, want ErrClosed", err)
			}
			l.Poll(0)
		}
	})
	w := simulated(t)
	c, err := core.ListenPacket(w.plain(), "udp", "127.0.0.1:0", nil, 0)
	require.NoError(t, err)
	if err := c.JoinGroup(netip.MustParseAddr("239.77.11.6"),
		""); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("JoinGroup in memory: %v, want ErrUnsupported", err)
	}
}
