package core_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// The connections of an adopted listener go to the loops in turn, and each is handed over on its
// own loop.
func TestAdoptListener(t *testing.T) {
	onSystem(t, func(w *world) {
		const loops, each = 3, 4
		g, err := core.NewGroup(loops, core.WithKernel(w.k.Kernel))
		require.NoError(w, err)
		defer g.Close()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(w, err)
		defer ln.Close()

		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		var mu sync.Mutex
		var order []*core.Loop
		accepted := make(chan bool, loops*each)
		h := &handler{accepted: func(c *core.Conn) {
			mu.Lock()
			order = append(order, c.Loop())
			mu.Unlock()
			if _, err := c.Loop().Poll(0); err == nil {
				w.Error("HandleAccepted is not called on the loop of the connection")
			}
			c.Close()
			accepted <- true
		}}
		listener, err := core.AdoptListener(g.Loops()[0], ln, h, g.Loops()...)
		require.NoError(w, err)
		if got := listener.Addr().String(); got != ln.Addr().String() {
			w.Errorf("Addr() = %s, want %s", got, ln.Addr())
		}
		ln.Close()
		done := make(chan error, 1)
		go func() { done <- g.Run(ctx) }()
		for range loops * each {
			c, err := net.Dial("tcp", listener.Addr().String())
			require.NoError(w, err)
			select {
			case <-accepted:
			case <-ctx.Done():
				w.Fatal("a connection was not accepted")
			}
			c.Close()
		}
		g.Stop()
		if err := <-done; err != nil {
			w.Errorf("Run = %v", err)
		}
		if want := slices.Repeat(g.Loops(), each); !slices.Equal(order, want) {
			w.Errorf("the connections went to %v, want %v", order, want)
		}
	})
}

// Without targets the connections stay on the listener's loop. A connection for a loop that has
// been closed is closed.
func TestAdoptListenerTargets(t *testing.T) {
	needsUnix(t)
	onSystem(t, func(w *world) {
		ln, err := net.Listen("unix", filepath.Join(shortDir(t), "s"))
		require.NoError(w, err)
		defer ln.Close()
		h := w.noting("listener")
		h.accepted = func(c *core.Conn) {
			w.note("accepted on ours %t", c.Loop() == w.l)
			if c.LocalAddr().Network() != "unix" || c.LocalAddr().String() != ln.Addr().String() {
				w.Errorf("LocalAddr() = %v, want %v", c.LocalAddr(), ln.Addr())
			}
			c.Close()
		}
		first, err := core.AdoptListener(w.l, ln, h)
		require.NoError(w, err)
		dial(w, ln).Close()
		w.untilNoted(1)
		w.check("accepted on ours true")
		first.Close()
		w.settle()
		w.check("listener closed <nil>")

		other := w.newLoop()
		other.Close()
		_, err = core.AdoptListener(w.l, ln, h, other)
		require.NoError(w, err)
		c := dial(w, ln)
		defer c.Close()
		w.k.total()
		w.until("the close", func() bool { return w.k.calls["Close"] > 0 })
		if n, err := c.Read(make([]byte, 1)); err == nil {
			w.Errorf("Read = %d, nil, want the end", n)
		}
		w.check()
	})
}

// shortDir is TempDir with a name that is short enough for a Unix socket on every system.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "core")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func dial(w *world, ln net.Listener) net.Conn {
	w.Helper()
	c, err := net.DialTimeout(ln.Addr().Network(), ln.Addr().String(), patience)
	require.NoError(w, err)
	return c
}

// In a simulation there is nobody to call the Accept of a listener made elsewhere.
func TestAdoptListenerFails(t *testing.T) {
	l, err := core.New(core.WithKernel(simkernel.New()))
	require.NoError(t, err)
	defer l.Close()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer inner.Close()
	var op *net.OpError
	ln, err := core.AdoptListener(l, inner, &handler{})
	if ln != nil || !errors.Is(err, core.ErrUnsupported) || !errors.As(err, &op) {
		t.Errorf("AdoptListener = %v, %v, want ErrUnsupported in a *net.OpError", ln, err)
	}
}

// A connection that waited before its listener was adopted does not inherit that one's TCP_NODELAY,
// and without it a reply of two writes takes 40 ms.
func TestNoDelayOfThoseWhoWaited(t *testing.T) {
	onSystem(t, func(w *world) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(w, err)
		defer ln.Close()
		client, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(w, err)
		defer client.Close()
		set := -1
		h := &handler{accepted: func(c *core.Conn) {
			set, err = c.Option(core.NoDelay)
			c.Close()
		}}
		_, listenErr := core.AdoptListener(w.l, ln, h)
		require.NoError(w, listenErr)
		for set < 0 && err == nil {
			_, err := w.l.Poll(patience)
			require.NoError(w, err)
		}
		if set != 1 || err != nil {
			w.Errorf("NoDelay is %d, %v, want 1", set, err)
		}
	})
}
