package chattest_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
)

// A handler with any of the methods that mean something by being there, to be wrapped.
type (
	withEOF      struct{}
	withError    struct{}
	withShutdown struct{}
)

func (withEOF) HandleEOF()           {}
func (withError) HandleError(error)  {}
func (withShutdown) HandleShutdown() {}

func TestOptionalMethodsAreKept(t *testing.T) {
	type basic struct{ *session }
	for name, h := range map[string]func(*session) chat.Handler{
		"": func(s *session) chat.Handler { return basic{s} },
		"EOF": func(s *session) chat.Handler {
			return struct {
				*session
				withEOF
			}{session: s}
		},
		"Error": func(s *session) chat.Handler {
			return struct {
				*session
				withError
			}{session: s}
		},
		"Shutdown": func(s *session) chat.Handler {
			return struct {
				*session
				withShutdown
			}{session: s}
		},
		"EOF Error": func(s *session) chat.Handler {
			return struct {
				*session
				withEOF
				withError
			}{session: s}
		},
		"EOF Shutdown": func(s *session) chat.Handler {
			return struct {
				*session
				withEOF
				withShutdown
			}{session: s}
		},
		"Error Shutdown": func(s *session) chat.Handler {
			return struct {
				*session
				withError
				withShutdown
			}{session: s}
		},
		"EOF Error Shutdown": func(s *session) chat.Handler {
			return struct {
				*session
				withEOF
				withError
				withShutdown
			}{session: s}
		},
	} {
		newHandler := func(c *chat.Channel) chat.Handler { return h(newSession(c).(*session)) }
		c := chattest.NewConn(t, newHandler)
		c.Calls()
		c.CloseWrite()
		want := "Close EOF"
		if strings.Contains(name, "EOF") {
			want = "EOF"
		}
		expectCalls(t, &c.Side, want)

		c = chattest.NewConn(t, newHandler)
		c.Calls()
		c.SendString("panic\r\n")
		calls := c.Calls()
		failed := slices.Contains(calls, "Error panic in a handler: boom")
		if failed != strings.Contains(name, "Error") {
			t.Errorf("%q: calls %q", name, calls)
		}

		l := chattest.Listen(t)
		srv := &chat.Server{Handler: chattest.Guard(t, newHandler)}
		if err := srv.Serve(l); err != nil {
			t.Fatal(err)
		}
		p := l.Dial()
		p.SendString("x\r\n") // a newcomer is given a moment
		srv.BeginShutdown()
		l.Advance(0)
		// Without it an idle channel is closed at once.
		if got := p.Closed(); got == strings.Contains(name, "Shutdown") {
			t.Errorf("%q: closed %t when the server shuts down", name, got)
		}
	}
}

// The recorder must know every optional interface of a handler: one that it does not pass on is
// never called in a test.
func TestEveryOptionalMethodIsKnown(t *testing.T) {
	source, err := os.ReadFile("../handler.go")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("record.go")
	if err != nil {
		t.Fatal(err)
	}
	method := regexp.MustCompile(`interface \{ (Handle\w+)\(|interface\{ (Handle\w+)\(`)
	methods := method.FindAllStringSubmatch(string(source), -1)
	if len(methods) < 7 {
		t.Fatalf("found %d optional interfaces in handler.go", len(methods))
	}
	for _, m := range methods {
		if name := m[1] + m[2]; !strings.Contains(string(own), ") "+name+"(") {
			t.Errorf("the recorder has no %s: write it in record.go", name)
		}
	}
}

// keeper keeps what it is given beyond the call.
type keeper struct {
	chat.Channel
	kept [][]byte
}

func (k *keeper) CollectIncomingData(data []byte) { k.kept = append(k.kept, data) }
func (k *keeper) FoundTerminator()                {}

func TestKeptSlicesAreOverwritten(t *testing.T) {
	k := &keeper{}
	c := chattest.NewConn(t, func(ch *chat.Channel) chat.Handler { ch.SetTerminator(crlf); return k })
	c.SendString("abc\r\n")
	if string(k.kept[0]) != "\xdb\xdb\xdb" {
		t.Errorf("a slice of CollectIncomingData is %q after the call", k.kept[0])
	}
	for name, newHandler := range map[string]func(func(*chat.Channel, []byte)) chat.NewHandler{
		"Lines":    chat.Lines,
		"Messages": func(f func(*chat.Channel, []byte)) chat.NewHandler { return chat.Messages(crlf, f) },
	} {
		var kept []byte
		c := chattest.NewConn(t, newHandler(func(_ *chat.Channel, msg []byte) { kept = msg }))
		c.SendString("abc\r\n")
		if len(kept) != 3 || strings.Contains(string(kept), "abc") {
			t.Errorf("a slice of %s is %q after the call", name, kept)
		}
	}
}

// lazy is a producer whose end comes late.
type lazy struct {
	fifo.Producer
	closed int
}

func (l *lazy) Close() error { l.closed++; return nil }

func TestProducersAreWatched(t *testing.T) {
	p := &lazy{Producer: fifo.SimpleProducer([]byte("abcdef"), 2)}
	c := chattest.NewConn(t, newSession)
	c.Received()
	c.Do(func() { c.Channel().PushProducer(p) })
	if got := string(c.Received()); got != "abcdef" || p.closed != 1 {
		t.Errorf("received %q, closed %d times; want abcdef, once", got, p.closed)
	}
	defer func() {
		if v := recover(); v == nil {
			t.Error("PushProducer(nil) does not panic")
		}
	}()
	c.Channel().PushProducer(nil)
}

func TestRefusedHandler(t *testing.T) {
	c := chattest.NewConn(t, func(*chat.Channel) chat.Handler { return nil })
	if !c.Closed() || errors.Is(c.Reason(), chattest.ErrOpen) {
		t.Errorf("Closed() = %t, Reason() = %v", c.Closed(), c.Reason())
	}
}

// What a channel must never do is done here by hand, to a handler as it is wrapped for the channel.
func TestForbiddenCallsAreFound(t *testing.T) {
	wrapped := func(tb testing.TB, h chat.NewHandler) chat.Handler {
		return chattest.Guard(tb, h)(chattest.NewConn(t, newSession).Channel())
	}
	expectFailure(t, "a callback after HandleClose", func(tb testing.TB) {
		h := wrapped(tb, newSession)
		h.(chat.CloseHandler).HandleClose(nil)
		h.FoundTerminator()
	}, "Found is called after HandleClose")
	expectFailure(t, "HandleClose twice", func(tb testing.TB) {
		h := wrapped(tb, newEcho)
		h.(chat.CloseHandler).HandleClose(nil)
		h.(chat.CloseHandler).HandleClose(nil)
	}, "Close is called after HandleClose")
	expectFailure(t, "a callback within another one", func(tb testing.TB) {
		n := &nesting{}
		n.outer = wrapped(tb, func(*chat.Channel) chat.Handler { return n })
		n.outer.CollectIncomingData([]byte("x"))
	}, "Found is called from within another callback")
	expectFailure(t, "a collect of nothing",
		func(tb testing.TB) { wrapped(tb, newSession).CollectIncomingData(nil) }, "without data")
}

type nesting struct{ outer chat.Handler }

func (n *nesting) CollectIncomingData([]byte) { n.outer.FoundTerminator() }
func (n *nesting) FoundTerminator()           {}
