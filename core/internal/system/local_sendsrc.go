//go:build freebsd || openbsd

package system

import "golang.org/x/sys/unix"

func sendFrom4(ip [4]byte) []byte {
	return message(unix.IPPROTO_IP, unix.IP_SENDSRCADDR, ip[:])
}
