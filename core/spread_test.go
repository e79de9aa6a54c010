package core_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// simGroup returns n loops on one simulated kernel, and a function that turns them until all are
// quiet.
func simGroup(t *testing.T, n int) (k *simkernel.Kernel, g *core.Group, settle func()) {
	k = simkernel.New()
	g, err := core.NewGroup(n, core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(g.Close)
	return k, g, func() {
		for busy := true; busy; {
			busy = false
			for _, l := range g.Loops() {
				calls, err := l.Poll(0)
				require.NoError(t, err)
				busy = busy || calls > 0
			}
		}
	}
}

// counting is an AcceptHandler that counts the connections of each loop, and keeps them.
type counting struct {
	g     *core.Group
	conns [][]*core.Conn
}

func newCounting(g *core.Group) *counting {
	return &counting{g: g, conns: make([][]*core.Conn, len(g.Loops()))}
}

func (c *counting) HandleAccepted(conn *core.Conn) {
	i := slices.Index(c.g.Loops(), conn.Loop())
	c.conns[i] = append(c.conns[i], conn)
}

func (c *counting) counts() (n []int) {
	for _, conns := range c.conns {
		n = append(n, len(conns))
	}
	return n
}

func connect(t *testing.T, k *simkernel.Kernel, ln *core.Listener, n int) {
	t.Helper()
	for range n {
		_, err := k.Connect("tcp", nil, ln.Addr())
		require.NoError(t, err)
	}
}

func TestSpread(t *testing.T) {
	for _, tt := range []struct {
		spread    core.Spread
		listeners int
	}{{core.SpreadRoundRobin, 1}, {core.SpreadLeastConnections, 1}, {core.SpreadReusePort, 3}} {
		k, g, settle := simGroup(t, 3)
		h := newCounting(g)
		all, err := g.Listen(core.ListenConfig{Spread: tt.spread}, "tcp", "127.0.0.1:0", h)
		require.NoError(t, err)
		if len(all) != tt.listeners {
			t.Errorf("spread %d: %d listeners, want %d", tt.spread, len(all), tt.listeners)
		}
		for _, ln := range all[1:] {
			if ln.Addr().String() != all[0].Addr().String() {
				t.Errorf("spread %d: listeners on %v and %v", tt.spread, all[0].Addr(), ln.Addr())
			}
		}
		connect(t, k, all[0], 9)
		settle()
		if got := h.counts(); !slices.Equal(got, []int{3, 3, 3}) {
			t.Errorf("spread %d: the loops have %v connections, want 3 each", tt.spread, got)
		}
		if s := g.Stats(); s.Accepted != 9 || s.Connections != 9 {
			t.Errorf("spread %d: %d accepted, %d connections; want 9, 9", tt.spread, s.Accepted,
				s.Connections)
		}
	}
}

// The loop with the fewest gets the next, also when many have been closed on it.
func TestLeastConnections(t *testing.T) {
	k, g, settle := simGroup(t, 3)
	h := newCounting(g)
	config := core.ListenConfig{Spread: core.SpreadLeastConnections}
	all, err := g.Listen(config, "tcp", "127.0.0.1:0", h)
	require.NoError(t, err)
	connect(t, k, all[0], 30)
	settle()
	for _, c := range h.conns[1][:6] {
		c.Close()
	}
	for _, c := range h.conns[2][:3] {
		c.Close()
	}
	settle()
	connect(t, k, all[0], 9)
	settle()
	if got := h.counts(); !slices.Equal(got, []int{10, 16, 13}) {
		t.Errorf("the loops got %v connections, want [10 16 13]", got)
	}
	for _, l := range g.Loops() {
		l.Poll(0)
		if n := l.Stats().Connections; n != 10 {
			t.Errorf("a loop has %d connections, want 10", n)
		}
	}
}

// On the operating system every loop accepts by itself.
func TestReusePort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system does not spread connections, or by other rules")
	}
	onSystem(t, func(w *world) {
		g := newGroup(w, 2)
		var counts [2]atomic.Int32
		done := make(chan bool)
		total := int32(0)
		h := &handler{accepted: func(c *core.Conn) {
			i := slices.Index(g.Loops(), c.Loop())
			counts[i].Add(1)
			c.Close()
			if atomic.AddInt32(&total, 1) == 64 {
				close(done)
			}
		}}
		all, err := g.Listen(core.ListenConfig{Spread: core.SpreadReusePort}, "tcp", "127.0.0.1:0", h)
		require.NoError(w, err)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		for range 64 {
			w.client(all[0])
		}
		select {
		case <-done:
			g.Stop()
		case <-ctx.Done():
		}
		require.NoError(w, <-ended)
		if a, b := counts[0].Load(), counts[1].Load(); a+b != 64 || a == 0 || b == 0 {
			w.Errorf("the loops accepted %d and %d connections, want 64 in all, some each", a, b)
		}
	})
}

// A listener made elsewhere must share its port already.
func TestAdoptWithoutReusePort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system does not spread connections, or by other rules")
	}
	onSystem(t, func(w *world) {
		g := newGroup(w, 2)
		for _, config := range []core.ListenConfig{{}, {Spread: core.SpreadReusePort}} {
			ln, err := config.Open("tcp", "127.0.0.1:0")
			require.NoError(w, err)
			defer ln.Close()
			all, err := g.Adopt(core.ListenConfig{Spread: core.SpreadReusePort}, ln, &handler{})
			if config.Spread == core.SpreadReusePort && (err != nil || len(all) != 2) {
				w.Errorf("Adopt = %d listeners, %v; want 2", len(all), err)
			}
			if config.Spread != core.SpreadReusePort && !errors.Is(err, syscall.EADDRINUSE) {
				w.Errorf("Adopt of a port that is not shared = %v, want EADDRINUSE", err)
			}
		}
	})
}
