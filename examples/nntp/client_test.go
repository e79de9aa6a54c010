package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

const groups = "comp.lang.go 5 1 n\nmisc.test 7 7 y\n.strange 0 1 n\n"

// In every cut of what the server says, the same list is written.
func TestList(t *testing.T) {
	played := 0
	var last *strings.Builder
	check := func() {
		if last != nil && last.String() != groups {
			t.Errorf("written is %q, want %q", last.String(), groups)
		}
	}
	chattest.Play(t, "list.txt", func(channel *chat.Channel) chat.Handler {
		check()
		played++
		last = new(strings.Builder)
		return (&client{out: last}).start(channel)
	})
	check()
	if played < 100 {
		t.Errorf("played %d times", played)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A server may say anything, or nothing.
func TestServers(t *testing.T) {
	long := strings.Repeat("a.group 1 1 n\r\n", 10_000)
	for _, tt := range []struct {
		says    string
		written string
		err     string
	}{
		{"200\r\n215\r\n.\r\n", "", ""},
		{"201 x\r\n215 x\r\na\r\n.\r\n", "a\n", ""},
		{"200\r\n215\r\n" + long + ".\r\n", strings.ReplaceAll(long, "\r", ""), ""},
		{"200\r\n215\r\n" + strings.Repeat("x", 100_000) + "\r\n.\r\n",
			strings.Repeat("x", 100_000) + "\n", ""},
		{"200\r\n215\r\na\nb\rc\x1b[2Jd\x7f\te\x00\xff\r\n.\r\n", "a\nbc[2Jd\te\xff\n", ""},
		{"400 no\x1b\r\n", "", `the server greets with "400 no\x1b"`},
		{"\r\n", "", `the server greets with ""`},
		{"200\r\n502 Say AUTHINFO\r\n", "", `the answer to LIST is "502 Say AUTHINFO"`},
		{"200\r\n215\r\na\r\n", "a\n", "unexpected EOF"},
		{"200\r\n215\r\na\r\n.\r", "a\n.", "unexpected EOF"},
		{"200\r\n", "", "unexpected EOF"},
		{"20", "", "unexpected EOF"},
		{"", "", "unexpected EOF"},
		{strings.Repeat("2", 600), "", chat.ErrTooLong.Error()},
	} {
		var out strings.Builder
		h := &client{out: &out}
		c := chattest.NewConn(t, h.start)
		c.SendString(tt.says)
		c.CloseWrite()
		got := ""
		if h.err != nil {
			got = h.err.Error()
		}
		if out.String() != tt.written || got != tt.err || !c.Closed() {
			t.Errorf("%.100q: written %.100q, error %q, closed %t; want %.100q, %q", tt.says, out.String(),
				got, c.Closed(), tt.written, tt.err)
		}
	}
}

// What cannot be written ends it.
func TestWriteError(t *testing.T) {
	h := &client{out: failing{io.ErrClosedPipe}}
	c := chattest.NewConn(t, h.start)
	c.SendString("200\r\n215\r\na\r\nb\r\n.\r\n")
	if !errors.Is(h.err, io.ErrClosedPipe) || c.Reason() != nil {
		t.Errorf("error %v, closed with %v", h.err, c.Reason())
	}
}
