package simkernel

import (
	"math"
	"syscall"
)

// What a test does to a socket, and sees of it, beside the calls of a program.

// Buffered returns how many bytes have arrived at the socket and were not read.
func (k *Kernel) Buffered(fd int) int {
	s, err := k.connected(fd)
	if err != nil {
		return 0
	}
	return s.in.len()
}

// Writes returns how many writes of the peer have arrived at the socket.
func (k *Kernel) Writes(fd int) int {
	s, err := k.connected(fd)
	if err != nil {
		return 0
	}
	return s.writes
}

// Room returns how many bytes a Write would take now. If a Write would fail, it returns the largest
// number.
func (k *Kernel) Room(fd int) int {
	s, err := k.connected(fd)
	if err != nil || s.peer == nil && !s.connecting || s.err != 0 {
		return math.MaxInt
	}
	return s.space()
}

// Reset resets the connection, as after a crash: this end loses its unread input, and the other end
// reads its input before the error.
func (k *Kernel) Reset(fd int) error {
	s, err := k.connected(fd)
	if err != nil {
		return err
	}
	s.abort()
	s.in, s.ended = segments{}, true
	s.changed()
	return nil
}

// FailWrites makes writes of the other end fail with EPIPE from now on. Nothing else changes: this
// end goes on sending, and the other end reads it.
func (k *Kernel) FailWrites(fd int) error {
	s, err := k.connected(fd)
	if err != nil {
		return err
	}
	if s.refuses = syscall.EPIPE; s.peer != nil {
		s.peer.changed()
	}
	return nil
}

// SetWindow sets how many bytes the socket buffers until they are read. The peer cannot write more
// than fits.
func (k *Kernel) SetWindow(fd, window int) error {
	s, err := k.connected(fd)
	if err != nil {
		return err
	}
	s.window = window
	if s.peer != nil {
		s.peer.changed()
	}
	return nil
}

// Ended reports whether the peer of the socket sends nothing more, and nothing is left to read.
func (k *Kernel) Ended(fd int) bool {
	s, err := k.connected(fd)
	return err != nil || s.in.len() == 0 && s.ended
}
