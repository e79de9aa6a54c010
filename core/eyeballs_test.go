package core_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

const (
	a4, b4, c4 = "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"
	a6, b6, c6 = "[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1"
)

// RFC 8305, B22: the versions take turns, beginning with the resolver's choice, in its order
// otherwise, each a stagger after the one before.
func TestStagger(t *testing.T) {
	for _, tt := range []struct {
		stagger time.Duration
		addrs   []string
		tried   []string
	}{
		{0, []string{a4, b4, a6, b6}, []string{"0s " + a4, "250ms " + a6, "500ms " + b4, "750ms " + b6}},
		{100 * time.Millisecond, []string{a6, b6, c6, a4},
			[]string{"0s " + a6, "100ms " + a4, "200ms " + b6, "300ms " + c6}},
		{0, []string{a4, a6, b6, c6}, []string{"0s " + a4, "250ms " + a6, "500ms " + b6, "750ms " + c6}},
		{time.Second, []string{a4, b4, c4}, []string{"0s " + a4, "1s " + b4, "2s " + c4}},
		{noTimeout, []string{a4, a6}, []string{"0s " + a4}},
	} {
		w, n := onSlowNet(t, tt.addrs...)
		c := n.dial(core.Dialer{Stagger: tt.stagger}, "example.com:1")
		for w.l.Now().Sub(n.start) < 4*time.Second {
			n.pass(50 * time.Millisecond)
		}
		n.checkTried(tt.tried...)
		w.check()
		c.Close()
		n.checkQuiet(0)
	}
}

// A first address that does not answer costs one stagger, no more, and is given up as soon as
// another one has answered.
func TestDeadFirstAddress(t *testing.T) {
	w, n := onSlowNet(t, a6, a4, b4)
	c := n.dial(core.Dialer{}, "example.com:1")
	n.pass(defaultStagger - 1)
	n.checkTried("0s " + a6)
	n.pass(1)
	n.make(a4)
	w.settle()
	w.check("client connect")
	n.checkTried("250ms " + a4)
	n.checkQuiet(1)
	if got := c.RemoteAddr().String(); got != a4 {
		t.Errorf("RemoteAddr() = %s, want %s", got, a4)
	}
	if !w.sim.Ended(n.far[a6]) {
		t.Error("the other attempt is still open")
	}
	n.pass(time.Hour)
	n.checkTried()
	w.check()
}

// The slower of two may still win.
func TestFirstAddressAnswersLate(t *testing.T) {
	w, n := onSlowNet(t, a6, a4)
	c := n.dial(core.Dialer{}, "example.com:1")
	n.pass(300 * time.Millisecond)
	n.pass(300 * time.Millisecond)
	n.make(a6)
	w.settle()
	w.check("client connect")
	if got := c.RemoteAddr().String(); got != a6 {
		t.Errorf("RemoteAddr() = %s, want %s", got, a6)
	}
	n.checkQuiet(1)
}

// An attempt that fails gives its turn to the next at once, which has the field for a whole stagger
// of its own.
func TestFailedAddress(t *testing.T) {
	for _, stagger := range []time.Duration{0, noTimeout} {
		w, n := onSlowNet(t, a6, a4, b6)
		c := n.dial(core.Dialer{Stagger: stagger}, "example.com:1")
		n.pass(100 * time.Millisecond)
		n.refuse(a6)
		w.settle()
		n.checkTried("0s "+a6, "100ms "+a4)
		n.pass(defaultStagger - 1)
		n.checkTried()
		n.pass(1)
		if stagger == 0 {
			n.checkTried("350ms " + b6)
		} else {
			n.checkTried()
			n.refuse(a4)
			w.settle()
			n.checkTried("350ms " + b6)
		}
		w.check()
		c.Close()
		n.checkQuiet(0)
	}
}

// So does one that fails beside another that is under way.
func TestFailedBesideAnother(t *testing.T) {
	w, n := onSlowNet(t, a6, a4, b6, b4)
	c := n.dial(core.Dialer{}, "example.com:1")
	n.pass(defaultStagger)
	n.pass(50 * time.Millisecond)
	n.refuse(a4)
	w.settle()
	n.checkTried("0s "+a6, "250ms "+a4, "300ms "+b6)
	n.pass(defaultStagger)
	n.checkTried("550ms " + b4)
	c.Close()
	n.checkQuiet(0)
}

// As long as one attempt is under way, the failure of the others is none of the connection.
func TestLastHope(t *testing.T) {
	w, n := onSlowNet(t, a6, a4)
	n.dial(core.Dialer{}, "example.com:1")
	n.pass(defaultStagger)
	n.refuse(a4)
	w.settle()
	w.check()
	n.pass(time.Second)
	n.make(a6)
	w.settle()
	w.check("client connect")
	n.checkQuiet(1)
}

// If all fail, also in one batch of events, the reason is that of the last, and is told once.
func TestAllAddressesFail(t *testing.T) {
	for _, together := range []bool{false, true} {
		w, n := onSlowNet(t, a6, a4)
		c := n.dial(core.Dialer{}, "example.com:1")
		n.pass(defaultStagger)
		n.refuse(a6)
		if !together {
			w.settle()
			w.check()
		}
		n.refuse(a4)
		w.turn()
		w.settle()
		w.check("client closed dial tcp " + a4 + ": connect: " + errReset.Error())
		n.checkQuiet(0)
		if _, err := c.Send(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Send: %v", err)
		}
	}
}

// Both are made in one batch of events: one is taken, the other closed, and HandleConnect is called
// once.
func TestBothInOneBatch(t *testing.T) {
	w, n := onSlowNet(t, a6, a4)
	c := n.dial(core.Dialer{}, "example.com:1")
	n.pass(defaultStagger)
	n.make(a6)
	n.make(a4)
	w.settle()
	w.check("client connect")
	n.checkQuiet(1)
	loser := a4
	if c.RemoteAddr().String() == a4 {
		loser = a6
	}
	if !w.sim.Ended(n.far[loser]) || w.sim.Ended(n.far[c.RemoteAddr().String()]) {
		t.Error("the wrong one was closed")
	}
	c.SetWant(core.Readable)
	w.send(n.far[c.RemoteAddr().String()], "x")
	w.turn()
	w.check("client read")
}

// One is made and one fails in one batch of events: the connection stands.
func TestMadeAndFailedInOneBatch(t *testing.T) {
	for _, made := range []string{a6, a4} {
		w, n := onSlowNet(t, a6, a4, b4)
		n.dial(core.Dialer{}, "example.com:1")
		n.pass(defaultStagger)
		n.checkTried("0s "+a6, "250ms "+a4)
		for _, addr := range []string{a6, a4} {
			if addr == made {
				n.make(addr)
			} else {
				n.refuse(addr)
			}
		}
		w.settle()
		w.check("client connect")
		n.checkQuiet(1)
		n.pass(time.Hour)
		n.checkTried()
	}
}

// Without descriptors for another attempt, the one under way goes on.
func TestNoDescriptorForTheNext(t *testing.T) {
	w, n := onSlowNet(t, a6, a4)
	n.dial(core.Dialer{}, "example.com:1")
	n.MaxFiles = n.Open()
	n.pass(defaultStagger)
	w.check()
	n.make(a6)
	w.settle()
	w.check("client connect")
	n.MaxFiles = 0
	n.checkQuiet(1)
}
