// Package chattest tests protocols without sockets, sleeps and goroutines, as httptest does for
// HTTP handlers.
//
// A [Conn] is a channel in memory and its peer:
//
//	c := chattest.NewConn(t, newSession)
//	c.SendString("HELO there\r\n")
//	if got, want := string(c.Received()), "250 hello\r\n"; got != want {
//		t.Errorf("got %q, want %q", got, want)
//	}
//
// When a method of the peer returns, all its effects have happened. [Pair] joins two handlers
// instead, and [Listen] serves a whole chat.Server in memory.
//
// The actions of a handler must depend on the bytes that arrive, never on how they were split on
// their way. [EverySplit] and [Fuzz], and [Play] for a dialogue in a file, send the same stream in
// many splits and compare the results. [EverySplitConn], [EverySplitReader] and [EverySplitFunc] do
// this for code that does not use this module: servers of goroutines, parsers, split functions. The
// other functions check parts of a protocol: terminators ([TestTerminator], [Reference],
// [RoundTrip]), producers ([TestProducer]), and costs ([Linear], [AllocsPerElement]).
package chattest

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// A Conn is a connection in memory with both its ends: the channel under test, with the methods of
// [Side], and its peer, with the methods of [Peer]. A Conn is used by one goroutine. It is closed
// at the end of the test.
type Conn struct {
	Side
	*Peer
}

// NewConn makes a channel with the handler that h makes, and its peer. When NewConn returns,
// HandleConnect has been called.
func NewConn(tb testing.TB, h chat.NewHandler) *Conn {
	tb.Helper()
	w := newWorld(tb)
	w.newLoop(nil)
	tb.Cleanup(w.close)
	return w.connect(h)
}

// connect makes a channel on the first loop of w, and its peer.
func (w *world) connect(h chat.NewHandler) *Conn {
	w.tb.Helper()
	near, far, err := w.kernel.Pair()
	if err != nil {
		w.tb.Fatalf("chattest: %v", err)
	}
	c := &Conn{Peer: w.newPeer(far)}
	c.open(w, near, h)
	w.run()
	return c
}

// Advance lets d pass on the virtual clock. Timers fire one by one, each at its own time.
func (c *Conn) Advance(d time.Duration) {
	c.Side.w.tb.Helper()
	c.Side.w.advance(d)
}
