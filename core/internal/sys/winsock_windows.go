package sys

import (
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// What x/sys has not, or has in a form that allocates for every error. Sockets are handles: small
// numbers, though not the smallest.

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

// StartWinsock must be called before all other functions.
var StartWinsock = sync.OnceValue(func() error {
	var data windows.WSAData
	return WinsockError(windows.WSAStartup(0x202, &data))
})

// NoInherit keeps a socket from child processes.
const NoInherit = windows.WSA_FLAG_OVERLAPPED | windows.WSA_FLAG_NO_HANDLE_INHERIT

// Socket returns a new socket, non-blocking and not inherited.
func Socket(family, kind int) (int, error) {
	if err := StartWinsock(); err != nil {
		return -1, err
	}
	h, err := windows.WSASocket(int32(family), int32(kind), 0, nil, 0, NoInherit)
	if err != nil {
		return -1, WinsockError(err)
	}
	return Prepared(h)
}

// Prepared makes a new socket non-blocking.
func Prepared(h windows.Handle) (int, error) {
	const fionbio = 0x8004667e
	on := uint32(1)
	if r, _, e := syscall.SyscallN(procIoctlsocket.Addr(), uintptr(h), fionbio,
		uintptr(unsafe.Pointer(&on))); int32(r) < 0 {
		windows.Closesocket(h)
		return -1, ErrnoOf(e)
	}
	return int(h), nil
}

// Accept returns the next connection. It does not request the address of the peer: on some systems
// this fails for a connection that was reset meanwhile, and drops the connection.
func Accept(fd int) (int, error) {
	syscall.ForkLock.RLock() // no child may inherit it
	defer syscall.ForkLock.RUnlock()
	r, _, e := syscall.SyscallN(procAccept.Addr(), uintptr(fd), 0, 0)
	h := windows.Handle(r)
	if h == windows.InvalidHandle {
		return -1, ErrnoOf(e)
	}
	windows.SetHandleInformation(h, windows.HANDLE_FLAG_INHERIT, 0)
	return Prepared(h)
}

// maxRead bounds one read: Winsock counts in 32 bits.
const maxRead = 1 << 30

// Read is recv.
func Read(fd int, p []byte) (int, error) {
	r, _, e := syscall.SyscallN(procRecv.Addr(), uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxRead)), 0)
	return count(r, e)
}

// Write is send.
func Write(fd int, p []byte) (int, error) {
	r, _, e := syscall.SyscallN(procSend.Addr(), uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), MaxIO)), 0)
	return count(r, e)
}

// MaxIO bounds one write. If its buffer was not full before, Windows takes a write of any size. So
// a slow reader would cost the memory of the whole queue a second time, in the kernel.
const MaxIO = 64 << 10

// Writev is WSASend.
func Writev(fd int, v [][]byte) (int, error) {
	var bufs [64]windows.WSABuf
	n, total := 0, 0
	for _, p := range v {
		if len(p) == 0 {
			continue
		}
		if n == len(bufs) || total == MaxIO {
			break
		}
		p = p[:min(len(p), MaxIO-total)]
		total += len(p)
		bufs[n] = windows.WSABuf{Len: uint32(len(p)), Buf: unsafe.SliceData(p)}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	var sent uint32
	r, _, e := syscall.SyscallN(procWSASend.Addr(), uintptr(fd), uintptr(unsafe.Pointer(&bufs)),
		uintptr(n),
		uintptr(unsafe.Pointer(&sent)), 0, 0, 0)
	if int32(r) < 0 {
		return 0, ErrnoOf(e)
	}
	return int(sent), nil
}

// Recvfrom is recvfrom.
func Recvfrom(fd int, p []byte, from *windows.RawSockaddrAny) (int, error) {
	size := int32(unsafe.Sizeof(*from))
	r, _, e := syscall.SyscallN(procRecvfrom.Addr(), uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(min(len(p), maxRead)), 0,
		uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(&size)))
	return count(r, e)
}

// Sendto sends to the address of the given size in to, or to the peer of a connected socket if the
// size is 0.
func Sendto(fd int, p []byte, to *windows.RawSockaddrAny, size int32) error {
	if size == 0 {
		_, err := Write(fd, p)
		return err
	}
	r, _, e := syscall.SyscallN(procSendto.Addr(), uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0,
		uintptr(unsafe.Pointer(to)), uintptr(size))
	_, err := count(r, e)
	return err
}

// Bind is bind.
func Bind(fd int, sa *windows.RawSockaddrAny, size int32) error {
	return named(procBind, fd, sa, size)
}

// Connect is connect.
func Connect(fd int, sa *windows.RawSockaddrAny, size int32) error {
	return named(procConnect, fd, sa, size)
}

func named(proc *windows.LazyProc, fd int, sa *windows.RawSockaddrAny, size int32) error {
	r, _, e := syscall.SyscallN(proc.Addr(), uintptr(fd), uintptr(unsafe.Pointer(sa)), uintptr(size))
	_, err := count(r, e)
	return err
}

// Getsockname returns the own address of a socket.
func Getsockname(fd int, sa *windows.RawSockaddrAny) error { return name(procGetsockname, fd, sa) }

// Getpeername returns the address of the peer.
func Getpeername(fd int, sa *windows.RawSockaddrAny) error { return name(procGetpeername, fd, sa) }

func name(proc *windows.LazyProc, fd int, sa *windows.RawSockaddrAny) error {
	size := int32(unsafe.Sizeof(*sa))
	r, _, e := syscall.SyscallN(proc.Addr(), uintptr(fd), uintptr(unsafe.Pointer(sa)),
		uintptr(unsafe.Pointer(&size)))
	_, err := count(r, e)
	return err
}

// count returns the result of a call that returns a number, or -1 for an error.
func count(r uintptr, e syscall.Errno) (int, error) {
	if int32(r) < 0 {
		return 0, ErrnoOf(e)
	}
	return int(int32(r)), nil
}

// Options of sockets that are not in x/sys.
const SoError, SoType = 0x1007, 0x1008
