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
