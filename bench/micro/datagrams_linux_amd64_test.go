package micro

import (
	"fmt"
	"net"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What a batch of datagrams gains over one system call for each: the socket is filled, and only its
// emptying is measured.
func BenchmarkDatagramReads(b *testing.B) {
	for _, size := range []int{64, 1400} {
		for _, batch := range []int{1, 8, 32} {
			b.Run(fmt.Sprintf("%dB/batch%d", size, batch), func(b *testing.B) {
				readDatagrams(b, size, batch)
			})
		}
	}
}

func readDatagrams(b *testing.B, size, batch int) {
	const filled = 64 // fit the default receive buffer
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, size)
	into := newVector(batch, 2048)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for done := 0; done < b.N; {
		b.StopTimer()
		n := min(filled, b.N-done)
		for range n {
			conn.WriteToUDP(data, conn.LocalAddr().(*net.UDPAddr))
		}
		b.StartTimer()
		raw.Control(func(fd uintptr) {
			for left := n; left > 0; {
				got, err := into.read(fd)
				if err != nil {
					b.Fatalf("%d of %d: %v", n-left, n, err)
				}
				left -= got
			}
		})
		done += n
	}
}

type message struct {
	header unix.Msghdr
	n      uint32
	_      [4]byte
}

type vector struct {
	messages []message
	names    []unix.RawSockaddrInet6
	buffers  [][]byte
}

func newVector(batch, size int) *vector {
	v := &vector{make([]message, batch), make([]unix.RawSockaddrInet6, batch), make([][]byte, batch)}
	for i := range v.messages {
		v.buffers[i] = make([]byte, size)
		iov := &unix.Iovec{Base: &v.buffers[i][0]}
		iov.SetLen(size)
		v.messages[i].header.Iov = iov
		v.messages[i].header.SetIovlen(1)
		v.messages[i].header.Name = (*byte)(unsafe.Pointer(&v.names[i]))
	}
	return v
}

// read takes one datagram with recvfrom, as core does, or as many as there are with recvmmsg.
func (v *vector) read(fd uintptr) (int, error) {
	if len(v.messages) == 1 {
		size := uint32(unsafe.Sizeof(v.names[0]))
		_, _, e := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd,
			uintptr(unsafe.Pointer(&v.buffers[0][0])), uintptr(len(v.buffers[0])), unix.MSG_DONTWAIT,
			uintptr(unsafe.Pointer(&v.names[0])), uintptr(unsafe.Pointer(&size)))
		if e != 0 {
			return 0, e
		}
		return 1, nil
	}
	for i := range v.messages {
		v.messages[i].header.Namelen = uint32(unsafe.Sizeof(v.names[0]))
	}
	n, _, e := syscall.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&v.messages[0])),
		uintptr(len(v.messages)), unix.MSG_DONTWAIT, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}
