package system

import (
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

var keepAliveNames = map[kernel.SocketOption]int{
	kernel.KeepAliveIdle: unix.TCP_KEEPALIVE, kernel.KeepAliveInterval: unix.TCP_KEEPINTVL,
	kernel.KeepAliveCount: unix.TCP_KEEPCNT,
}
