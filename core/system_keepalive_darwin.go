package core

import "golang.org/x/sys/unix"

var keepAliveNames = map[SocketOption]int{
	KeepAliveIdle: unix.TCP_KEEPALIVE, KeepAliveInterval: unix.TCP_KEEPINTVL, KeepAliveCount: unix.TCP_KEEPCNT,
}
