package chattest_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

func FuzzSession(f *testing.F) {
	chattest.Fuzz(f, newSession, "one\r\ntwo\r\nquit\r\nno\r\n", "big\r\nbig\r\n")
}

func FuzzPlayer(f *testing.F) { chattest.Fuzz(f, newPlayer, "one\r\nwait\r\ntwo\r\nbig\r\n") }

// Sessions whose results must not depend on the cuts, although the peer stalls, resets and lets
// time pass.
func TestFuzzFindsNoFaultWhereThereIsNone(t *testing.T) {
	for _, stream := range []string{"", "one\r\ntwo\r\nquit\r\n", strings.Repeat("big\r\n", 20),
		"a\r\nwait\r\nb\r\nwait\r\n",
		strings.Repeat("x\r\n", 1000)} {
		for _, script := range append(chattest.SeedScripts,
			"\x03\x00\x00\x09\x05\x01\x06\x03\x05\xff\x07\xff", "\x03\x00\x02\x90\x06\x04\x04\x00") {
			for _, h := range []chat.NewHandler{newSession, newPlayer} {
				expectSuccess(t, stream, func(tb testing.TB) {
					chattest.PlayScript(tb, h, []byte(stream), []byte(script))
				})
			}
		}
	}
}

// alarm has a timer of the loop's own, whose panic closes no channel.
func alarm(c *chat.Channel, _ string) { c.Loop().After(time.Second, func() { panic("late") }) }

// claimer reserves what the peer says that it will send.
type claimer struct {
	*chat.Channel
	chat.Collector
	buf []byte
}

func newClaimer(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.Length(4))
	return &claimer{Channel: c}
}

func (c *claimer) FoundTerminator() { c.buf = make([]byte, binary.BigEndian.Uint32(c.Take())) }

func onLine(f func(c *chat.Channel, line string)) chat.NewHandler {
	return chat.Lines(func(c *chat.Channel, line []byte) { f(c, string(line)) })
}

func TestFuzzFindsFaults(t *testing.T) {
	for name, c := range map[string]struct {
		h      chat.NewHandler
		stream string
		want   string
	}{
		"a panic":                    {newSession, "panic\r\n", "panic in a handler\n"},
		"a panic in a timer":         {onLine(alarm), "a\r\n", "panic in a timer\nlate"},
		"a receive taken for a line": {newNaive, "abc\r\n", "depends on the cuts"},
		"slices kept":                {newHoarder, "abc\r\n", "depends on the cuts"},
		"a limit in pieces":          {miscountTo(6), "abcdefghi\r\n", "depends on the cuts"},
		"memory for a claim": {newClaimer, "\x04\x00\x00\x00",
			"bytes of memory for a stream of 4"},
		"a channel that is never quiet": {func(c *chat.Channel) chat.Handler {
			return onLine(func(c *chat.Channel, _ string) {
				var again func()
				again = func() { c.Post(again) }
				again()
			})(c)
		}, "a\r\n", "not quiet"},
	} {
		found := false
		var log string
		for _, script := range chattest.SeedScripts {
			tb := judge(t, func(tb testing.TB) {
				chattest.PlayScript(tb, c.h, []byte(c.stream), []byte(script))
			})
			if log += tb.log.String(); tb.failed && strings.Contains(tb.log.String(), c.want) {
				found = true
				break
			}
		}
		if !found {
			t.Errorf("%s: not found with any of the scripts to begin with:\n%.2000s", name, log)
		}
	}
}

// A producer must be closed once, and not asked any more then.
func TestWatchedProducers(t *testing.T) {
	expectFailure(t, "a producer that lives on", func(tb testing.TB) {
		c := chattest.NewConn(tb, newSession)
		c.Watch(fifo.Bytes([]byte("abc"))) // it is nobody's, so nobody closes it
		c.Do(func() { c.Channel().Close() })
	}, "1 producers were pushed and never closed")
	expectFailure(t, "a producer closed twice", func(tb testing.TB) {
		p := chattest.NewConn(tb, newSession).Watch(fifo.Bytes(nil))
		closeIt(p)
		closeIt(p)
	}, "closed twice")
	expectFailure(t, "a producer asked after its end", func(tb testing.TB) {
		p := chattest.NewConn(tb, newSession).Watch(fifo.Bytes(nil))
		closeIt(p)
		p.More()
	}, "has been closed")
}

func closeIt(p fifo.Producer) { p.(interface{ Close() error }).Close() }
