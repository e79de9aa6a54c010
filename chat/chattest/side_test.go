package chattest_test

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

var crlf = terminator.String("\r\n")

// A session answers lines, and has every optional method but HandleEOF, HandleError and
// HandleShutdown.
type session struct {
	*chat.Channel
	chat.Collector
}

func newSession(c *chat.Channel) chat.Handler {
	c.SetTerminator(crlf)
	c.SetMaxElement(100, true)
	return &session{Channel: c}
}

func (s *session) HandleConnect()    { s.PushString("hello\r\n") }
func (s *session) HandleDrained()    {}
func (s *session) HandleTooLong()    { s.Take() }
func (s *session) HandleClose(error) {}

func (s *session) FoundTerminator() {
	switch line := string(s.Take()); line {
	case "quit":
		s.CloseWhenDone()
	case "panic":
		panic("boom")
	case "big":
		s.PushString(strings.Repeat("x", 300_000))
	default:
		s.PushString(line + "\r\n")
	}
}

func expectCalls(t *testing.T, c *chattest.Side, want ...string) {
	t.Helper()
	if got := c.Calls(); !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

func TestCalls(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	expectCalls(t, &c.Side, "Connect", "Drained")
	c.SendString("one\r\nt")
	c.SendString("wo\r\n")
	expectCalls(t, &c.Side, `Collect "one"`, "Found", `Collect "t"`, "Drained", `Collect "wo"`,
		"Found", "Drained")
	if got := c.Calls(); got != nil {
		t.Errorf("calls %q, want none: they have been taken", got)
	}
}

// What comes in pieces is one collect, in whatever cut.
func TestCallsJoinCollects(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	c.Calls()
	for _, s := range []string{"o", "n", "e\r", "\n"} {
		c.SendString(s)
	}
	c.SendString(strings.Repeat("x", 101) + "\r\nquit\r\n")
	c.CloseWrite()
	expectCalls(t, &c.Side, `Collect "one"`, "Found", "Drained",
		`Collect "`+strings.Repeat("x", 100)+`"`, "TooLong", `Collect "quit"`, "Found", "Close nil")
}

func TestReason(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	if got := c.Reason(); got != chattest.ErrOpen {
		t.Errorf("Reason() = %v of an open channel", got)
	}
	c.SendString("quit\r\n")
	if got := c.Reason(); got != chattest.ErrOpen || !c.Closed() {
		t.Errorf("Reason() = %v, Closed() = %t of a channel that lingers; want ErrOpen, true", got,
			c.Closed())
	}
	c.CloseWrite()
	if got := c.Reason(); got != nil {
		t.Errorf("Reason() = %v, want nil", got)
	}
	c = chattest.NewConn(t, newEcho) // a handler without HandleClose
	c.SendString("a")
	c.CloseWrite()
	if got := c.Reason(); got != io.ErrUnexpectedEOF {
		t.Errorf("Reason() = %v, want unexpected EOF", got)
	}
}

var newEcho = chat.Messages(crlf, func(c *chat.Channel, line []byte) {
	c.Push(append(line, "\r\n"...))
})

// The receive window of the peer: Stall, Accept, Drain, Unstall; and how the channel stands
// meanwhile.
func TestWindow(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	c.Received()
	c.Stall()
	c.SendString("big\r\n")
	if got, want := c.Queued(), 300_000-64<<10; got != want || !c.Paused() {
		t.Errorf("Queued() = %d, Paused() = %t; want %d, true", got, c.Paused(), want)
	}
	c.Accept(1000)
	if got := len(c.Received()); got != 1000 {
		t.Errorf("received %d bytes, want 1000", got)
	}
	c.Drain()
	if got := len(c.Received()); got != 299_000 || c.Queued() != 0 || c.Paused() {
		t.Errorf("received %d bytes, Queued() = %d, Paused() = %t; want 299000, 0, false", got,
			c.Queued(), c.Paused())
	}
	c.SendString("one\r\n")
	if got := c.Received(); got != nil {
		t.Errorf("received %q from behind a Drain", got)
	}
	c.Unstall()
	if got := string(c.Received()); got != "one\r\n" {
		t.Errorf("received %q", got)
	}
	writes := c.Writes()
	c.SendString("a\r\nb\r\n")
	if got := c.Writes() - writes; got != 1 {
		t.Errorf("%d writes for two answers, want 1", got)
	}
}

func TestPaused(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	c.Do(c.Channel().PauseReading)
	if !c.Paused() {
		t.Error("Paused() = false after PauseReading")
	}
	c.Do(c.Channel().ResumeReading)
	if c.Paused() {
		t.Error("Paused() = true after ResumeReading")
	}
	c = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		return struct {
			*session
			withEOF
		}{session: newSession(c).(*session)}
	})
	c.CloseWrite()
	if c.Paused() || c.Reason() != chattest.ErrOpen {
		t.Errorf("Paused() = %t, Reason() = %v of an open channel whose input has ended",
			c.Paused(), c.Reason())
	}
}

// Timers fire one by one: one that a timer arms is due at its own time.
func TestAdvance(t *testing.T) {
	var fired []time.Duration
	c := chattest.NewConn(t, newSession)
	start := c.Channel().Loop().Now()
	note := func() { fired = append(fired, c.Channel().Loop().Now().Sub(start)) }
	c.Channel().After(time.Second, func() {
		note()
		c.Channel().After(time.Second, note)
	})
	c.Channel().After(1500*time.Millisecond, note)
	c.Advance(3 * time.Second)
	want := []time.Duration{time.Second, 1500 * time.Millisecond, 2 * time.Second}
	if !slices.Equal(fired, want) {
		t.Errorf("timers fired at %v, want %v", fired, want)
	}
}
