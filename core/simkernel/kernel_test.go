package simkernel_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/core/kerneltest"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// The simulation keeps the promises that the operating system keeps.
func TestKernel(t *testing.T) {
	kerneltest.Test(t, func() core.Kernel { return simkernel.New() },
		kerneltest.Options{Virtual: true})
}

func newPair(t *testing.T) (k *simkernel.Kernel, a, b int) {
	t.Helper()
	k = simkernel.New()
	a, b, err := k.Pair()
	require.NoError(t, err)
	return k, a, b
}

func write(t *testing.T, k *simkernel.Kernel, fd int, s string) {
	t.Helper()
	n, err := k.Write(fd, []byte(s))
	require.NoError(t, err)
	require.Equal(t, len(s), n)
}

func checkRead(t *testing.T, k *simkernel.Kernel, fd int, want string, wantErr error) {
	t.Helper()
	p := make([]byte, 16)
	n, err := k.Read(fd, p)
	if string(p[:n]) != want || err != wantErr {
		t.Errorf("Read = %q, %v, want %q, %v", p[:n], err, want, wantErr)
	}
}

func TestClock(t *testing.T) {
	k := simkernel.New()
	if want := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); !k.Now().Equal(want) {
		t.Errorf("Now() = %v, want %v", k.Now(), want)
	}
	start := k.Now()
	k.Advance(time.Hour)
	p, err := k.OpenPoller()
	require.NoError(t, err)
	var events [1]kernel.Event
	p.Wait(events[:], time.Nanosecond)
	p.Wait(events[:], 0)
	if got := k.Now().Sub(start); got != time.Hour+1 {
		t.Errorf("the clock moved by %v, want 1h and 1ns", got)
	}
	if _, err := p.Wait(events[:], -1); !errors.Is(err, simkernel.ErrDeadlock) {
		t.Errorf("Wait(-1) = %v, want ErrDeadlock", err)
	}
}

// A read returns what one write sent, or part of it.
func TestReadsAreWrites(t *testing.T) {
	k, a, b := newPair(t)
	write(t, k, a, "one")
	write(t, k, a, "a write longer than a read")
	k.Writev(a, [][]byte{[]byte("three"), nil, []byte("four")})
	if n := k.Buffered(b); n != 38 {
		t.Errorf("Buffered = %d, want 38", n)
	}
	if n := k.Writes(b); n != 3 {
		t.Errorf("Writes = %d, want 3", n)
	}
	checkRead(t, k, b, "one", nil)
	checkRead(t, k, b, "a write longer t", nil)
	checkRead(t, k, b, "han a read", nil)
	checkRead(t, k, b, "threefour", nil)
	checkRead(t, k, b, "", syscall.EAGAIN)
}

func TestWindow(t *testing.T) {
	k, a, b := newPair(t)
	if got := k.Room(a); got != simkernel.Window {
		t.Errorf("Room = %d, want %d", got, simkernel.Window)
	}
	require.NoError(t, k.SetWindow(b, 10))
	p, err := k.OpenPoller()
	require.NoError(t, err)
	require.NoError(t, p.Add(a, 7, core.Writable))
	if n, err := k.Write(a, make([]byte, 16)); n != 10 || err != nil {
		t.Errorf("Write = %d, %v, want 10", n, err)
	}
	if n, err := k.Write(a, []byte("x")); n != 0 || err != syscall.EAGAIN {
		t.Errorf("Write = %d, %v, want EAGAIN", n, err)
	}
	if n, err := k.Write(a, nil); n != 0 || err != nil {
		t.Errorf("Write of nothing = %d, %v, want 0, nil", n, err)
	}
	var events [1]kernel.Event
	if n, _ := p.Wait(events[:], 0); n != 0 {
		t.Errorf("a full socket is %+v", events[0])
	}
	require.NoError(t, k.SetWindow(b, 12))
	if n, _ := p.Wait(events[:], 0); n != 1 || k.Room(a) != 2 {
		t.Errorf("after SetWindow %d events, Room = %d; want 1, 2", n, k.Room(a))
	}
	require.NoError(t, k.SetWindow(b, 5))
	if got := k.Room(a); got != 0 {
		t.Errorf("Room = %d with more in the buffer than the window, want 0", got)
	}
}

// Reset tells both ends, and both lose what they have not read.
func TestReset(t *testing.T) {
	k, a, b := newPair(t)
	p, err := k.OpenPoller()
	require.NoError(t, err)
	require.NoError(t, p.Add(a, 1, 0))
	require.NoError(t, p.Add(b, 2, 0))
	write(t, k, a, "lost")
	write(t, k, b, "last word")
	var events [4]kernel.Event
	if n, _ := p.Wait(events[:], 0); n != 0 {
		t.Errorf("before the reset %d events, want none", n)
	}
	require.NoError(t, k.Reset(b))
	got := map[uint64]core.Ready{}
	n, _ := p.Wait(events[:], 0)
	for _, e := range events[:n] {
		got[e.Token] = e.Ready
	}
	if got[1] != kernel.HangUp|kernel.Failed || got[2] != kernel.HangUp {
		t.Errorf("the peer is %05b, the end itself %05b; want HangUp and Failed, HangUp", got[1], got[2])
	}
	if _, err := k.Write(a, []byte("x")); err != syscall.ECONNRESET {
		t.Errorf("the peer's Write = %v, want ECONNRESET", err)
	}
	checkRead(t, k, a, "last word", nil)
	checkRead(t, k, a, "", nil)
	checkRead(t, k, b, "", nil)
	if !k.Ended(a) || !k.Ended(b) {
		t.Error("Ended = false after a reset")
	}
	for _, fd := range []int{a, b} {
		if _, err := k.Write(fd, []byte("x")); err != syscall.EPIPE {
			t.Errorf("Write = %v, want EPIPE", err)
		}
		if err := k.CloseWrite(fd); err != syscall.ENOTCONN {
			t.Errorf("CloseWrite = %v, want ENOTCONN", err)
		}
		require.NoError(t, k.Reset(fd))
	}
}

// A refused connection is at its end when its error has been told.
func TestRefused(t *testing.T) {
	k, a, _ := newPair(t)
	nobody, err := k.LocalAddr(a)
	require.NoError(t, err)
	fd, err := k.Connect("tcp", nil, nobody)
	require.NoError(t, err)
	checkRead(t, k, fd, "", syscall.ECONNREFUSED)
	checkRead(t, k, fd, "", nil)
	if !k.Ended(fd) {
		t.Error("Ended = false of a refused connection")
	}
}

// A close with unread input resets the peer, any other leaves it the end. Either comes behind what
// has arrived, as on Linux.
func TestClose(t *testing.T) {
	k, a, b := newPair(t)
	write(t, k, a, "unread")
	write(t, k, b, "on the way")
	k.Close(b)
	checkRead(t, k, a, "on the way", nil)
	checkRead(t, k, a, "", syscall.ECONNRESET)
	checkRead(t, k, a, "", nil)

	a, b, err := k.Pair()
	require.NoError(t, err)
	write(t, k, b, "on the way")
	k.Close(b)
	if k.Ended(a) {
		t.Error("Ended = true with something to read")
	}
	if _, err := k.Write(a, []byte("x")); err != syscall.EPIPE {
		t.Errorf("Write to a closed peer = %v, want EPIPE", err)
	}
	checkRead(t, k, a, "on the way", nil)
	checkRead(t, k, a, "", nil)
	if !k.Ended(a) {
		t.Error("Ended = false at the end")
	}
}

// A listener that is closed resets those whom it has not accepted, as the operating system does.
func TestCloseListener(t *testing.T) {
	k := simkernel.New()
	ln, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	waiting, err := k.Connect("tcp", nil, addr)
	require.NoError(t, err)
	gone, err := k.Connect("tcp", nil, addr)
	require.NoError(t, err)
	k.Close(gone)
	k.Close(ln)
	if err := k.SocketError(waiting); err != syscall.ECONNRESET {
		t.Errorf("SocketError = %v, want ECONNRESET", err)
	}
	if _, err := k.Connect("tcp", nil, addr); err != nil {
		t.Errorf("Connect: %v", err)
	}
	again, _, err := k.Listen(core.ListenConfig{}, "tcp", addr.String())
	if err != nil {
		t.Errorf("Listen on the address of a closed listener: %v", err)
	}
	k.Close(again)
}

// Writes to an end that refuses them fail, and do not wait to fail; the rest of the connection is
// sound.
func TestFailWrites(t *testing.T) {
	k := simkernel.New()
	a, b, err := k.Pair()
	require.NoError(t, err)
	for {
		if _, err := k.Write(a, make([]byte, simkernel.Window)); err != nil {
			break // its buffer is full
		}
	}
	require.NoError(t, k.FailWrites(b))
	if _, err := k.Write(a, []byte("x")); err != syscall.EPIPE || k.Room(a) < simkernel.Window {
		t.Errorf("Write = %v with room for %d, want EPIPE and room", err, k.Room(a))
	}
	if _, err := k.Write(b, []byte("still there")); err != nil {
		t.Errorf("the Write of the other end = %v", err)
	}
	checkRead(t, k, a, "still there", nil)
	require.Error(t, k.FailWrites(99))
}
