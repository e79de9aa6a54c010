package system

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func sendFrom4(ip [4]byte) []byte {
	info := unix.Inet4Pktinfo{Spec_dst: ip}
	return message(unix.IPPROTO_IP, unix.IP_PKTINFO,
		(*[unix.SizeofInet4Pktinfo]byte)(unsafe.Pointer(&info))[:])
}
