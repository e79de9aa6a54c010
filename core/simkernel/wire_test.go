package simkernel_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// faulty returns a kernel with a listener, and the faults from then on.
func faulty(t *testing.T, seed uint64, f simkernel.Faults) (k *simkernel.Kernel, ln int,
	connect func() int) {
	t.Helper()
	k = simkernel.New()
	ln, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	k.Inject(seeded(seed), f)
	return k, ln, func() int {
		t.Helper()
		fd, err := k.Connect("tcp", nil, addr)
		require.NoError(t, err)
		return fd
	}
}

const aSecond = time.Second

// What is sent takes its time, also what makes and ends a connection, and keeps its order.
func TestLatency(t *testing.T) {
	k, ln, connect := faulty(t, 1, simkernel.Faults{Latency: aSecond, Jitter: aSecond})
	fd := connect()
	if _, err := k.PeerAddr(fd); err != syscall.ENOTCONN {
		t.Errorf("PeerAddr while connecting: %v, want ENOTCONN", err)
	}
	if _, err := k.Write(fd, []byte("x")); err != syscall.EAGAIN {
		t.Errorf("Write while connecting: %v, want EAGAIN", err)
	}
	if _, _, err := k.Accept(ln); err != syscall.EAGAIN {
		t.Errorf("Accept at once: %v, want EAGAIN", err)
	}
	k.Advance(4 * aSecond)
	conn, _, err := k.Accept(ln)
	require.NoError(t, err)
	for i := range 10 {
		write(t, k, fd, string(rune('a'+i)))
	}
	require.NoError(t, k.CloseWrite(fd))
	checkRead(t, k, conn, "", syscall.EAGAIN)
	k.Advance(2 * aSecond)
	for i := range 10 {
		checkRead(t, k, conn, string(rune('a'+i)), nil)
	}
	checkRead(t, k, conn, "", nil)
	if at, ok := k.NextEvent(); ok {
		t.Errorf("something happens at %v", at)
	}
}

// What comes to an end that is closed is answered by a reset, which costs the sender what it has
// not read: B24.
func TestWriteToAClosedEnd(t *testing.T) {
	k, ln, connect := faulty(t, 1, simkernel.Faults{})
	fd := connect()
	conn, _, err := k.Accept(ln)
	require.NoError(t, err)
	write(t, k, conn, "last words")
	require.NoError(t, k.Close(conn))
	write(t, k, fd, "one more")
	checkRead(t, k, fd, "", syscall.ECONNRESET)
	checkRead(t, k, fd, "", nil)
	if _, err := k.Write(fd, []byte("x")); err != syscall.EPIPE {
		t.Errorf("Write after the reset: %v, want EPIPE", err)
	}
	if k.Breaks() != 0 {
		t.Error("a reset of the peer counts as a fault")
	}
}

// A connection that is closed while it is being made comes to nothing; one that was made is reset.
func TestCloseWhileConnecting(t *testing.T) {
	k, ln, connect := faulty(t, 1, simkernel.Faults{Latency: aSecond})
	k.Close(connect())
	k.Advance(10 * aSecond)
	if _, _, err := k.Accept(ln); err != syscall.EAGAIN {
		t.Errorf("Accept: %v, want EAGAIN", err)
	}
	fd := connect()
	for {
		at, ok := k.NextEvent()
		require.True(t, ok)
		k.Advance(at.Sub(k.Now()))
		if conn, _, err := k.Accept(ln); err == nil {
			k.Close(fd) // before the answer has come
			k.Advance(10 * aSecond)
			checkRead(t, k, conn, "", syscall.ECONNRESET)
			return
		}
	}
}

func TestBreak(t *testing.T) {
	cut := map[int]bool{}
	for seed := range uint64(30) {
		k, ln, connect := faulty(t, seed, simkernel.Faults{Break: 1})
		fd := connect()
		conn, _, err := k.Accept(ln)
		require.NoError(t, err)
		local, err := k.LocalAddr(fd)
		require.NoError(t, err)
		if k.Broken(local) {
			t.Fatal("broken before the first byte")
		}
		got := 0
		ends := map[int]error{fd: nil, conn: nil} // their errors, each of which is told once
		buf := make([]byte, 1000)
		for ends[fd] == nil || ends[conn] == nil {
			for end := range ends {
				if _, err := k.Write(end, buf); err != nil && err != syscall.EAGAIN && ends[end] == nil {
					ends[end] = err
				}
				n, err := k.Read(end, buf)
				if err != nil && err != syscall.EAGAIN && ends[end] == nil {
					ends[end] = err
				}
				if err == nil && n == 0 && ends[end] == nil {
					t.Fatal("a broken connection ends as if it had been closed")
				}
				if end == fd {
					got += n
				}
			}
		}
		if !k.Broken(local) || k.Breaks() != 1 {
			t.Errorf("Broken = %t, Breaks = %d", k.Broken(local), k.Breaks())
		}
		cut[got] = true
	}
	if len(cut) < 5 {
		t.Errorf("30 connections were broken at %v", cut)
	}
}

func TestAbort(t *testing.T) {
	aborted, reset := 0, 0
	for seed := range uint64(20) {
		k, ln, connect := faulty(t, seed, simkernel.Faults{Abort: 1})
		fd := connect()
		conn, _, err := k.Accept(ln)
		switch err {
		case syscall.ECONNABORTED:
			aborted++
		case nil:
			reset++
			checkRead(t, k, conn, "", syscall.ECONNRESET)
		default:
			t.Errorf("Accept: %v", err)
		}
		checkRead(t, k, fd, "", syscall.ECONNRESET)
		if k.Breaks() != 1 {
			t.Errorf("Breaks = %d", k.Breaks())
		}
	}
	if aborted == 0 || reset == 0 {
		t.Errorf("Accept said so %d times, and handed over the rest %d times; want both", aborted, reset)
	}
}

func TestRefuseAndSlow(t *testing.T) {
	k, ln, connect := faulty(t, 1, simkernel.Faults{Refuse: 1})
	if err := k.SocketError(connect()); err != syscall.ECONNREFUSED {
		t.Errorf("SocketError = %v, want ECONNREFUSED", err)
	}
	k.Inject(seeded(1), simkernel.Faults{Slow: 1})
	connect()
	if _, _, err := k.Accept(ln); err != syscall.EAGAIN {
		t.Errorf("Accept at once: %v, want EAGAIN", err)
	}
	k.Advance(4 * aSecond)
	if _, _, err := k.Accept(ln); err != nil {
		t.Errorf("Accept later: %v", err)
	}
}

// For a while there are no more descriptors than there are; a closed one makes room.
func TestNoFiles(t *testing.T) {
	k, _, connect := faulty(t, 1, simkernel.Faults{})
	fd := connect()
	k.Inject(seeded(1), simkernel.Faults{NoFiles: 1})
	for range 3 {
		if _, err := k.Reserve(); err != syscall.EMFILE && err != syscall.ENFILE {
			t.Errorf("Reserve = %v, want EMFILE or ENFILE", err)
		}
	}
	k.Close(fd)
	if _, err := k.Reserve(); err != nil {
		t.Errorf("Reserve in the place of a closed one: %v", err)
	}
	k.Inject(seeded(1), simkernel.Faults{})
	if _, err := k.Reserve(); err != nil {
		t.Errorf("Reserve without faults: %v", err)
	}
}

func TestShortAndJoin(t *testing.T) {
	k, ln, connect := faulty(t, 1, simkernel.Faults{Short: 1, Join: 1})
	fd := connect()
	conn, _, err := k.Accept(ln)
	require.NoError(t, err)
	sent := ""
	for range 20 {
		n, err := k.Write(fd, []byte("0123456789"))
		require.NoError(t, err)
		if n < 1 || n > 9 {
			t.Fatalf("Write = %d", n)
		}
		sent += "0123456789"[:n]
	}
	got, joined := "", false
	buf := make([]byte, 100)
	for got != sent {
		n, err := k.Read(conn, buf)
		require.NoError(t, err)
		got += string(buf[:n])
		joined = joined || n > 9
		require.True(t, strings.HasPrefix(sent, got))
	}
	if !joined {
		t.Error("no read has joined two writes")
	}
}

func TestWindows(t *testing.T) {
	k, _, connect := faulty(t, 1, simkernel.Faults{Window: 80})
	sizes := map[int]bool{}
	for range 50 {
		n := k.Room(connect())
		if n < 10 || n > 80 {
			t.Errorf("a window of %d bytes", n)
		}
		sizes[n] = true
	}
	if len(sizes) < 10 {
		t.Errorf("only the windows %v", sizes)
	}
}
