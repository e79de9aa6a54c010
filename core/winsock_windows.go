package core

import (
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// What x/sys has not, or has in a form that allocates for every error. Sockets are handles: small numbers, though not the smallest.

var (
	ws2_32          = windows.NewLazySystemDLL("ws2_32.dll")
	procAccept      = ws2_32.NewProc("accept")
	procBind        = ws2_32.NewProc("bind")
	procConnect     = ws2_32.NewProc("connect")
	procGetpeername = ws2_32.NewProc("getpeername")
	procGetsockname = ws2_32.NewProc("getsockname")
	procIoctlsocket = ws2_32.NewProc("ioctlsocket")
	procRecv        = ws2_32.NewProc("recv")
	procRecvfrom    = ws2_32.NewProc("recvfrom")
	procSend        = ws2_32.NewProc("send")
	procSendto      = ws2_32.NewProc("sendto")
	procWSASend     = ws2_32.NewProc("WSASend")
)

var startWinsock = sync.OnceValue(func() error {
	var data windows.WSAData
	return winsockError(windows.WSAStartup(0x202, &data))
})

// noInherit keeps a socket from child processes.
const noInherit = windows.WSA_FLAG_OVERLAPPED | windows.WSA_FLAG_NO_HANDLE_INHERIT

func sysSocket(family, kind int) (int, error) {
	if err := startWinsock(); err != nil {
		return -1, err
	}
	h, err := windows.WSASocket(int32(family), int32(kind), 0, nil, 0, noInherit)
	if err != nil {
		return -1, winsockError(err)
	}
	return prepared(h)
}

// prepared makes a new socket non-blocking.
func prepared(h windows.Handle) (int, error) {
	const fionbio = 0x8004667e
	on := uint32(1)
	if r, _, e := syscall.SyscallN(procIoctlsocket.Addr(), uintptr(h), fionbio, uintptr(unsafe.Pointer(&on))); int32(r) < 0 {
		windows.Closesocket(h)
		return -1, errnoOf(e)
	}
	return int(h), nil
}

// sysAccept does not ask for the address of the peer: with some, that fails for a connection that was reset meanwhile, and takes it away.
func sysAccept(fd int) (int, error) {
	syscall.ForkLock.RLock() // no child may inherit it
	defer syscall.ForkLock.RUnlock()
	r, _, e := syscall.SyscallN(procAccept.Addr(), uintptr(fd), 0, 0)
	h := windows.Handle(r)
	if h == windows.InvalidHandle {
		return -1, errnoOf(e)
	}
	windows.SetHandleInformation(h, windows.HANDLE_FLAG_INHERIT, 0)
	return prepared(h)
}

// maxRead bounds one read: Winsock counts in 32 bits.
const maxRead = 1 << 30

func sysRead(fd int, p []byte) (int, error) {
	r, _, e := syscall.SyscallN(procRecv.Addr(), uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxRead)), 0)
	return count(r, e)
}

func sysWrite(fd int, p []byte) (int, error) {
	r, _, e := syscall.SyscallN(procSend.Addr(), uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxIO)), 0)
	return count(r, e)
}

// maxIO bounds one write. Windows takes what it is given, however much that is, as long as its buffer was not full before: a slow reader
// would cost the memory of the whole queue a second time, in the kernel.
const maxIO = 64 << 10

func sysWritev(fd int, v [][]byte) (int, error) {
	var bufs [64]windows.WSABuf
	n, total := 0, 0
	for _, p := range v {
		if len(p) == 0 {
			continue
		}
		if n == len(bufs) || total == maxIO {
			break
		}
		p = p[:min(len(p), maxIO-total)]
		total += len(p)
		bufs[n] = windows.WSABuf{Len: uint32(len(p)), Buf: unsafe.SliceData(p)}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	var sent uint32
	r, _, e := syscall.SyscallN(procWSASend.Addr(), uintptr(fd), uintptr(unsafe.Pointer(&bufs)), uintptr(n),
		uintptr(unsafe.Pointer(&sent)), 0, 0, 0)
	if int32(r) < 0 {
		return 0, errnoOf(e)
	}
	return int(sent), nil
}

func sysRecvfrom(fd int, p []byte, from *windows.RawSockaddrAny) (int, error) {
	size := int32(unsafe.Sizeof(*from))
	r, _, e := syscall.SyscallN(procRecvfrom.Addr(), uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxRead)), 0,
		uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(&size)))
	return count(r, e)
}

// sysSendto sends to the address of the given size in to, or to the peer of a connected socket if the size is 0.
func sysSendto(fd int, p []byte, to *windows.RawSockaddrAny, size int32) error {
	if size == 0 {
		_, err := sysWrite(fd, p)
		return err
	}
	r, _, e := syscall.SyscallN(procSendto.Addr(), uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0,
		uintptr(unsafe.Pointer(to)), uintptr(size))
	_, err := count(r, e)
	return err
}

func sysBind(fd int, sa *windows.RawSockaddrAny, size int32) error {
	return named(procBind, fd, sa, size)
}

func sysConnect(fd int, sa *windows.RawSockaddrAny, size int32) error {
	return named(procConnect, fd, sa, size)
}

func named(proc *windows.LazyProc, fd int, sa *windows.RawSockaddrAny, size int32) error {
	r, _, e := syscall.SyscallN(proc.Addr(), uintptr(fd), uintptr(unsafe.Pointer(sa)), uintptr(size))
	_, err := count(r, e)
	return err
}

func sysGetsockname(fd int, sa *windows.RawSockaddrAny) error { return name(procGetsockname, fd, sa) }
func sysGetpeername(fd int, sa *windows.RawSockaddrAny) error { return name(procGetpeername, fd, sa) }

func name(proc *windows.LazyProc, fd int, sa *windows.RawSockaddrAny) error {
	size := int32(unsafe.Sizeof(*sa))
	r, _, e := syscall.SyscallN(proc.Addr(), uintptr(fd), uintptr(unsafe.Pointer(sa)), uintptr(unsafe.Pointer(&size)))
	_, err := count(r, e)
	return err
}

// count returns the result of a call that returns a number, or -1 for an error.
func count(r uintptr, e syscall.Errno) (int, error) {
	if int32(r) < 0 {
		return 0, errnoOf(e)
	}
	return int(int32(r)), nil
}
