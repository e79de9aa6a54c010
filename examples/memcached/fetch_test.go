package main

import (
	"fmt"
	"strings"
	"testing"

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
