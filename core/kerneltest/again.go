package kerneltest

import (
	"net/netip"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// again is the kernel for callers who make a call again that was interrupted, as all have to: EINTR
// is allowed at any time.
type again struct{ core.Kernel }

func (k again) Read(fd int, p []byte) (n int, err error) {
	for n, err = k.Kernel.Read(fd, p); err == syscall.EINTR; n, err = k.Kernel.Read(fd, p) {
	}
	return n, err
}

func (k again) Write(fd int, p []byte) (n int, err error) {
	for n, err = k.Kernel.Write(fd, p); err == syscall.EINTR; n, err = k.Kernel.Write(fd, p) {
	}
	return n, err
}

func (k again) Writev(fd int, v [][]byte) (n int, err error) {
	for n, err = k.Kernel.Writev(fd, v); err == syscall.EINTR; n, err = k.Kernel.Writev(fd, v) {
	}
	return n, err
}

func (k again) Accept(fd int) (conn int, peer netip.AddrPort, err error) {
	for {
		conn, peer, err = k.Kernel.Accept(fd)
		if err != syscall.EINTR {
			return conn, peer, err
		}
	}
}
