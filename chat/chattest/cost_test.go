package chattest_test

import (
	"bytes"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A rescanner looks at the whole of an unfinished line for each piece of it.
type rescanner struct {
	*chat.Channel
	line   []byte
	looked int
}

func (r *rescanner) CollectIncomingData(data []byte) {
	r.line = append(r.line, data...)
	// byte by byte: what bytes.Count takes for a short line is lost beside the cost of a receive.
	for i := range r.line {
		if r.line[i] != 'b' {
			r.looked++
		}
	}
}

func (r *rescanner) FoundTerminator() {}

func drip(tb testing.TB, n int) (looked int) {
	r := &rescanner{}
	c := chattest.NewConn(tb, func(ch *chat.Channel) chat.Handler {
		ch.SetMaxElement(chat.NoLimit, false)
		return r
	})
	for range n {
		c.SendString("aaaaaaaaaaaaaaaa")
	}
	return r.looked
}

// W37: the verdict is by CPU time, also beside busy processes.
func TestLinear(t *testing.T) {
	if chattest.RaceEnabled || testing.Short() {
		t.Skip("measures time")
	}
	expectSuccess(t, "lines, by time", func(tb testing.TB) {
		chattest.Linear(tb, 100, func(n int) int {
			c := chattest.NewConn(tb, newEcho)
			for range n {
				c.SendString("hello\r\n")
			}
			return 0
		})
	})
	expectSuccess(t, "lines, by count", func(tb testing.TB) {
		chattest.Linear(tb, 100, func(n int) int { return n + 5 })
	})
	expectFailure(t, "a square, by time", func(tb testing.TB) {
		// With few pieces, what each costs by itself hides the square where caches are shared.
		chattest.Linear(tb, 600, func(n int) int { drip(tb, n); return 0 })
	}, "not linear", "times as long for each")
	expectFailure(t, "a square, by count", func(tb testing.TB) {
		chattest.Linear(tb, 100, func(n int) int { return drip(tb, n) })
	},
		"not linear", "times as much for each")
}

func TestAllocsPerElement(t *testing.T) {
	if got := chattest.AllocsPerElement(t, newEcho, "one\r\ntwo\r\n"); got != 0 {
		t.Errorf("%v allocations for an echoed line, want 0", got)
	}
	wasteful := func(c *chat.Channel) chat.Handler {
		return chat.Lines(func(c *chat.Channel, line []byte) { c.Push(bytes.Clone(line)) })(c)
	}
	if got := chattest.AllocsPerElement(t, wasteful, "one\r\ntwo\r\n"); got != 1 {
		t.Errorf("%v allocations for a line that is copied, want 1", got)
	}
	expectFailure(t, "no element",
		func(tb testing.TB) { chattest.AllocsPerElement(tb, newEcho, "abc") }, "no element ends")
	expectFailure(t, "a close",
		func(tb testing.TB) { chattest.AllocsPerElement(tb, newSession, "quit\r\n") }, "was closed")
}
