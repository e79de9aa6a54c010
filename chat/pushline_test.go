package chat_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func TestPushLine(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	long := strings.Repeat("x", 10_000)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "\r\n"},
		{[]string{""}, "\r\n"},
		{[]string{"250", "hello there"}, "250 hello there\r\n"},
		{[]string{"", "a", "", "\x01\xff"}, " a  \x01\xff\r\n"},
		{[]string{"long", long}, "long " + long + "\r\n"},
	} {
		c.Do(func() {
			if err := r.PushLine(tt.args...); err != nil {
				t.Errorf("PushLine(%.100q) = %v", tt.args, err)
			}
		})
		expectReceived(t, c, tt.want)
	}
	if got := c.Writes(); got != 5 {
		t.Errorf("%d writes for 5 lines", got)
	}
}

// S13 of the security notes: what a peer sends cannot become a command or header of its own in what
// we send.
func TestPushLineRefusesLineBreaks(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	for _, bad := range []string{"\r", "\n", "\x00", "\r\nRCPT TO:<victim>",
		strings.Repeat("x", 10_000) + "\n"} {
		for _, args := range [][]string{{bad}, {"MAIL", bad}, {bad, "MAIL"}, {"MAIL", "x", bad, "y"}} {
			c.Do(func() {
				if err := r.PushLine(args...); !errors.Is(err, chat.ErrLineBreak) {
					t.Errorf("PushLine(%.100q) = %v, want ErrLineBreak", args, err)
				}
			})
			expectReceived(t, c, "")
		}
	}
	c.Do(func() {
		const want = "chat: PushLine: argument 2 of 3, byte 1: CR, LF or NUL inside a line"
		if err := r.PushLine("a", "b\nc", "d"); err.Error() != want {
			t.Errorf("the error is %q, want %q", err, want)
		}
		r.CloseWhenDone()
		if err := r.PushLine("late"); err != chat.ErrClosed {
			t.Errorf("PushLine after CloseWhenDone = %v, want ErrClosed", err)
		}
	})
}

func TestPushLineAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, line []byte) {
		for range 50 {
			c.PushLine("250", "a reply of", "several arguments")
		}
	}))
	in := []byte("x\r\n")
	c.Send(in)
	// What the peer has received grows.
	if got := testing.AllocsPerRun(100, func() { c.Send(in) }); got > 0.5 {
		t.Errorf("%v allocations for 50 lines, want 0", got)
	}
}
