package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A get of more than may be queued costs the memory of one item, and what comes behind it does not
// change what it gets.
func TestLargeGet(t *testing.T) {
	c := chattest.NewConn(t, newAlone)
	value := strings.Repeat("x", 500_000)
	c.SendString(fmt.Sprintf("set a 0 0 %d\r\n%s\r\n", len(value), value))
	if got := string(c.Received()); got != "STORED\r\n" {
		t.Fatalf("received %q", got)
	}
	c.Stall()
	c.SendString("get" + strings.Repeat(" a", 20) + "\r\nset a 0 0 1\r\n1\r\nget a\r\n")
	if n := c.Queued(); n > 600_000 {
		t.Errorf("%d bytes are queued", n)
	}
	c.Unstall()
	want := strings.Repeat(fmt.Sprintf("VALUE a 0 %d\r\n%s\r\n", len(value), value), 20) +
		"END\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n"
	if got := string(c.Received()); got != want {
		t.Errorf("received %d bytes, want %d; %v", len(got), len(want), c.Reason())
	}
}

// E6: a line may have any number of keys. They are got as they come, so it costs no more than a
// part of it, and the answer is what memcached says, wherever the line is cut.
func TestManyKeys(t *testing.T) {
	items := func(n int) string { return strings.Repeat("VALUE a 0 1\r\nx\r\n", n) }
	long := strings.Repeat("k", 251)
	const badLine = "CLIENT_ERROR bad command line format\r\n"
	withCAS := strings.ReplaceAll(items(2), "1\r", "1 1\r")
	many := strings.Repeat(" "+strings.Repeat("k", 64), 2000)
	for request, want := range map[string]string{
		"get" + many + " a b":                        items(1) + "END\r\n",
		"gets a" + many + " a":                       withCAS + "END\r\n",
		"gat 0" + many + " a   ":                     items(1) + "END\r\n",
		"get " + strings.Repeat("a ", 40_000):        items(40_000) + "END\r\n",
		"get a" + strings.Repeat(" ", 200_000) + "a": items(2) + "END\r\n",
		"get" + strings.Repeat(" ", 200_000):         "ERROR\r\n",
		"get " + strings.Repeat("k", 200_000):        badLine,
		"gat x" + many:                               "CLIENT_ERROR invalid exptime argument\r\n",
		"get" + many + " " + long + many:             badLine,
	} {
		for _, size := range []int{1 << 20, 4096, 37} {
			var s *session
			c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
				s = newAlone(c).(*session)
				s.maxKeys = 32 << 10
				return s
			})
			expect(t, c, "set a 0 0 1\r\nx\r\n", "STORED\r\n")
			for rest := request; rest != ""; rest = rest[min(size, len(rest)):] {
				c.SendString(rest[:min(size, len(rest))])
				if n := cap(s.element); n > 200_000 {
					t.Fatalf("%d bytes are kept", n)
				}
			}
			c.SendString("\r\nversion\r\n")
			if got := string(c.Received()); got != want+"VERSION 1.6.18\r\n" {
				t.Errorf("%.20q in pieces of %d is answered %d bytes: %.200q", request, size, len(got), got)
			}
		}
	}
}
