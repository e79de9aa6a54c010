//go:build !386 && !s390x

package sys

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Accept returns the next connection, non-blocking and closed on exec, and its peer if that has an
// IP address. It makes a raw system call, since unix.Accept4 leaves 220 bytes of garbage for each
// connection. On 386 and s390x accept4 is not a separate system call.
func Accept(fd int) (int, netip.AddrPort, error) {
	var sa unix.RawSockaddrAny
	size := uint32(unix.SizeofSockaddrAny)
	r, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&sa)),
		uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return -1, netip.AddrPort{}, errno
	}
	peer, _ := PeerOf(&sa, size)
	return int(r), peer, nil
}
