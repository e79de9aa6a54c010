package simkernel

import (
	"net"
	"slices"
	"syscall"
)

// bind makes s known under addr, or under a port that is free if addr has port 0, and returns the
// address.
func (k *Kernel) bind(s *socket, addr net.Addr) (net.Addr, error) {
	if _, port := ipOf(addr); port == 0 {
		addr = k.free(addr)
	}
	for _, other := range k.bound[key(addr)] {
		if !s.shared || !other.shared {
			return nil, syscall.EADDRINUSE
		}
	}
	if k.bound == nil {
		k.bound = make(map[string][]*socket)
	}
	k.bound[key(addr)] = append(k.bound[key(addr)], s)
	return addr, nil
}

// free returns addr with a port that nobody has.
func (k *Kernel) free(addr net.Addr) net.Addr {
	for {
		if picked := withPort(addr, k.pickPort()); len(k.bound[key(picked)]) == 0 {
			return picked
		}
	}
}

func (k *Kernel) pickPort() int {
	if k.lastPort++; k.lastPort < 49152 {
		k.lastPort = 49152
	}
	return int(k.lastPort)
}

func (k *Kernel) unbind(s *socket) {
	all := k.bound[key(s.local)]
	i := slices.Index(all, s)
	switch {
	case i < 0: // a connection that was accepted has the address of its listener
	case len(all) == 1:
		delete(k.bound, key(s.local))
	default:
		k.bound[key(s.local)] = slices.Delete(all, i, i+1)
	}
}

// bindLocal gives a socket that connects to remote its own address.
func (k *Kernel) bindLocal(s *socket, local, remote net.Addr) (err error) {
	ip, port := ipOf(remote)
	switch {
	case local == nil && port < 0:
		s.local = &net.UnixAddr{Net: remote.Network()} // it has no name
		return nil
	case local == nil && !s.datagrams:
		s.local = withPort(remote, k.pickPort()) // nobody asks for it
		return nil
	case local == nil:
		local = withPort(remote, 0)
	}
	if open, port := ipOf(local); port >= 0 && len(open) == 0 {
		local = withIP(local, ip, port)
	}
	if !sameVersion(local, remote) {
		return syscall.EAFNOSUPPORT
	}
	s.local, err = k.bind(s, source(local, remote))
	return err
}

// pick returns the socket that hears what is sent to addr, nil if there is none: one that is bound
// to it or, failing that, to its port on all addresses.
func (k *Kernel) pick(addr net.Addr) *socket {
	s := k.turn(addr, false)
	ip, port := ipOf(addr)
	if s != nil || port < 0 {
		return s
	}
	if ip.To4() == nil {
		return k.turn(withIP(addr, net.IPv6unspecified, port), false)
	}
	if s = k.turn(withIP(addr, net.IPv4zero, port), false); s == nil {
		s = k.turn(withIP(addr, net.IPv6unspecified, port), true)
	}
	return s
}

// turn returns one of the sockets bound to exactly addr; those that share it take turns.
func (k *Kernel) turn(addr net.Addr, ipv4 bool) *socket {
	all := k.bound[key(addr)]
	for i, s := range all {
		if !(ipv4 && s.only6) {
			copy(all[i:], all[i+1:])
			all[len(all)-1] = s
			return s
		}
	}
	return nil
}
