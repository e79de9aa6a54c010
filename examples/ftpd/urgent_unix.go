//go:build unix

package main

import (
	"syscall"

	"github.com/go-asynchat/asynchat/chat"
)

// takeUrgent has the system leave urgent data in its place in the stream. Clients send the last
// byte of an ABOR so, which is its line feed.
func takeUrgent(c *chat.Channel) {
	c.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_OOBINLINE, 1)
	})
}
