package chat_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A logbook takes the text of a log without the time, the stacks, and with ids and ports that the
// test does not know.
type logbook struct{ bytes.Buffer }

func newLogbook(level slog.Level) (*logbook, *slog.Logger) {
	b := &logbook{}
	return b, slog.New(slog.NewTextHandler(b,
		&slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "stack" {
				return slog.Attr{}
			}
			return a
		}}))
}

// take returns the lines since the last call.
func (b *logbook) take() string {
	defer b.Reset()
	return strings.TrimSpace(b.String())
}

var unknown = regexp.MustCompile(`id=\d+|(127\.0\.0\.1):\d+`)

// expect compares what was logged, with a # for each id and $ for each address.
func (b *logbook) expect(t *testing.T, want ...string) {
	t.Helper()
	got := unknown.ReplaceAllStringFunc(b.take(), func(s string) string {
		if strings.HasPrefix(s, "id") {
			return "id=#"
		}
		return "$"
	})
	if got != strings.Join(want, "\n") {
		t.Errorf("logged:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// S18 of the security notes: the log tells of each connection whose it was, how long it lasted,
// what went over it and why it ended.
func TestLogOfConnections(t *testing.T) {
	log, logger := newLogbook(slog.LevelDebug)
	s := &chat.Server{Handler: newEcho, Logger: logger}
	l := served(t, s, 1)
	p := l.Dial()
	log.expect(t, `level=DEBUG msg="connection opened" id=# remote=$`)
	p.SendString("a line\r\n")
	p.Advance(1500 * time.Millisecond)
	p.SendString("another\r\n")
	p.CloseWrite()
	log.expect(t, `level=DEBUG msg="connection closed" id=# remote=$ reason="peer closed" `+
		`duration=1.5s in=17 out=17 elements=2 error=EOF`)
	l.Dial().Advance(10 * time.Second)
	log.expect(t, `level=DEBUG msg="connection opened" id=# remote=$`,
		`level=DEBUG msg="connection closed" id=# remote=$ reason="element too slow" `+
			`duration=10s in=0 out=0 elements=0 error="chat: no element in time"`)
}

// Without Debug, nobody counts for the log, and it is silent about what is usual.
func TestLogIsSilent(t *testing.T) {
	log, logger := newLogbook(slog.LevelInfo)
	l := served(t, &chat.Server{Handler: newEcho, Logger: logger}, 1)
	p := l.Dial()
	p.SendString("a line\r\n")
	p.CloseWrite()
	l.Dial().Reset()
	log.expect(t)
}

// A panic is logged with whose it was: in a callback, in HandleClose, and before there was a
// handler.
func TestLogOfPanics(t *testing.T) {
	log, logger := newLogbook(slog.LevelInfo)
	var at string
	s := &chat.Server{Logger: logger,
		OnAccept: func(*chat.Channel) error { return panicIf(at == "OnAccept") },
		Handler: func(c *chat.Channel) chat.Handler {
			panicIf(at == "Handler")
			return &panicker{chat.Collector{}, &at}
		}}
	l := served(t, s, 2)
	for _, tt := range []struct{ at, msg string }{
		{"OnAccept", "a handler"}, {"Handler", "a handler"}, {"FoundTerminator", "a handler"},
		{"HandleClose", "HandleClose"},
	} {
		at = tt.at
		p := l.Dial()
		p.SendString("x")
		if tt.at == "HandleClose" {
			p.CloseWrite()
		}
		l.Advance(time.Second) // more often it is not logged
		log.expect(t, fmt.Sprintf(`level=ERROR msg="panic in %s" id=# remote=$ panic=on`, tt.msg))
	}
	want := chat.Stats{Accepted: 4, Read: 2}
	want.Closed[chat.ReasonPanicked] = 3
	want.Closed[chat.ReasonPeerClosed] = 1
	st := s.Stats()
	want.Elements = st.Elements
	expectCounts(t, s, want)
}

type panicker struct {
	chat.Collector
	at *string
}

func (p *panicker) HandleConnect()             {}
func (p *panicker) CollectIncomingData([]byte) { panicIf(*p.at == "FoundTerminator") }
func (p *panicker) FoundTerminator()           {}
func (p *panicker) HandleClose(err error)      { panicIf(*p.at == "HandleClose") }
func panicIf(now bool) error {
	if now {
		panic("on")
	}
	return nil
}

// Refused connections are in the log, with the reason; but an attack by them is no attack on the
// log.
func TestLogOfRefusals(t *testing.T) {
	log, logger := newLogbook(slog.LevelInfo)
	banned := errors.New("banned")
	refuse := true
	l := served(t,
		&chat.Server{Handler: newEcho, Logger: logger, MaxConns: 1, OnAccept: func(*chat.Channel) error {
			if refuse {
				return banned
			}
			return nil
		}}, 1)
	l.Dial()
	log.expect(t, `level=WARN msg="connection refused" id=# remote=$ `+
		`error="chat: connection refused: banned" unlogged=0`)
	for range 100 {
		l.Dial()
	}
	log.expect(t)
	refuse = false
	l.Dial()
	for _, unlogged := range []int{0, 99} { // of another kind: by itself
		for range 100 {
			l.Dial()
		}
		log.expect(t, fmt.Sprintf(`level=WARN msg="connection refused" id=# remote=$ `+
			`error="chat: connection refused: MaxConns is reached" unlogged=%d`, unlogged))
		l.Advance(time.Second)
	}
}

// IDs are for ever; the logger is of the channel also when it is closed, or has no server.
func TestLogger(t *testing.T) {
	log, logger := newLogbook(slog.LevelInfo)
	seen := map[uint64]bool{}
	s := &chat.Server{Logger: logger, Handler: func(c *chat.Channel) chat.Handler {
		return closeFunc{newEcho(c), func(error) {
			id := c.ID()
			c.Logger().Info("gone")
			if seen[id] || c.ID() != id ||
				!strings.Contains(log.take(), fmt.Sprintf("msg=gone id=%d remote=127.0.0.1:", id)) {
				t.Errorf("ID %d, seen before: %t", id, seen[id])
			}
			seen[id] = true
		}}
	}}
	l := served(t, s, 2)
	for range 5 {
		l.Dial().CloseWrite()
	}
	c := chattest.NewConn(t, newEcho)
	if id := c.Channel().ID(); len(seen) != 5 || id == 0 || seen[id] || c.Channel().Logger() == nil {
		t.Errorf("%d closed; a channel without a server has the ID %d, seen before: %t",
			len(seen), id, seen[id])
	}
}

// What OnAccept says is heard, and what it sets is in force.
func TestOnAccept(t *testing.T) {
	var said error
	var reason error
	made := 0
	s := &chat.Server{
		OnAccept: func(c *chat.Channel) error {
			if c.RemoteAddr() == nil || c.LocalAddr() == nil {
				t.Error("OnAccept does not know the addresses")
			}
			if said != nil {
				c.PushString("go away\r\n")
			}
			setLimits(c, func(l *chat.Limits) { l.FirstTimeout = time.Second })
			return said
		},
		Handler: func(c *chat.Channel) chat.Handler {
			made++
			if got := c.Limits().FirstTimeout; got != time.Second {
				t.Errorf("the limits have %v, not what OnAccept has set", got)
			}
			return closeFunc{newEcho(c), func(err error) { reason = err }}
		}}
	l := served(t, s, 1)
	p := l.Dial()
	p.SendString("x\r\n")
	if got := string(p.Received()); got != "x\r\n" || made != 1 {
		t.Errorf("received %q, %d handlers made", got, made)
	}
	p = l.Dial()
	p.Advance(time.Second)
	if reason != chat.ErrFirstTimeout {
		t.Errorf("closed with %v, want ErrFirstTimeout after a second", reason)
	}
	said = errors.New("banned")
	p = l.Dial()
	if got := string(p.Received()); got != "go away\r\n" || !p.Closed() || made != 2 {
		t.Errorf("received %q, closed is %t, %d handlers made; want the last word, true, 2",
			got, p.Closed(), made)
	}
	p.CloseWrite()
	if st := s.Stats(); st.Closed[chat.ReasonRefused] != 1 || st.Refused.OnAccept != 1 ||
		st.Connections != 1 {
		t.Errorf("%+v", st)
	}
}

// The address counts from OnAccept on, and no longer than the connection.
func TestOnAcceptLeavesNoTrace(t *testing.T) {
	s := serveInMemory(t,
		&chat.Server{MaxConns: 10, MaxConnsPerAddress: 1, OnAccept: func(c *chat.Channel) error {
			return errors.New("never")
		}})
	for range 50 {
		s.isAdmitted(s.dial("198.51.100.1"), false)
	}
	if st := s.server.Stats(); st.Refused.OnAccept != 50 || st.Connections != 0 {
		t.Errorf("%+v", st)
	}
}
