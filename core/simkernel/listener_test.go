package simkernel_test

import (
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

type named struct{ *simkernel.Listener }

// An adopted descriptor is a duplicate: the listener may be closed, and is gone with the last of
// them.
func TestAdoptListener(t *testing.T) {
	k := simkernel.New()
	l, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	fd, err := k.Adopt(named{l})
	require.NoError(t, err)
	require.NoError(t, l.Close())
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close again = %v, want ErrClosed", err)
	}
	peer, err := k.Connect("tcp", nil, l.Addr())
	require.NoError(t, err)
	conn, _, err := k.Accept(fd)
	if err != nil {
		t.Fatalf("Accept = %v", err)
	}
	write(t, k, peer, "x")
	checkRead(t, k, conn, "x", nil)
	if _, err := k.Adopt(l); err == nil {
		t.Error("a closed listener is adopted")
	}
	require.NoError(t, k.Close(fd))
	if _, _, err := k.Listen(core.ListenConfig{}, "tcp", l.Addr().String()); err != nil {
		t.Errorf("the address is not free: %v", err)
	}
}

func TestAdoptRefuses(t *testing.T) {
	k := simkernel.New()
	l, err := simkernel.New().NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	for _, v := range []any{l, 7, nil} {
		if _, err := k.Adopt(v); !errors.Is(err, core.ErrUnsupported) {
			t.Errorf("Adopt(%T) = %v, want ErrUnsupported", v, err)
		}
	}
	if _, err := l.Accept(); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("Accept = %v, want ErrUnsupported", err)
	}
	if _, err := k.NewListener("tcp", "nowhere"); err == nil {
		t.Error("NewListener of a bad address succeeds")
	}
}
