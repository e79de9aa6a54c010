package chattest_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// Every way gives the stream back, no way comes twice where all are tried, and the ways are as many
// as the documentation says.
func TestSplits(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 2: 2, 3: 4, 10: 512, 11: 0, 40: 832,
		500: 551, 3000: 0} {
		stream := make([]byte, n)
		for i := range stream {
			stream[i] = byte(i)
		}
		seen, ways := map[string]bool{}, 0
		for pieces := range chattest.Splits(stream) {
			ways++
			if !bytes.Equal(bytes.Join(pieces, nil), stream) ||
				slices.ContainsFunc(pieces, func(p []byte) bool { return len(p) == 0 }) {
				t.Fatalf("%d bytes: pieces %q", n, pieces)
			}
			if n <= 10 {
				key := fmt.Sprint(pieces)
				if seen[key] {
					t.Errorf("%d bytes: twice in the pieces %q", n, pieces)
				}
				seen[key] = true
			}
		}
		if want > 0 && ways != want || ways > 1200 {
			t.Errorf("%d bytes are cut in %d ways, want %d", n, ways, want)
		}
	}
}

func TestSplitsMayBeLeft(t *testing.T) {
	for _, n := range []int{5, 20, 100} {
		for stop := range 300 {
			ways := 0
			for range chattest.Splits(make([]byte, n)) {
				if ways++; ways > stop {
					break
				}
			}
		}
	}
}

func TestWords(t *testing.T) {
	got := slices.Collect(chattest.Words("ab", 2))
	if want := []string{"", "a", "b", "aa", "ab", "ba", "bb"}; !slices.Equal(got, want) {
		t.Errorf("Words = %q, want %q", got, want)
	}
	for range chattest.Words("ab", 2) {
		break
	}
	n := 0
	for range chattest.Words("\r\na", 8) {
		n++
	}
	if n != 9841 {
		t.Errorf("%d words, want 9841", n)
	}
}

// A naive session believes that a receive is a line.
type naive struct{ *chat.Channel }

func newNaive(c *chat.Channel) chat.Handler { return naive{c} }

func (s naive) CollectIncomingData(data []byte) { fmt.Fprintf(s, "<%s>", bytes.TrimSpace(data)) }
func (s naive) FoundTerminator()                {}

// A hoarder keeps the pieces that it is given, and joins them when the element is complete.
type hoarder struct {
	*chat.Channel
	pieces [][]byte
}

func newHoarder(c *chat.Channel) chat.Handler { c.SetTerminator(crlf); return &hoarder{Channel: c} }

func (h *hoarder) CollectIncomingData(data []byte) { h.pieces = append(h.pieces, data) }
func (h *hoarder) FoundTerminator() {
	h.Push(bytes.Join(h.pieces, nil))
	h.pieces = nil
}

// A miscounter has its limit in pieces, where it should have it in bytes.
type miscounter struct {
	*chat.Channel
	chat.Collector
	pieces, most int
}

func newMiscounter(c *chat.Channel) chat.Handler { return miscountTo(3)(c) }

func miscountTo(most int) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &miscounter{Channel: c, most: most}
	}
}

func (m *miscounter) CollectIncomingData(data []byte) {
	m.Collector.CollectIncomingData(data)
	if m.pieces++; m.pieces > m.most {
		m.Close()
	}
}

func (m *miscounter) FoundTerminator() { m.pieces = 0; m.Push(m.Take()) }

// A moody handler closes in good order or with a panic: only the reason tells.
type moody struct {
	*chat.Channel
	pieces int
}

func (m *moody) CollectIncomingData([]byte) { m.pieces++ }

func (m *moody) FoundTerminator() {
	if m.pieces > 1 {
		panic("in pieces")
	}
	m.Close()
}

// A late handler tells at the end how many pieces there were.
type late struct{ moody }

func (l *late) FoundTerminator() {}
func (l *late) HandleEOF()       { fmt.Fprintf(l, "%d pieces", l.pieces); l.CloseWhenDone() }

// A sentry ends the channel at the first byte that it does not like, wherever that is in a piece.
type sentry struct{ *chat.Channel }

func newSentry(c *chat.Channel) chat.Handler {
	c.SetTerminator(crlf)
	return &sentry{c}
}

func (s *sentry) CollectIncomingData(data []byte) {
	if strings.Contains(string(data), "t") {
		s.CloseWhenDone()
	}
}

func (s *sentry) FoundTerminator() { s.PushString("ok\r\n") }

func TestEverySplit(t *testing.T) {
	refusing := func(*chat.Channel) chat.Handler { return nil }
	for name, h := range map[string]chat.NewHandler{"session": newSession, "echo": newEcho,
		"refusing": refusing, "sentry": newSentry} {
		expectSuccess(t, name, func(tb testing.TB) {
			chattest.EverySplit(tb, h, "one\r\ntwo\r\n\r\nthr")
		})
	}
	c := chattest.EverySplit(t, newSession, "one\r\nquit\r\nno\r\n")
	if got, want := string(c.Received()), "hello\r\none\r\n"; got != want || !c.Closed() {
		t.Errorf("received %q, closed %t; want %q, true", got, c.Closed(), want)
	}
}

func TestEverySplitFindsFaults(t *testing.T) {
	for name, c := range map[string]struct {
		h      chat.NewHandler
		stream string
		words  []string
	}{
		"a receive taken for a line": {newNaive, "ab\r\nc\r\n",
			[]string{`["a" "b\r\nc\r\n"]`, `> peer received "<a><b\r\nc>"`,
				`want peer received "<ab\r\nc>"`}},
		"slices kept": {newHoarder, "ab\r\nc\r\n",
			[]string{"> peer received",
				"replay: go test -run '^TestEverySplitFindsFaults$' -chattest.play=2"}},
		"a reason": {func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			return &moody{Channel: c}
		}, "abc\r\n",
			[]string{"> reason panic in a handler: in pieces", "want reason nil"}},
		"what comes at the end": {func(c *chat.Channel) chat.Handler { return &late{moody{Channel: c}} },
			"abc",
			[]string{`> peer received "2 pieces"`}},
		"a limit in pieces": {newMiscounter, "abcdefgh\r\n", []string{"> "}},
	} {
		expectFailure(t, name, func(tb testing.TB) { chattest.EverySplit(tb, c.h, c.stream) }, c.words...)
	}
}

// A channel that is never quiet is stopped.
func TestSpinIsFound(t *testing.T) {
	expectFailure(t, "a handler that posts for ever", func(tb testing.TB) {
		chattest.NewConn(tb, func(c *chat.Channel) chat.Handler {
			var again func()
			again = func() { c.Post(again) }
			again()
			return newEcho(c)
		})
	}, "not quiet")
}

// What differs in the middle of much is shown, and what is too much is not.
func TestLongResultsAreAbridged(t *testing.T) {
	long := strings.Repeat("0123456789", 100)
	tb := judge(t, func(tb testing.TB) { chattest.EverySplit(tb, newNaive, long) })
	if n := tb.log.Len(); !tb.failed || n > 2000 {
		t.Errorf("failed %t with a text of %d bytes, want true and not so many", tb.failed, n)
	}
}
