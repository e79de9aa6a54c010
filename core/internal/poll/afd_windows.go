package poll

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The driver behind Winsock, \Device\Afd, answers one request for one socket when one of some
// events has come, through a completion port. WSAPoll and select are made of it. The numbers are
// not in Microsoft's documentation, and have been the same since Windows Vista.

const ioctlAFDPoll = 0x00012024

const (
	afdReceive          = 1 << 0
	afdReceiveExpedited = 1 << 1
	afdSend             = 1 << 2
	afdDisconnect       = 1 << 3 // the peer has ended its direction
	afdAbort            = 1 << 4
	afdLocalClose       = 1 << 5
	afdAccept           = 1 << 7
	afdConnectFail      = 1 << 8
)

// afdPollInfo is what is asked and answered.
type afdPollInfo struct {
	timeout   int64
	sockets   uint32
	exclusive uint32
	socket    windows.Handle
	events    uint32
	status    uint32
	_         uint32 // the size in C, where int64 is aligned on 386 too
}

// completion is OVERLAPPED_ENTRY. What was posted by a wake has no watch.
type completion struct {
	key      uintptr
	watch    *watch
	internal uintptr
	size     uint32
}

var (
	ntdll                           = windows.NewLazySystemDLL("ntdll.dll")
	procNtCancelIoFileEx            = ntdll.NewProc("NtCancelIoFileEx")
	procNtDeviceIoControlFile       = ntdll.NewProc("NtDeviceIoControlFile")
	kernel32                        = windows.NewLazySystemDLL("kernel32.dll")
	procGetQueuedCompletionStatusEx = kernel32.NewProc("GetQueuedCompletionStatusEx")
)

// openAFD opens the driver, not a socket, and has it answer through the port.
func openAFD(port windows.Handle) (windows.Handle, error) {
	// what follows Afd is free, but may not be missing
	name, err := windows.NewNTUnicodeString(`\Device\Afd\asynchat`)
	if err != nil {
		return 0, err
	}
	oa := windows.OBJECT_ATTRIBUTES{ObjectName: name}
	oa.Length = uint32(unsafe.Sizeof(oa))
	var (
		h    windows.Handle
		iosb windows.IO_STATUS_BLOCK
	)
	err = windows.NtCreateFile(&h, windows.SYNCHRONIZE, &oa, &iosb, nil, 0,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE,
		windows.FILE_OPEN, 0, 0, 0)
	if err != nil {
		return 0, err.(windows.NTStatus).Errno()
	}
	if _, err := windows.CreateIoCompletionPort(h, port, 0, 0); err != nil {
		windows.CloseHandle(h)
		return 0, err
	}
	return h, nil
}

// ask asks for the events. The answer, at once or later, is a completion, and until then the system
// writes to w.
func (w *watch) ask(events uint32) bool {
	const forever, success, pending = 1<<63 - 1, 0, 0x103
	w.info = afdPollInfo{timeout: forever, sockets: 1, socket: w.base, events: events}
	info, size := uintptr(unsafe.Pointer(&w.info)), unsafe.Sizeof(w.info)
	status, _, _ := syscall.SyscallN(procNtDeviceIoControlFile.Addr(), uintptr(w.afd), 0, 0,
		uintptr(unsafe.Pointer(w)),
		uintptr(unsafe.Pointer(&w.iosb)), ioctlAFDPoll, info, size, info, size)
	return status == success || status == pending
}

// cancel has what was asked answered at once, if it has not been.
func (w *watch) cancel() {
	var iosb windows.IO_STATUS_BLOCK
	syscall.SyscallN(procNtCancelIoFileEx.Addr(), uintptr(w.afd), uintptr(unsafe.Pointer(&w.iosb)),
		uintptr(unsafe.Pointer(&iosb)))
}

// answer returns the events of an answer. One that came to nothing is asked again, one that failed
// is that of a socket which is none.
func (w *watch) answer() uint32 {
	switch {
	case w.iosb.Status == windows.NTStatus(windows.STATUS_CANCELLED):
		return 0
	case w.iosb.Status != 0:
		return afdLocalClose
	case w.info.sockets == 0:
		return 0
	}
	return w.info.events
}

// completions waits for completions, at most so many milliseconds.
func completions(port windows.Handle, c []completion, ms uint32) (int, error) {
	var n uint32
	r, _, e := syscall.SyscallN(procGetQueuedCompletionStatusEx.Addr(), uintptr(port),
		uintptr(unsafe.Pointer(unsafe.SliceData(c))),
		uintptr(len(c)), uintptr(unsafe.Pointer(&n)), uintptr(ms), 0)
	if r != 0 {
		return int(n), nil
	}
	if e == syscall.Errno(windows.WAIT_TIMEOUT) {
		return 0, nil
	}
	return 0, e
}

// baseSocket returns the socket that the driver knows: a filter that somebody has installed between
// may have given out another one.
func baseSocket(fd int) (base windows.Handle) {
	const sioBaseHandle = 0x48000022
	var returned uint32
	err := windows.WSAIoctl(windows.Handle(fd), sioBaseHandle, nil, 0, (*byte)(unsafe.Pointer(&base)),
		uint32(unsafe.Sizeof(base)),
		&returned, nil, 0)
	if err != nil {
		return windows.Handle(fd)
	}
	return base
}

// say answers in the place of the driver.
func (w *watch) say(events uint32, port windows.Handle) error {
	w.iosb, w.info = windows.IO_STATUS_BLOCK{}, afdPollInfo{sockets: 1, events: events}
	return post(port, w)
}

// post puts a completion into the port. Without a watch it is a wake.
func post(port windows.Handle, w *watch) error {
	return windows.PostQueuedCompletionStatus(port, 0, 0, (*windows.Overlapped)(unsafe.Pointer(w)))
}
