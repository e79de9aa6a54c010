package chat_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

var local = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

const (
	headerV1 = "PROXY TCP4 198.51.100.7 192.0.2.1 12345 25\r\n"
	headerV2 = "\r\n\r\n\x00\r\nQUIT\n" +
		"\x21\x11\x00\x11\xc6\x33\x64\x07\xc0\x00\x02\x01\x30\x39\x00\x19\x01\x00\x02h2"
)

// said says to each line from whom it came, and greets before.
func said(c *chat.Channel) chat.Handler {
	return greeter{c, chat.Lines(func(c *chat.Channel, line []byte) {
		fmt.Fprintf(c, "%v to %v: %s\r\n", c.RemoteAddr(), c.LocalAddr(), line)
	})(c)}
}

type greeter struct {
	c *chat.Channel
	chat.Handler
}

func (g greeter) HandleConnect() { fmt.Fprintf(g.c, "hello %v\r\n", g.c.RemoteAddr()) }

// S19 of the security notes: the header comes first and tells who is there; what is behind it is
// the protocol's; however the stream was cut. A second header is a line like any other
// (CVE-2026-47737).
func TestProxyHeader(t *testing.T) {
	longest := headerV2[:14] + "\x02\x18" + headerV2[16:28] + "\x05\x02\x09" + strings.Repeat("x", 521)
	for _, header := range []string{headerV1, headerV2, longest} {
		server := &chat.Server{Handler: said, ProxyFrom: local}
		l := served(t, server, 1)
		for pieces := range chattest.Splits([]byte(header + "x\r\n" + headerV1 + "y")) {
			p := l.Dial()
			sent, got := 0, ""
			for _, piece := range pieces {
				p.Send(piece)
				sent += len(piece)
				if got += string(p.Received()); (got != "") != (sent >= len(header)) {
					t.Fatalf("%q: the server has said %q after %d bytes", pieces, got, sent)
				}
			}
			want := "hello 198.51.100.7:12345\r\n198.51.100.7:12345 to 192.0.2.1:25: x\r\n" +
				"198.51.100.7:12345 to 192.0.2.1:25: " + headerV1
			if got != want {
				t.Fatalf("%q: received %q, want %q", pieces, got, want)
			}
			p.Reset()
		}
		if st := server.Stats(); st.Connections != 0 || st.Closed[chat.ReasonPeerReset] != st.Accepted {
			t.Errorf("%+v", st)
		}
	}
}

// A fault closes the connection as soon as it can be seen, whatever the cut; nothing of the
// protocol has begun.
func TestBadProxyHeader(t *testing.T) {
	for _, header := range []string{
		"EHLO client.example\r\n",
		"PROXY TCP4 198.51.100.7 192.0.2.1 12345 25\n",
		"PROXY TCP4 198.51.100.7 192.0.2.1 12345 x\r\nEHLO",
		"PROXY UNKNOWN " + strings.Repeat("x", 200),
		headerV2[:12] + "\x31" + headerV2[13:],
		headerV2[:14] + "\x0f\xf1" + strings.Repeat("x", 537), // 4,097 bytes
		headerV2[:14] + "\x00\x13" + headerV2[16:28] + "\x20\x00\x04\x01\x00\x00\x00",
	} {
		log, logger := newLogbook(slog.LevelInfo)
		server := &chat.Server{ProxyFrom: local, Logger: logger,
			Handler: func(*chat.Channel) chat.Handler {
				t.Errorf("%q: a handler is made", header)
				return nil
			}}
		l := served(t, server, 1)
		ways := 0
		for pieces := range chattest.Splits([]byte(header)) {
			if ways++; ways > 100 {
				break
			}
			p := l.Dial()
			for _, piece := range pieces {
				p.Send(piece)
			}
			if !p.Closed() || p.Received() != nil {
				t.Fatalf("%q: closed is %t, want true, without a word", pieces, p.Closed())
			}
		}
		if st := server.Stats(); st.Closed[chat.ReasonBadProxy] != st.Accepted || st.Connections != 0 {
			t.Errorf("%q: %+v", header, st)
		}
		if got := log.take(); !strings.HasPrefix(got, `level=WARN msg="connection refused" id=`) ||
			!strings.Contains(got, "bad PROXY header: ") {
			t.Errorf("%q: logged %q", header, got)
		}
	}
}

// S19: from others, a header is what any other input is.
func TestProxyHeaderOfAStranger(t *testing.T) {
	s := serveInMemory(t,
		&chat.Server{ProxyFrom: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
	s.server.Handler = said
	for _, tt := range []struct{ from, want string }{
		{"198.51.100.1", "hello 198.51.100.1:"},
		{"203.0.113.9", "hello 198.51.100.7:12345\r\n"},
		{"203.0.114.9", "hello 203.0.114.9:"},
	} {
		fd := s.dial(tt.from)
		s.k.Write(fd, []byte(headerV1))
		s.settle()
		buf := make([]byte, s.k.Buffered(fd))
		for n := 0; n < len(buf); {
			k, _ := s.k.Read(fd, buf[n:])
			n += k
		}
		if got := string(buf); !strings.HasPrefix(got, tt.want) ||
			strings.Contains(got, "PROXY") == (tt.from == "203.0.113.9") {
			t.Errorf("from %s: %q, want %q", tt.from, got, tt.want)
		}
	}
}

// The header has the time of a first element, and the first element has its own.
func TestProxyHeaderIsInTime(t *testing.T) {
	log, logger := newLogbook(slog.LevelInfo)
	server := &chat.Server{Handler: said, ProxyFrom: local, Logger: logger}
	l := served(t, server, 1)
	late := l.Dial()
	for i := range 9 {
		late.Send([]byte{headerV1[i]})
		late.Advance(time.Second)
	}
	late.Advance(time.Second - 1)
	if late.Closed() {
		t.Error("closed before its time")
	}
	late.Advance(1)
	if st := server.Stats(); !late.Closed() || st.Closed[chat.ReasonTooSlow] != 1 {
		t.Errorf("closed is %t, %+v", late.Closed(), st)
	}
	log.expect(t, `level=WARN msg="connection refused" id=# remote=$ `+
		`error="chat: no element in time: the PROXY header did not come" unlogged=0`)

	p := l.Dial()
	p.Advance(9 * time.Second)
	p.SendString(headerV1)
	p.Advance(10*time.Second - 1)
	if p.Closed() {
		t.Error("closed before its first element is due")
	}
	p.Advance(1)
	if !p.Closed() {
		t.Error("not closed without an element")
	}
}

// A connection that ends before its header is none that was refused: so balancers look whether a
// server lives.
func TestProxyHeaderEnds(t *testing.T) {
	log, logger := newLogbook(slog.LevelInfo)
	server := &chat.Server{Handler: said, ProxyFrom: local, Logger: logger}
	l := served(t, server, 1)
	l.Dial().CloseWrite()
	p := l.Dial()
	p.SendString(headerV1[:10])
	p.CloseWrite()
	l.Dial().Reset()
	waiting := l.Dial()
	server.BeginShutdown()
	l.Advance(0)
	want := chat.Stats{Accepted: 4, Read: 10,
		Closed: closedBy(chat.ReasonPeerClosed, chat.ReasonPeerAborted, chat.ReasonPeerReset,
			chat.ReasonShutdown)}
	expectCounts(t, server, want)
	if !waiting.Closed() {
		t.Error("the shutdown waits for a header")
	}
	log.expect(t)
}

// It is the address of the header that counts; who has none there is not counted at all.
func TestProxyAndMaxConnsPerAddress(t *testing.T) {
	from := []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	server := &chat.Server{Handler: said, ProxyFrom: from, MaxConnsPerAddress: 2, MaxConns: 20}
	s := serveInMemory(t, server)
	dial := func(header string) int {
		fd := s.dial("203.0.113.9")
		s.k.Write(fd, []byte(header))
		s.settle()
		return fd
	}
	first := dial(headerV1)
	s.isAdmitted(first, true)
	s.isAdmitted(dial(headerV2), true)
	s.isAdmitted(dial(headerV1), false)
	s.isAdmitted(dial("PROXY TCP4 198.51.100.8 192.0.2.1 1 25\r\n"), true)
	s.isAdmitted(s.dial("198.51.100.8"), true)
	s.isAdmitted(s.dial("198.51.100.8"), false)
	s.k.Close(first)
	s.settle()
	s.isAdmitted(dial(headerV1), true)
	s.isAdmitted(dial(headerV1), false)
	for range 5 {
		s.isAdmitted(dial("PROXY UNKNOWN\r\n"), true)
	}
	s.isAdmitted(dial("PROXY TCP4 203.0.113.9 192.0.2.1 1 25\r\n"), true)
	open := server.Stats().Connections
	var silent []int
	for ; open < 20; open++ {
		silent = append(silent, s.dial("203.0.113.9"))
	}
	s.isAdmitted(s.dial("203.0.113.9"), false) // those without a header count too, among all
	for _, fd := range silent {
		s.k.Close(fd)
	}
	s.settle()
	s.isAdmitted(dial("PROXY TCP4 203.0.113.9 192.0.2.1 1 25\r\n"), true)
	s.isAdmitted(dial("PROXY TCP4 203.0.113.9 192.0.2.1 1 25\r\n"), false)
}

// Whoever asks who is there gets the answer of the header, before the handler is made and after the
// close.
func TestProxyAddresses(t *testing.T) {
	log, logger := newLogbook(slog.LevelDebug)
	banned := errors.New("banned")
	ban := false
	w := &wire{}
	l := served(t, &chat.Server{
		Handler: func(c *chat.Channel) chat.Handler {
			if got := c.RemoteAddr().String(); got != "198.51.100.7:12345" {
				t.Errorf("made for %s", got)
			}
			return closeFunc{newEcho(c), func(error) {
				if got, to := c.RemoteAddr().String(), c.LocalAddr().String(); got != "198.51.100.7:12345" ||
					to != "192.0.2.1:25" {
					t.Errorf("after the close: %s to %s", got, to)
				}
			}}
		},
		OnAccept: func(c *chat.Channel) error {
			if got := c.RemoteAddr().String(); got != "198.51.100.7:12345" {
				t.Errorf("accepted from %s", got)
			}
			if ban {
				return banned
			}
			return nil
		},
		Tap:       func(*chat.Channel) chat.Tap { return w.tap },
		ProxyFrom: local, Logger: logger}, 1)
	p := l.Dial()
	log.expect(t)
	p.SendString(headerV1 + "x\r\n")
	w.expect(t, `received "x\r\n"`, `sent "x\r\n"`)
	p.CloseWrite()
	log.expect(t, `level=DEBUG msg="connection opened" id=# remote=198.51.100.7:12345 proxy=$`,
		`level=DEBUG msg="connection closed" id=# remote=198.51.100.7:12345 proxy=$ `+
			`reason="peer closed" duration=0s in=3 out=3 elements=1 error=EOF`)
	ban = true
	p = l.Dial()
	p.SendString(headerV2)
	if !p.Closed() {
		t.Error("who is banned is not refused")
	}
}
