package chattest

import (
	"net"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A Listener is a net.Listener in memory for a whole server, on one goroutine:
//
//	l := chattest.Listen(t)
//	srv := &chat.Server{Handler: newSession, Loops: 3}
//	if err := srv.Serve(l); err != nil { // returns at once: the test turns the loops
//		t.Fatal(err)
//	}
//	a, b := l.Dial(), l.Dial()
//
// Serve gets its loops from the listener, as many as Server.Loops says. The loops run when a peer
// acts, and in Advance. So to shut a server down, call BeginShutdown and then Advance(0). Handlers
// are not checked: wrap them in [Guard] for the checks of a [Side].
type Listener struct {
	*simkernel.Listener
	w *world
}

// Listen opens a listener on its own network in memory. Everything on this network is closed at the
// end of the test.
func Listen(tb testing.TB) *Listener {
	tb.Helper()
	w := newWorld(tb)
	l, err := w.kernel.NewListener("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("chattest: %v", err)
	}
	tb.Cleanup(w.close)
	return &Listener{l, w}
}

// Loops returns n new loops on the listener's network, for Server.Serve and Server.Start. They run
// when a peer acts, and in Advance.
func (l *Listener) Loops(n int) ([]*core.Loop, error) {
	l.w.tb.Helper()
	loops := make([]*core.Loop, n)
	for i := range loops {
		loops[i] = l.w.newLoop(nil)
	}
	return loops, nil
}

// Dial connects to the server and returns the peer of its channel. If nobody listens any more, the
// peer is closed.
func (l *Listener) Dial() *Peer {
	l.w.tb.Helper()
	return l.w.dial(l.Addr())
}

// dial connects a peer.
func (w *world) dial(to net.Addr) *Peer {
	w.tb.Helper()
	fd, err := w.kernel.Connect(to.Network(), nil, to)
	if err != nil {
		w.tb.Fatalf("chattest: dial %v: %v", to, err)
	}
	p := w.newPeer(fd)
	w.run()
	return p
}

// Advance lets d pass on the virtual clock of the network. Timers fire one by one, each at its own
// time. Advance(0) runs everything that is due, as every action of a peer does.
func (l *Listener) Advance(d time.Duration) {
	l.w.tb.Helper()
	l.w.advance(d)
}
