package simkernel

import (
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// SetOption keeps the value. Two have an effect: ReceiveBuffer is the window of SetWindow, and Linger 0 makes Close reset.
func (k *Kernel) SetOption(fd int, o core.SocketOption, value int) error {
	s, err := k.socket(fd)
	if err != nil {
		return err
	}
	if !s.knows(o) {
		return syscall.ENOPROTOOPT
	}
	if o == core.ReceiveBuffer {
		s.window = value
		if s.peer != nil {
			s.peer.changed()
		}
	}
	if s.options == nil {
		s.options = make(map[core.SocketOption]int)
	}
	s.options[o] = value
	return nil
}

// Option returns what was set, or what holds from the start.
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
	switch o {
	case core.NoDelay, core.KeepAliveIdle, core.KeepAliveInterval, core.KeepAliveCount:
		return !s.datagrams
	case core.MulticastTTL, core.MulticastLoop:
		return s.datagrams
	}
	return o <= core.Broadcast
}
