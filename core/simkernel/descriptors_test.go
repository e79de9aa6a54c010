package simkernel_test

import (
	"errors"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

func TestMaxFiles(t *testing.T) {
	k := simkernel.New()
	ln, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, err = k.Connect("tcp", nil, addr)
	require.NoError(t, err)
	k.MaxFiles = 3
	if _, _, err := k.Pair(); err != syscall.EMFILE || k.Open() != 2 {
		t.Errorf("Pair with room for one = %v, %d are open; want EMFILE, 2", err, k.Open())
	}
	k.MaxFiles = 2
	if _, _, err := k.Accept(ln); err != syscall.EMFILE {
		t.Errorf("Accept = %v, want EMFILE", err)
	}
	if _, err := k.Connect("tcp", nil, addr); err != syscall.EMFILE {
		t.Errorf("Connect = %v, want EMFILE", err)
	}
	if _, _, err := k.Listen(core.ListenConfig{}, "tcp",
		"127.0.0.1:0"); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("Listen = %v, want EMFILE", err)
	}
	k.MaxFiles = 0
	if fd, _, err := k.Accept(ln); fd != 2 || err != nil {
		t.Errorf("Accept = %d, %v, want 2: the connection has waited", fd, err)
	}
}

// The lowest free number is given, as POSIX demands.
func TestDescriptors(t *testing.T) {
	k := simkernel.New()
	for range 3 {
		k.Pair()
	}
	for _, fd := range []int{4, 1, 3} {
		require.NoError(t, k.Close(fd))
	}
	if err := k.Close(3); err != syscall.EBADF {
		t.Errorf("Close again = %v, want EBADF", err)
	}
	a, b, _ := k.Pair()
	c, d, _ := k.Pair()
	if a != 1 || b != 3 || c != 4 || d != 6 || k.Open() != 7 {
		t.Errorf("the next descriptors are %d, %d, %d, %d of %d, want 1, 3, 4, 6 of 7", a, b, c, d,
			k.Open())
	}
}

// Port 0 passes over a port that somebody asked for.
func TestPickedPortIsFree(t *testing.T) {
	k := simkernel.New()
	_, first, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:49152")
	require.NoError(t, err)
	_, next, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	if err != nil || next.String() == first.String() {
		t.Errorf("Listen on port 0 = %v, %v beside %v", next, err, first)
	}
}

func TestBadDescriptors(t *testing.T) {
	k := simkernel.New()
	ln, _, err := k.Listen(core.ListenConfig{}, "tcp", "localhost:0")
	require.NoError(t, err)
	p, err := k.OpenPoller()
	require.NoError(t, err)
	for _, tt := range []struct {
		what string
		err  error
		want error
	}{
		{"Read of a listener", second(k.Read(ln, nil)), syscall.ENOTCONN},
		{"Read of nothing", second(k.Read(9, nil)), syscall.EBADF},
		{"Write to nothing", second(k.Write(-1, nil)), syscall.EBADF},
		{"CloseWrite of nothing", k.CloseWrite(9), syscall.EBADF},
		{"Reset of nothing", k.Reset(9), syscall.EBADF},
		{"SetWindow of nothing", k.SetWindow(9, 1), syscall.EBADF},
		{"SocketError of nothing", k.SocketError(9), syscall.EBADF},
		{"LocalAddr of nothing", second(k.LocalAddr(9)), syscall.EBADF},
		{"PeerAddr of nothing", second(k.PeerAddr(9)), syscall.EBADF},
		{"PeerAddr of a listener", second(k.PeerAddr(ln)), syscall.ENOTCONN},
		{"Add of nothing", p.Add(9, 0, 0), syscall.EBADF},
		{"Modify of nothing", p.Modify(9, 0, 0), syscall.EBADF},
		{"Modify of what was not added", p.Modify(ln, 0, 0), syscall.ENOENT},
		{"Remove of nothing", p.Remove(9), syscall.EBADF},
		{"Remove of what was not added", p.Remove(ln), syscall.ENOENT},
	} {
		if tt.err != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, tt.err, tt.want)
		}
	}
	if p.Name() != "sim" {
		t.Errorf("Name() = %q", p.Name())
	}
}

func second[T any](_ T, err error) error { return err }
