package core

// OpenBSD has these for the whole system only.
var keepAliveNames map[SocketOption]int
