//go:build unix && !(aix || dragonfly || freebsd || linux)

package system

import "golang.org/x/sys/unix"

// These systems have the name, and give every connection to one of the sockets.
func reusePort(int) error { return unix.ENOPROTOOPT }
