package simkernel

import (
	"maps"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// SetOption stores the value. Only two options have an effect: ReceiveBuffer sets the window as
// SetWindow does, and Linger 0 makes Close reset the connection.
func (k *Kernel) SetOption(fd int, o core.SocketOption, value int) error {
	s, err := k.socket(fd)
	if err != nil {
		return err
	}
	if !s.knows(o) {
		return syscall.ENOPROTOOPT
	}
	if o == core.MulticastTTL && value != int(byte(value)) {
		return syscall.EINVAL
	}
	if o == core.ReceiveBuffer {
		value = max(value, 1)
		s.window = value
		if s.peer != nil {
			s.peer.changed()
		}
	}
	s.options = maps.Clone(s.options) // which may be a listener's too: what it accepts inherits them
	if s.options == nil {
		s.options = make(map[core.SocketOption]int)
	}
	s.options[o] = value
	return nil
}

// Option returns the value that SetOption has set, or the default.
func (k *Kernel) Option(fd int, o core.SocketOption) (int, error) {
	s, err := k.socket(fd)
	if err != nil {
		return 0, err
	}
	if !s.knows(o) {
		return 0, syscall.ENOPROTOOPT
	}
	if value, ok := s.options[o]; ok {
		return value, nil
	}
	switch o {
	case core.NoDelay, core.MulticastTTL, core.MulticastLoop:
		return 1, nil
	case core.Linger:
		return -1, nil
	case core.ReceiveBuffer:
		return s.window, nil
	case core.SendBuffer:
		return Window, nil
	}
	return 0, nil
}

// knows reports whether a socket of this kind has the option.
func (s *socket) knows(o core.SocketOption) bool {
	network := ""
	if s.local != nil {
		network = s.local.Network()
	}
	switch o {
	case core.NoDelay, core.KeepAlive, core.KeepAliveIdle, core.KeepAliveInterval,
		core.KeepAliveCount, core.Linger:
		return network == "tcp"
	case core.TypeOfService:
		return network == "tcp" || network == "udp"
	case core.Broadcast, core.MulticastTTL, core.MulticastLoop:
		return network == "udp"
	}
	return o == core.ReceiveBuffer || o == core.SendBuffer
}
