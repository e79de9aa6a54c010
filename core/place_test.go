package core_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// A plot is a place with what its owner wants beside the connection.
type plot struct {
	conn  core.Conn
	owner *estate
	n     int
}

func (p *plot) Conn() *core.Conn { return &p.conn }
func (p *plot) HandleAccepted()  { p.owner.accepted(p) }

type estate struct {
	refuse   func(n int) // called for the n-th, from 1 on; nil: all are welcome
	plots    int
	accepted func(*plot)
}

func (e *estate) HandleAccepted(*core.Conn) { panic("there are places") }

func (e *estate) NewPlace() inside.Place[core.Conn] {
	e.plots++
	if e.refuse != nil {
		e.refuse(e.plots)
	}
	return &plot{owner: e, n: e.plots}
}

// A connection is made in the place that its owner has for it, and handed over on its own loop.
func TestPlaces(t *testing.T) {
	k, g, settle := simGroup(t, 3)
	var loops []*core.Loop
	h := &estate{accepted: func(p *plot) {
		loops = append(loops, p.conn.Loop())
		if !p.conn.RemoteAddrPort().IsValid() {
			t.Error("the connection in its place has no peer")
		}
		require.NoError(t, p.conn.Attach(&handler{}, core.Readable))
	}}
	all, err := g.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0", h)
	require.NoError(t, err)
	connect(t, k, all[0], 6)
	settle()
	if h.plots != 6 {
		t.Errorf("%d places, want 6", h.plots)
	}
	for _, l := range g.Loops() {
		if n := len(slices.DeleteFunc(slices.Clone(loops),
			func(m *core.Loop) bool { return l != m })); n != 2 {
			t.Errorf("%d connections on a loop, want 2 on each of 3", n)
		}
	}
	if s := g.Stats(); s.Connections != 6 {
		t.Errorf("Stats: %d connections, want 6", s.Connections)
	}
}

// A panic in NewPlace, or of the place, costs that connection; the listener goes on with the next
// one, and no descriptor is lost.
func TestPanicOfPlace(t *testing.T) {
	for _, where := range []string{"NewPlace", "HandleAccepted"} {
		t.Run(where, func(t *testing.T) {
			w := simulated(t)
			var served []int
			at := func(here string, n int) {
				if here == where && n == 1 {
					boom()
				}
			}
			h := &estate{refuse: func(n int) { at("NewPlace", n) }, accepted: func(p *plot) {
				at("HandleAccepted", p.n)
				served = append(served, p.n)
				require.NoError(t, p.conn.Attach(&handler{}, core.Readable))
			}}
			ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", h)
			require.NoError(t, err)
			for range 2 {
				fd, err := w.sim.Connect("tcp", nil, ln.Addr())
				require.NoError(t, err)
				w.own(fd)
			}
			w.settle()
			if got := fmt.Sprint(served); got != "[2]" || len(w.logs.take()) != 1 {
				t.Errorf("served %v, want the second and the first logged once", got)
			}
			if w.sim.Open() != 5 { // the listener with its reserve, the clients, and who is served
				t.Errorf("%d descriptors are open, want 5", w.sim.Open())
			}
		})
	}
}
