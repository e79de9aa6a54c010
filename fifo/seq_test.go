package fifo_test

import (
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/fifo"
)

func TestSeq(t *testing.T) {
	all := [][]byte{nil, []byte("a"), {}, []byte("bc"), nil}
	if got := strings.Join(pieces(t, fifo.Seq(slices.Values(all))), "|"); got != "a|bc" {
		t.Errorf("Seq gave %q, want a|bc", got)
	}
	if got := pieces(t, fifo.Seq(slices.Values([][]byte(nil)))); len(got) != 0 {
		t.Errorf("Seq of nothing gave %q", got)
	}
}

// A sequence runs on only when what it yielded has been sent, so that it may use one buffer for
// all.
func TestSeqMayReuseItsSlice(t *testing.T) {
	var f fifo.FIFO
	produce(t, &f, fifo.Seq(func(yield func([]byte) bool) {
		buf := make([]byte, 2)
		for c := range byte(4) {
			buf[0], buf[1] = 'a'+c, 'A'+c
			if !yield(buf) {
				return
			}
		}
	}))
	w := &wire{room: 1}
	for i := 0; !f.Empty() && i < 100; i++ {
		drain(t, &f, w)
	}
	checkSent(t, w, "aAbBcCdD")
}

// A coroutine that nobody stops is a goroutine for ever.
func TestSequencesLeaveNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 100 {
		for _, p := range []fifo.Producer{fifo.Seq(newOrigin().seq),
			fifo.Lines(newOrigin().lines(), "")} {
			var f fifo.FIFO
			produce(t, &f, p)
			drain(t, &f, &wire{room: 1})
			f.Discard()
		}
	}
	if now := runtime.NumGoroutine(); now > before+50 {
		t.Errorf("%d goroutines, %d before", now, before)
	}
}

func TestLines(t *testing.T) {
	const piece = 64 << 10
	long := strings.Repeat("x", piece)
	for _, c := range []struct {
		lines  []string
		end    string
		want   string
		pieces int
	}{
		{nil, "\r\n", "", 0},
		{[]string{""}, "\r\n", "\r\n", 1},
		{[]string{"a", "", "bc"}, "\r\n", "a\r\n\r\nbc\r\n", 1},
		{[]string{"a", "", "bc"}, "", "abc", 1},
		{[]string{"", ""}, "", "", 0},
		{[]string{long}, "", long, 1},
		{[]string{long[1:]}, "\r\n", long[1:] + "\r\n", 2},
		{[]string{long, "a"}, "\r\n", long + "\r\na\r\n", 2},
		{[]string{"a", long + long}, "|", "a|" + long + long + "|", 3},
		{slices.Repeat([]string{"0123456789"}, 10_000), "\n", strings.Repeat("0123456789\n", 10_000), 2},
	} {
		got := pieces(t, fifo.Lines(slices.Values(c.lines), c.end))
		if strings.Join(got, "") != c.want || len(got) != c.pieces {
			t.Errorf("%d lines: %d pieces of %d bytes, want %d of %d, or they differ", len(c.lines),
				len(got), len(strings.Join(got, "")), c.pieces, len(c.want))
		}
	}
}

// A sequence without end is not run further than one piece needs.
func TestLinesRunNoFurther(t *testing.T) {
	n := 0
	endless := iter.Seq[string](func(yield func(string) bool) {
		for n = 1; yield("0123456"); n++ {
		}
	})
	var f fifo.FIFO
	produce(t, &f, fifo.Lines(endless, "\n"))
	w := &wire{room: 100}
	drain(t, &f, w)
	if n != 8192 {
		t.Errorf("%d lines asked, want 8192", n)
	}
	f.Discard()
}
