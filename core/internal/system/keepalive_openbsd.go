package system

import "github.com/go-asynchat/asynchat/core/kernel"

// OpenBSD has these for the whole system only.
var keepAliveNames map[kernel.SocketOption]int
