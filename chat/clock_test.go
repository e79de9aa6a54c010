package chat_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// A watched is a recorder in a Conn, with the moments of its ends.
type watched struct {
	*chattest.Conn
	*testing.T
	r *recorder
}

func watch(t *testing.T, term terminator.Terminator, set ...func(*recorder)) *watched {
	t.Helper()
	r, h := record(term, set...)
	return &watched{chattest.NewConn(t, h), t, r}
}

// endsAt fails unless the channel is open just before d has passed, and closed with the reason just
// then.
func (w *watched) endsAt(d time.Duration, reason error) {
	w.Helper()
	w.Advance(d - 1)
	if w.r.count("close "+reason.Error()) != 0 {
		w.Errorf("closed before %v", d)
	}
	w.Advance(1)
	if w.r.count("close "+reason.Error()) != 1 {
		w.Errorf("after %v: %s; want it closed with %q", d, w.r.events(), reason)
	}
}

// goesOn fails unless the channel is still open after d.
func (w *watched) goesOn(d time.Duration) {
	w.Helper()
	w.Advance(d)
	if strings.Contains(w.r.events(), "close") {
		w.Fatalf("after %v: %s; want it open", d, w.r.events())
	}
}

// S10 of the security notes, B52: the clocks of the input, exactly at their defaults.
func TestInputClocks(t *testing.T) {
	t.Run("no element at all", func(t *testing.T) {
		watch(t, crlf).endsAt(10*time.Second, chat.ErrFirstTimeout)
	})
	t.Run("the first element drips", func(t *testing.T) {
		w := watch(t, crlf)
		for range 9 {
			w.goesOn(time.Second)
			w.SendString("x")
		}
		w.endsAt(time.Second, chat.ErrFirstTimeout)
	})
	t.Run("an element drips", func(t *testing.T) {
		w := watch(t, crlf)
		w.SendString("first\r\n")
		w.goesOn(4 * time.Minute)
		w.SendString("x")
		for range 29 {
			w.goesOn(time.Second)
			w.SendString("x")
		}
		w.endsAt(time.Second+29*(time.Second/1024), chat.ErrTooSlow)
	})
	t.Run("half a delimiter is a beginning", func(t *testing.T) {
		w := watch(t, crlf)
		w.SendString("first\r\n\r")
		w.endsAt(30*time.Second, chat.ErrTooSlow)
	})
	t.Run("each element has its own time", func(t *testing.T) {
		w := watch(t, crlf)
		w.SendString("first\r\nx")
		for range 5 {
			w.goesOn(29 * time.Second)
			w.SendString("\r\nx")
		}
		w.endsAt(30*time.Second, chat.ErrTooSlow)
	})
	t.Run("idle", func(t *testing.T) {
		w := watch(t, crlf)
		for range 5 {
			w.SendString("element\r\n")
			w.goesOn(5*time.Minute - 1)
		}
		w.endsAt(1, chat.ErrIdle)
	})
	t.Run("under None every byte counts", func(t *testing.T) {
		w := watch(t, terminator.None)
		for range 5 {
			w.SendString("x")
			w.goesOn(5*time.Minute - 1)
		}
		w.endsAt(1, chat.ErrIdle)
	})
	t.Run("half-closed", func(t *testing.T) {
		w := &watched{T: t, r: &recorder{}}
		w.Conn = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			w.r.Channel = c
			c.SetTerminator(crlf)
			return &struct {
				*recorder
				keeper
			}{recorder: w.r}
		})
		w.SendString("element\r\n")
		w.CloseWrite()
		w.endsAt(5*time.Minute, chat.ErrIdle)
	})
}

// keeper leaves a channel open whose peer has ended.
type keeper struct{}

func (keeper) HandleEOF() {}

// An element that is large by right may come slowly: each MinRate bytes gain a second.
func TestMinRate(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("first\r\n")
	w.Do(func() { w.r.SetTerminator(terminator.Length(1 << 20)) })
	w.SendString("x")
	for range 100 {
		w.SendString(strings.Repeat("x", 2048))
		w.goesOn(2 * time.Second)
	}
	w.endsAt(28*time.Second, chat.ErrTooSlow)
}

// While we do not read, the peer is not to blame; while it takes our output, it is not idle.
func TestClocksStandStill(t *testing.T) {
	t.Run("paused", func(t *testing.T) {
		w := watch(t, crlf)
		w.SendString("first\r\nx")
		w.Do(func() { w.r.PauseReading() })
		w.goesOn(time.Hour)
		w.Do(func() { w.r.ResumeReading() })
		w.endsAt(30*time.Second, chat.ErrTooSlow)
	})
	t.Run("output", func(t *testing.T) {
		w := watch(t, crlf)
		w.SendString("first\r\n")
		w.Stall()
		w.Do(func() { w.r.Push(make([]byte, 1_800_000)) })
		for range 40 { // a download of twenty minutes
			w.goesOn(29 * time.Second)
			w.Accept(40_000)
		}
		w.Unstall()
		w.endsAt(5*time.Minute, chat.ErrIdle)
	})
}

// S11 of the security notes: a peer that takes nothing.
func TestStall(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("first\r\n")
	w.Stall()
	w.Do(func() { w.r.Push(make([]byte, 200_000)) })
	w.goesOn(29 * time.Second)
	w.Accept(50_000)
	w.endsAt(30*time.Second, chat.ErrStalled)

	w = watch(t, crlf) // also when we have said that we close
	w.Stall()
	w.Do(func() {
		w.r.Push(make([]byte, 100_000))
		w.r.CloseWhenDone()
	})
	w.endsAt(30*time.Second, chat.ErrStalled)
}

// The last attempt to send filled the peer's window to the byte: nothing was cut short, and nothing
// moves any more.
func TestStallAtTheLimitOfAnAttempt(t *testing.T) {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	const attempt = 256 << 10 // of one FIFO.Drain
	require.NoError(t, k.SetWindow(far, attempt))
	r, h := record(crlf)
	c := chat.NewChannel(core.NewConn(loop, near), h)
	settle()
	for range 70 { // of which 64 are an attempt
		c.PushString(strings.Repeat("x", 4<<10))
	}
	settle()
	if n := k.Buffered(far); n != attempt {
		t.Fatalf("%d bytes have arrived, want %d", n, attempt)
	}
	k.Advance(30 * time.Second)
	settle()
	r.expect(t, "connect, close "+chat.ErrStalled.Error())
}

// What was discarded does not wait for the peer; what is pushed afterwards does.
func TestStallAfterDiscard(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("first\r\n")
	w.Stall()
	w.Do(func() { w.r.Push(make([]byte, 200_000)) })
	w.goesOn(29 * time.Second)
	w.Do(func() { w.r.DiscardBuffers() })
	w.goesOn(4 * time.Minute)
	w.Do(func() { w.r.PushString("more") })
	w.endsAt(30*time.Second, chat.ErrStalled)
}

// The output of HandleDrained has the whole time, since the peer has taken all output before it.
func TestStallAfterDrained(t *testing.T) {
	const all, more = 70_000, 6_000 // window and a bit
	pushed := false
	w := watch(t, crlf, func(r *recorder) {
		r.onEvent = func(r *recorder, event string) {
			if event == "drained" && !pushed {
				pushed = true
				r.Push(make([]byte, all))
			}
		}
	})
	w.SendString("first\r\n")
	w.Stall()
	w.Do(func() { w.r.Push(make([]byte, all)) })
	w.goesOn(29 * time.Second)
	w.Accept(more)
	require.True(t, pushed, "what was pushed first is gone")
	w.endsAt(30*time.Second, chat.ErrStalled)
}

func TestLifetime(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("first\r\n")
	w.Do(func() { setLimits(w.r.Channel, func(l *chat.Limits) { l.Lifetime = time.Hour }) })
	for range 59 {
		w.goesOn(time.Minute)
		w.SendString("element\r\n")
	}
	w.endsAt(time.Minute, chat.ErrLifetime)
}

// Every clock can be turned off.
func TestNoClocks(t *testing.T) {
	w := watch(t, crlf)
	w.Do(func() {
		setLimits(w.r.Channel, func(l *chat.Limits) {
			l.FirstTimeout, l.ElementTimeout = chat.NoLimit, chat.NoLimit
			l.IdleTimeout, l.StallTimeout = chat.NoLimit, chat.NoLimit
		})
	})
	w.goesOn(100 * time.Hour)
	w.SendString("x")
	w.goesOn(100 * time.Hour)
	w.SendString("\r\n")
	w.goesOn(100 * time.Hour)
	w.Stall()
	w.Do(func() { w.r.Push(make([]byte, 100_000)) })
	w.goesOn(100 * time.Hour)
}

// polite says goodbye to who is too slow.
type polite struct {
	*recorder
	end bool
}

func (p *polite) HandleTimeout(reason error) {
	p.note("timeout " + reason.Error())
	p.PushString("too slow\r\n")
	if p.end {
		p.CloseWhenDone()
	}
}

func TestHandleTimeout(t *testing.T) {
	for _, end := range []bool{false, true} {
		var p *polite
		c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			p = &polite{&recorder{Channel: c}, end}
			c.SetTerminator(crlf)
			return p
		})
		c.Advance(10 * time.Second)
		c.SendString("late\r\n")
		expectReceived(t, c, "too slow\r\n")
		c.CloseWrite()
		p.expect(t, "connect, timeout chat: no element in time, close chat: no element in time")
	}
}

// The reasons can be told apart, and by the usual means.
func TestTimeoutsAreTimeouts(t *testing.T) {
	all := []error{chat.ErrFirstTimeout, chat.ErrTooSlow, chat.ErrIdle, chat.ErrStalled,
		chat.ErrHandshakeTimeout, chat.ErrLifetime}
	for i, err := range all {
		var ne net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
		for j, other := range all {
			if errors.Is(err, other) != (i == j) {
				t.Errorf("errors.Is(%v, %v) = %t", err, other, i != j)
			}
		}
	}
}

// A clock costs no memory, nor a timer for each event.
func TestClocksAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := chattest.NewConn(t, chat.Messages(crlf, func(*chat.Channel, []byte) {}))
	c.SendString("x\r\n")
	line, half := []byte("a line\r\n"), []byte("half")
	got := testing.AllocsPerRun(100, func() {
		c.Send(line)
		c.Send(half)
		c.Advance(time.Second)
		c.Send(line)
	})
	if got > 0 {
		t.Errorf("%v allocations a round, want 0", got)
	}
}

// parted is a recorder whose requests are three elements each.
func parted(t *testing.T) *watched {
	n := 0
	return watch(t, crlf, onFound(func(r *recorder, _ string) {
		if n++; n%3 != 0 {
			r.ExpectMore()
		}
	}))
}

// S10 of the security notes: a peer that sends whole lines, one every few seconds, is as slow as
// one that sends single bytes.
func TestExpectMore(t *testing.T) {
	t.Run("the parts of a request have one time", func(t *testing.T) {
		w := parted(t)
		for range 3 {
			w.SendString("a\r\nb\r\nc\r\n")
			w.goesOn(4 * time.Minute)
		}
		w.SendString("a\r\n")
		w.goesOn(20 * time.Second)
		w.SendString("b\r\n")
		w.endsAt(10*time.Second+3*time.Second/1024, chat.ErrTooSlow)
	})
	t.Run("also of the first one, from its first element", func(t *testing.T) {
		w := parted(t)
		w.goesOn(9 * time.Second)
		w.SendString("a\r\n")
		w.goesOn(29 * time.Second)
		w.SendString("b\r\n")
		w.endsAt(1*time.Second+3*time.Second/1024, chat.ErrTooSlow)
	})
	t.Run("and one rate", func(t *testing.T) {
		w := parted(t)
		w.SendString("a\r\n")
		for range 10 {
			w.goesOn(5 * time.Second)
			w.SendString(strings.Repeat("b", 5<<10))
		}
		w.SendString("\r\n")
		w.endsAt(30*time.Second, chat.ErrTooSlow)
	})
	t.Run("each request its own", func(t *testing.T) {
		w := parted(t)
		for range 5 {
			w.SendString("a\r\nb\r\n")
			w.goesOn(29 * time.Second)
			w.SendString("c\r\n")
		}
		w.endsAt(5*time.Minute, chat.ErrIdle)
	})
	t.Run("the end of input between them", func(t *testing.T) {
		w := parted(t)
		w.SendString("a\r\nb\r\n")
		w.CloseWrite()
		w.r.expect(t, `connect, "a", found, "b", found, close unexpected EOF`)
	})
	t.Run("forgotten by DiscardBuffers", func(t *testing.T) {
		w := parted(t)
		w.SendString("a\r\n")
		w.Do(func() { w.r.DiscardBuffers() })
		w.CloseWrite()
		w.r.expect(t, `connect, "a", found, close EOF`)
	})
}

// A shutdown lets a request of several elements be completed.
func TestShutdownWaitsForTheLastPart(t *testing.T) {
	s := serveInMemory(t, &chat.Server{})
	fd := s.dial("127.0.0.1")
	s.part = true
	s.k.Write(fd, []byte("a\r\n"))
	s.settle()
	s.server.BeginShutdown()
	s.settle()
	s.k.Write(fd, []byte("b\r\n"))
	s.settle()
	s.isAdmitted(fd, true)
	s.part = false
	s.k.Write(fd, []byte("c\r\n"))
	s.settle()
	s.isAdmitted(fd, false)
}
