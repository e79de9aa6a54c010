package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// newAlone makes a session with a cache of its own, whose clock is the connection's.
func newAlone(c *chat.Channel) chat.Handler {
	return newSite(8<<20, c.Loop().Now).newSession(c)
}

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", newAlone) }

func FuzzSession(f *testing.F) {
	chattest.Fuzz(f, newAlone, "set a 0 0 2\r\n99\r\nincr a 1\r\nget a\r\ngets a b\r\n",
		"add a 1 10 1 noreply\r\nx\r\ngat 0 a\r\ntouch a -1\r\ndelete a\r\n",
		"set a 0 0 1\r\nabc\r\nset a 0 0 2000000\r\nset\r\nquit\r\n",
		"cas a 0 0 1 1\r\nx\r\nflush_all 5\r\nversion\r\nstats settings\r\n")
}

// expect sends a request, and compares the answer.
func expect(t *testing.T, c *chattest.Conn, request, want string) {
	t.Helper()
	c.SendString(request)
	if got := string(c.Received()); got != want {
		t.Errorf("%.80q is answered %.200q, want %.200q", request, got, want)
	}
}

// The meta commands: what their flags ask for is done, and is in the answer.
func TestMetaCommands(t *testing.T) {
	c := chattest.NewConn(t, newAlone)
	for _, tt := range [][2]string{
		{"mn\r\n", "MN\r\n"},
		{"mg key v\r\n", "EN\r\n"},
		{"mg key v q\r\nmn\r\n", "MN\r\n"},
		{"ms key 5 F7 T60 k Oabc\r\nhello\r\n", "HD kkey Oabc\r\n"},
		{"mg key\r\n", "HD\r\n"},
		{"mg key f v t s k c Ox1\r\n", "VA 5 f7 t60 s5 kkey c1 Ox1\r\nhello\r\n"},
		{"get key\r\n", "VALUE key 7 5\r\nhello\r\nEND\r\n"},
		{"mg key T0 t\r\n", "HD t-1\r\n"},
		{"ms key 2 q\r\nhi\r\nmg key v q\r\n", "VA 2\r\nhi\r\n"},
		{"ms key 1 MA\r\n!\r\nms key 1 ME q\r\nx\r\n", "HD\r\nNS\r\n"},
		{"mg key v\r\n", "VA 3\r\nhi!\r\n"},
		{"ms key 1 C1\r\nx\r\nms none 1 C1\r\nx\r\nms key 1 C3\r\nx\r\n", "EX\r\nNF\r\nHD\r\n"},
		{"mg key z\r\nms key 2 z\r\nmn\r\nmn\r\n", errFlag + "\r\n" + errFlag + "\r\nMN\r\n"},
		{"ms key x\r\nmg key Tx\r\n", errFormat + "\r\n" + errTime + "\r\n"},
		{"ms key 2\r\nabc\r\n", "CLIENT_ERROR bad data chunk\r\nERROR\r\n"},
		{"ms key 2000000\r\n" + strings.Repeat("x", 2_000_000) + "\r\nmg key\r\n",
			errTooLarge + "\r\nEN\r\n"},
	} {
		expect(t, c, tt[0], tt[1])
	}
	chattest.EveryEnd(t, newAlone, "", "ms key 5 F7\r\nhello\r\n")
	chattest.EveryEnd(t, newAlone, "set a 0 0 1\r\nx\r\n", "set key 0 0 5\r\nhello\r\n")
}

// A get costs no allocation.
func TestNoAllocations(t *testing.T) {
	s := newSite(8<<20, time.Now)
	s.cache.store(&storage{key: "key"}, []byte("value"))
	if n := chattest.AllocsPerElement(t, s.newSession, strings.Repeat("get key\r\n", 100)); n > 0.01 {
		t.Errorf("%v allocations an element", n)
	}
}

func TestLimits(t *testing.T) {
	for line, want := range map[string]string{
		strings.Repeat("x", maxLine+1):                   "ERROR\r\n",
		"set" + strings.Repeat(" ", maxLine):             "ERROR\r\n",
		"getx " + strings.Repeat("x ", maxLine/2):        "ERROR\r\n",
		"version\r\n" + strings.Repeat("x", maxLine+1):   "VERSION 1.6.18\r\nERROR\r\n",
		"\x80\x00\x00\x04binary\r\n":                     "",
		"gets " + strings.Repeat("xxx ", 10_000) + "\n ": "END\r\n",
	} {
		c := chattest.NewConn(t, newAlone)
		expect(t, c, line, want)
		if c.Closed() != !strings.HasPrefix(want, "END") {
			t.Errorf("%.20q…: closed %v", line, c.Closed())
		}
	}
	c := chattest.NewConn(t, newAlone)
	expect(t, c,
		fmt.Sprintf("set a 0 0 %d\r\n%s\r\nversion\r\n", maxItem, strings.Repeat("x", maxItem)),
		"SERVER_ERROR object too large for cache\r\nVERSION 1.6.18\r\n")
	c.SendString("set a 0 0 1000\r\n")
	for range 30 {
		c.SendString("x")
		c.Advance(2 * time.Second)
	}
	if !c.Closed() {
		t.Error("data that comes slowly is waited for")
	}
	c = chattest.NewConn(t, newAlone)
	c.SendString("set a 0 0 1000\r\n")
	c.Advance(time.Minute)
	if !c.Closed() {
		t.Error("data that does not come is waited for")
	}
}
