// Package chattest tests protocols without sockets, sleeps and goroutines, as httptest does for HTTP handlers.
//
// A [Conn] is the peer of a channel whose connection is in memory:
//
//	c := chattest.NewConn(t, newSession)
//	c.SendString("HELO there\r\n")
//	if got, want := string(c.Received()), "250 hello\r\n"; got != want {
//		t.Errorf("got %q, want %q", got, want)
//	}
//
// Everything that an action of the peer sets off has happened when the call returns.
package chattest

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A Conn is the peer of a channel: it sends what the channel receives and receives what the channel sends. The channel is a
// real one, on a loop of its own that runs on the simulated kernel; only the calls of Conn make it go. A Conn is used
// by one goroutine. It is closed at the end of the test.
type Conn struct {
	tb       testing.TB
	kernel   *simkernel.Kernel
	loop     *core.Loop
	channel  *chat.Channel
	fd       int      // our end
	unsent   [][]byte // what the channel has not had room for
	finish   bool     // CloseWrite follows the unsent
	received []byte
	accept   int // how much more we read; -1: everything
}

// NewConn makes a channel with the handler that h makes, and the peer of it. HandleConnect has been called when it returns.
func NewConn(tb testing.TB, h chat.NewHandler) *Conn {
	tb.Helper()
	c := &Conn{tb: tb, kernel: simkernel.New(), accept: -1}
	var err error
	if c.loop, err = core.New(core.WithKernel(c.kernel), core.WithLogger(slog.New(slog.NewTextHandler(tb.Output(), nil)))); err != nil {
		tb.Fatalf("chattest: %v", err)
	}
	near, far, err := c.kernel.Pair()
	if err != nil {
		tb.Fatalf("chattest: %v", err)
	}
	c.fd = far
	c.channel = chat.NewChannel(core.NewConn(c.loop, near), h)
	tb.Cleanup(func() { c.loop.Close() })
	c.run()
	return c
}

// Channel returns the channel under test.
func (c *Conn) Channel() *chat.Channel { return c.channel }

// Do calls f on the channel's loop, as Channel.Post does.
func (c *Conn) Do(f func()) {
	c.tb.Helper()
	if err := c.loop.Post(f); err != nil {
		c.tb.Fatalf("chattest: Do: %v", err)
	}
	c.run()
}

// Send sends p: the channel reads exactly these bytes in one receive, as soon as it reads, if they are at most 16 KiB, which is what
// it reads at once while output waits, or else 64 KiB. If the channel is not reading, they wait. After the channel has
// closed they are lost.
func (c *Conn) Send(p []byte) {
	c.tb.Helper()
	if len(c.unsent) > 0 || !c.write(p) {
		c.unsent = append(c.unsent, append([]byte(nil), p...))
	}
	c.run()
}

// SendString is Send for a string.
func (c *Conn) SendString(s string) {
	c.tb.Helper()
	c.Send([]byte(s))
}

// Received returns what the channel has sent since the last call, nil if nothing. The slice is the caller's.
func (c *Conn) Received() []byte {
	p := c.received
	c.received = nil
	return p
}

// Writes returns how many writes the channel has made.
func (c *Conn) Writes() int { return c.kernel.Writes(c.fd) }

// CloseWrite ends the peer's direction: the channel sees EOF behind what was sent. The peer goes on receiving.
func (c *Conn) CloseWrite() {
	c.tb.Helper()
	c.finish = true
	c.run()
}

// Reset breaks the connection, as a peer does that crashes.
func (c *Conn) Reset() {
	c.tb.Helper()
	c.kernel.Reset(c.fd)
	c.run()
}

// Stall makes the peer stop receiving: what the channel sends fills the 64 KiB between them, and then waits.
func (c *Conn) Stall() { c.accept = 0 }

// Accept makes a stalled peer receive n bytes more.
func (c *Conn) Accept(n int) {
	c.tb.Helper()
	c.accept = max(c.accept, 0) + n
	c.run()
}

// Unstall makes a stalled peer receive everything again.
func (c *Conn) Unstall() {
	c.tb.Helper()
	c.accept = -1
	c.run()
}

// Closed reports whether the peer sees the connection closed: EOF or a reset, behind all that it has received.
func (c *Conn) Closed() bool { return c.kernel.Ended(c.fd) }

// Advance lets d pass on the virtual clock. Timers fire one by one, each at its own time.
func (c *Conn) Advance(d time.Duration) {
	c.tb.Helper()
	end := c.kernel.Now().Add(d)
	for {
		next, ok := c.loop.NextTimer()
		if !ok || next.After(end) {
			break
		}
		if wait := next.Sub(c.kernel.Now()); wait > 0 {
			c.kernel.Advance(wait)
		}
		c.run()
	}
	c.kernel.Advance(end.Sub(c.kernel.Now()))
	c.run()
}

// maxTurns is more than any test needs; a channel that is never quiet has a fault.
const maxTurns = 1 << 20

// run turns the loop until nothing happens any more.
func (c *Conn) run() {
	c.tb.Helper()
	for range maxTurns {
		moved := c.transmit() || c.receive()
		n, err := c.loop.Poll(0)
		if err != nil {
			c.tb.Fatalf("chattest: %v", err)
		}
		if n == 0 && !moved && !c.transmit() && !c.receive() {
			return
		}
	}
	c.tb.Fatalf("chattest: the channel is not quiet after %d turns", maxTurns)
}

// transmit sends the next of what is unsent, if there is room for it, and reports whether it did anything.
func (c *Conn) transmit() bool {
	if len(c.unsent) == 0 {
		if !c.finish {
			return false
		}
		c.finish = false
		c.kernel.CloseWrite(c.fd)
		return true
	}
	if !c.write(c.unsent[0]) {
		return false
	}
	c.unsent[0] = nil
	if c.unsent = c.unsent[1:]; len(c.unsent) == 0 {
		c.unsent = nil
	}
	return true
}

// write sends p if it fits whole, so that it is received whole; what never fits is cut. It reports whether p is done with.
func (c *Conn) write(p []byte) bool {
	if room := c.kernel.Room(c.fd); room < min(len(p), simkernel.Window) {
		return false
	}
	n, err := c.kernel.Write(c.fd, p)
	if err != nil || n == len(p) {
		return true // sent, or nobody reads it any more
	}
	c.unsent = slices.Insert(c.unsent, min(1, len(c.unsent)), append([]byte(nil), p[n:]...))
	return true
}

// receive reads as much as the peer accepts, and reports whether that was anything.
func (c *Conn) receive() bool {
	moved := false
	for c.accept != 0 {
		n := c.kernel.Buffered(c.fd)
		if c.accept > 0 {
			n = min(n, c.accept)
		}
		if n == 0 {
			break
		}
		c.received = slices.Grow(c.received, n)
		n, err := c.kernel.Read(c.fd, c.received[len(c.received):][:n])
		if err != nil {
			break
		}
		c.received = c.received[:len(c.received)+n]
		if c.accept > 0 {
			c.accept -= n
		}
		moved = true
	}
	return moved
}
