package core_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

const there = "127.0.0.1:1"

// What a Dialer has for zero, and for none.
const (
	defaultDialTimeout = 30 * time.Second
	defaultStagger     = 250 * time.Millisecond
	noTimeout          = -1
)

// S71, B22: a connection that is not made in time fails.
func TestDialTimeout(t *testing.T) {
	for _, tt := range []struct{ timeout, want time.Duration }{
		{2 * time.Second, 2 * time.Second},
		{0, defaultDialTimeout},
	} {
		w, n := onSlowNet(t)
		var reason error
		h := w.noting("client")
		h.closed = func(err error) { reason = err; w.note("closed") }
		c, err := (&core.Dialer{Timeout: tt.timeout}).Dial(t.Context(), w.l, "tcp", there, h,
			core.Readable)
		require.NoError(t, err)
		n.pass(tt.want - 1)
		w.check()
		n.pass(1)
		w.check("closed")
		var op *net.OpError
		if !errors.Is(reason, os.ErrDeadlineExceeded) || !errors.As(reason, &op) || !op.Timeout() ||
			op.Addr == nil || op.Addr.String() != there {
			t.Errorf("the reason is %v, want a timeout of %s", reason, there)
		}
		n.make(there)
		n.checkQuiet(0)
		w.check()
		if !c.Closed() || !w.sim.Ended(n.far[there]) {
			t.Error("the connection is open after its time")
		}
	}
}

func TestDialNoTimeout(t *testing.T) {
	w, n := onSlowNet(t)
	n.dial(core.Dialer{Timeout: noTimeout}, there)
	n.pass(1000 * time.Hour)
	w.check()
	n.make(there)
	w.settle()
	w.check("client connect")
	n.checkQuiet(1)
}

// Once the connection is made, its time has no meaning any more.
func TestDialTimeoutAfterwards(t *testing.T) {
	w, n := onSlowNet(t)
	n.dial(core.Dialer{Timeout: time.Second}, there)
	n.pass(time.Second - 1)
	n.make(there)
	w.settle()
	w.check("client connect")
	n.checkQuiet(1)
	n.pass(time.Hour)
	w.check()
}

// S65, B22: looking the name up is part of the time, and is given up with it; what it finds comes
// too late.
func TestDialTimeoutWhileResolving(t *testing.T) {
	w, n := onSlowNet(t, there)
	var lookUp func()
	w.k.background = func(work func()) { lookUp = work }
	h := w.noting("client")
	h.closed = func(err error) {
		w.note("closed, timeout is %t",
			errors.Is(err, os.ErrDeadlineExceeded))
	}
	_, err := (&core.Dialer{Timeout: time.Second}).Dial(t.Context(), w.l, "tcp", "example.com:25", h,
		0)
	require.NoError(t, err)
	w.settle()
	w.check()
	n.pass(time.Second)
	w.check("closed, timeout is true")
	lookUp()
	if n.ctx.Err() == nil {
		t.Error("the look-up was not given up")
	}
	n.checkQuiet(0)
	n.checkTried()
	w.check()
}

var errReason = errors.New("the caller's reason")

// A context that is done before it begins is told by Dial, and nothing is left behind.
func TestDialContextBefore(t *testing.T) {
	for _, address := range []string{there, "example.com:25"} {
		w, n := onSlowNet(t, there)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errReason)
		c, err := (&core.Dialer{}).Dial(ctx, w.l, "tcp", address, w.noting("client"), 0)
		var op *net.OpError
		if c != nil || !errors.Is(err, errReason) || !errors.As(err, &op) || op.Op != "dial" {
			t.Errorf("Dial = %v, %v, want the cause in a *net.OpError", c, err)
		}
		n.checkTried()
		n.checkQuiet(0)
		w.check()
	}
}

// One that is done while the name is looked up, or while the connection is made, ends it with its
// cause. It may be cancelled on any goroutine.
func TestDialContextDuring(t *testing.T) {
	for _, during := range []string{"look-up", "connect"} {
		t.Run(during, func(t *testing.T) {
			w, n := onSlowNet(t, there)
			var lookUp func()
			address := there
			if during == "look-up" {
				address = "example.com:25"
				w.k.background = func(work func()) { lookUp = work }
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			h := w.noting("client")
			h.closed = func(err error) {
				var op *net.OpError
				w.note("closed, reason is %t %t", errors.Is(err, errReason), errors.As(err, &op))
			}
			c, err := (&core.Dialer{Timeout: noTimeout}).Dial(ctx, w.l, "tcp", address, h, 0)
			require.NoError(t, err)
			w.settle()
			w.check()
			cancel(errReason)
			w.untilNoted(1)
			w.check("closed, reason is true true")
			if !c.Closed() {
				t.Error("the connection is open")
			}
			if lookUp != nil {
				lookUp()
			} else {
				n.make(there)
			}
			n.checkQuiet(0)
			w.check()
		})
	}
}

// After the connection is made, the context has no effect, even if it was cancelled just before,
// and the loop learns of it just after.
func TestDialContextAfterwards(t *testing.T) {
	w, n := onSlowNet(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := make(chan bool)
	defer context.AfterFunc(ctx, func() { close(seen) })()
	h := w.noting("client")
	c, err := (&core.Dialer{}).Dial(ctx, w.l, "tcp", there, h, core.Readable)
	require.NoError(t, err)
	n.make(there)
	h.connect = func() {
		w.note("client connect")
		cancel()
		<-seen
	}
	w.settle()
	w.check("client connect")
	n.checkQuiet(1)
	w.send(n.far[there], "x")
	w.turn()
	w.check("client read")
	if c.Closed() {
		t.Error("the context closed the connection")
	}
}

// The end of the context and the connection come at the same time: whichever the loop sees first
// counts, and only that is told.
func TestDialContextRace(t *testing.T) {
	onSystem(t, func(w *world) {
		ln, accepted := w.listen()
		for range 50 {
			ctx, cancel := context.WithCancel(t.Context())
			told := 0
			h := &handler{connect: func() { told++ }, closed: func(error) { told++ }}
			c, err := (&core.Dialer{}).Dial(ctx, w.l, "tcp", ln.Addr().String(), h, 0)
			require.NoError(w, err)
			go cancel()
			w.until("an end", func() bool { return told > 0 })
			<-ctx.Done()
			w.settle()
			if told != 1 {
				w.Fatalf("both the connection and its end were told")
			}
			c.Close()
			w.settle()
		}
		for _, c := range *accepted {
			c.Close()
		}
		w.settle()
	})
}

// An attempt that fails in the very turn in which the connection is closed is the last one.
func TestCloseWhileFailing(t *testing.T) {
	w, n := onSlowNet(t, "192.0.2.1:1", "192.0.2.2:1")
	c := n.dial(core.Dialer{}, "example.com:1")
	n.refuse("192.0.2.1:1")
	w.l.Post(func() { c.Close() })
	n.checkQuiet(0)
	n.checkTried("0s 192.0.2.1:1")
	w.check("client closed <nil>")
}

// forgetful is a context that knows who waits for its end.
type forgetful struct {
	context.Context
	waiting int
}

func (*forgetful) Done() <-chan struct{} { return make(chan struct{}) }

func (f *forgetful) AfterFunc(func()) (stop func() bool) {
	f.waiting++
	return func() bool {
		f.waiting--
		return true
	}
}

// A context may live much longer than what was dialled with it: nothing of that stays with it.
func TestDialForgetsTheContext(t *testing.T) {
	for _, how := range []func(n *slowNet, c *core.Conn){
		func(n *slowNet, c *core.Conn) { n.make(there) },
		func(n *slowNet, c *core.Conn) { n.refuse(there) },
		func(n *slowNet, c *core.Conn) { c.Close() },
		func(n *slowNet, c *core.Conn) { n.Advance(defaultDialTimeout) },
	} {
		w, n := onSlowNet(t)
		f := &forgetful{Context: t.Context()}
		c, err := (&core.Dialer{}).Dial(f, w.l, "tcp", there, w.noting("client"), 0)
		require.NoError(t, err)
		if f.waiting != 1 {
			t.Fatalf("%d wait for the context, want 1", f.waiting)
		}
		how(n, c)
		w.settle()
		if len(w.did) != 1 || f.waiting != 0 {
			t.Errorf("after %q, %d wait for the context, want 0", w.did, f.waiting)
		}
	}
}

// Who is closed while several attempts are under way leaves none of them.
func TestCloseWhileRacing(t *testing.T) {
	w, n := onSlowNet(t, "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1")
	c := n.dial(core.Dialer{}, "example.com:1")
	n.pass(300 * time.Millisecond)
	n.checkTried("0s 192.0.2.1:1", "300ms 192.0.2.2:1")
	n.make("192.0.2.2:1")
	c.Close()
	n.checkQuiet(0)
	w.check("client closed <nil>")
	n.checkTried()
}
