//go:build dragonfly || freebsd || illumos || linux || netbsd || solaris

package core

import "golang.org/x/sys/unix"

var keepAliveNames = map[SocketOption]int{
	KeepAliveIdle: unix.TCP_KEEPIDLE, KeepAliveInterval: unix.TCP_KEEPINTVL, KeepAliveCount: unix.TCP_KEEPCNT,
}
