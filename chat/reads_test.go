package chat_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// A reader reads by Reads, and writes down what it gets.
type reader struct {
	chat.Reads
	got    []string
	reason error
}

func newReader(set func(*reader)) (*reader, chat.NewHandler) {
	r := &reader{reason: chattest.ErrOpen}
	return r, func(c *chat.Channel) chat.Handler {
		r.Channel = c
		if set != nil {
			set(r)
		}
		return r
	}
}

func (r *reader) note(kind string) func([]byte) {
	return func(p []byte) { r.got = append(r.got, kind+" "+string(p)) }
}

func (r *reader) HandleClose(err error) { r.reason = err }

func (r *reader) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.got, want) {
		t.Errorf("read\n got %q\nwant %q", r.got, want)
	}
}

// One after the other, asked for before, in and after the elements, in any cut.
func TestReads(t *testing.T) {
	h := func(c *chat.Channel) chat.Handler {
		s := &reader{Reads: chat.Reads{Channel: c}}
		note := func(kind string) func([]byte) {
			return func(p []byte) { fmt.Fprintf(c, "%s %q;", kind, p) }
		}
		var message func([]byte)
		message = func(line []byte) {
			n, err := strconv.Atoi(string(line))
			if err != nil {
				note("line")(line)
				c.CloseWhenDone()
				return
			}
			s.Bytes(int64(n), note("bytes"))
			s.Until(terminator.String("--"), note("until"))
			s.Line(message)
		}
		s.Line(note("first"))
		s.Line(message)
		return s
	}
	c := chattest.EverySplit(t, h, "hello\r\n5\r\nab\r\nc-x--0\r\n--x3\r\nxyz--end\r\nrest")
	expectReceived(t, c, `first "hello";bytes "ab\r\nc";until "-x";bytes "";until "";line "x3";`)
}

// Nothing is read that nobody has asked for.
func TestReadsWaits(t *testing.T) {
	r, h := newReader(nil)
	c := chattest.NewConn(t, h)
	c.SendString("a\r\nb\r\n")
	c.SendString("c\r\nd")
	if !c.Paused() {
		t.Error("reads although nothing is expected")
	}
	c.Advance(time.Hour)
	r.expect(t)
	c.Do(func() { r.Line(r.note("1")) })
	r.expect(t, "1 a")
	if !c.Paused() {
		t.Error("reads on")
	}
	c.Do(func() {
		r.PauseReading() // ours and the user's are two
		r.Line(r.note("2"))
		r.Line(r.note("3"))
		r.Bytes(3, r.note("4"))
	})
	r.expect(t, "1 a")
	if got := r.Pending(); got != 3 {
		t.Errorf("%d are pending, want 3", got)
	}
	c.Do(r.ResumeReading)
	r.expect(t, "1 a", "2 b", "3 c")
	c.SendString("efg")
	r.expect(t, "1 a", "2 b", "3 c", "4 def")
	c.Do(func() { r.Bytes(0, r.note("5")) }) // needs nothing to arrive
	r.expect(t, "1 a", "2 b", "3 c", "4 def", "5 ")
	c.CloseWrite()
	c.Do(func() { r.Line(r.note("never")) })
	r.expect(t, "1 a", "2 b", "3 c", "4 def", "5 ")
	if got := chat.ReasonOf(r.reason); got != chat.ReasonPeerAborted || r.Pending() != 1 {
		t.Errorf("closed with %v, %d are pending; want the rest to be cut off, 1", r.reason, r.Pending())
	}
}

func TestReadsAreBounded(t *testing.T) {
	for name, ask := range map[string]func(*reader){
		"Line":  func(r *reader) { r.Line(r.note("")) },
		"Bytes": func(r *reader) { r.Bytes(2000, r.note("")) },
	} {
		r, h := newReader(func(r *reader) { r.SetMaxElement(1000, false); ask(r) })
		c := chattest.NewConn(t, h)
		c.SendString(strings.Repeat("x", 1000))
		if c.Closed() {
			t.Errorf("%s: closed at the limit", name)
		}
		c.SendString("x")
		c.CloseWrite()
		if r.reason != chat.ErrTooLong {
			t.Errorf("%s: the reason is %v, want ErrTooLong", name, r.reason)
		}
		r.expect(t)
	}
	r, h := newReader(func(r *reader) {
		r.SetMaxElement(4, true)
		r.Line(r.note("1"))
		r.Line(r.note("2"))
	})
	c := chattest.NewConn(t, h)
	c.SendString("ab\r\ntoo long\r\ncd\r\n")
	r.expect(t, "1 ab", "2 ")
	if c.Closed() {
		t.Error("closed for a line that is skipped")
	}
}

// A slow peer is closed while something is expected, and only then.
func TestReadsClocks(t *testing.T) {
	r, h := newReader(func(r *reader) { r.Line(r.note("1")) })
	c := chattest.NewConn(t, h)
	c.SendString("a\r\n")
	c.Advance(time.Hour)
	c.Do(func() { r.Line(r.note("2")) })
	c.Advance(5*time.Minute - 1)
	if c.Closed() {
		t.Fatalf("closed with %v while nothing was expected", r.reason)
	}
	c.Advance(1)
	if r.reason != chat.ErrIdle {
		t.Errorf("the reason is %v, want ErrIdle", r.reason)
	}
}

func TestReadsDiscardBuffers(t *testing.T) { // S180
	r, h := newReader(func(r *reader) { r.Bytes(4, r.note("1")); r.Line(r.note("2")) })
	c := chattest.NewConn(t, h)
	c.SendString("xy")
	c.Do(r.DiscardBuffers)
	c.SendString("abcdline\r\n")
	r.expect(t, "1 abcd", "2 line")
}

// Work and reads go together: what is asked for while work is in flight comes behind it.
func TestReadsAndGo(t *testing.T) {
	r, h := newReader(nil)
	c := chattest.NewConn(t, h)
	c.HoldWork()
	c.Do(func() {
		r.Line(func(line []byte) {
			r.note("1")(line)
			r.Go(func() func() { return func() { r.Line(r.note("3")) } })
			r.Bytes(2, r.note("2"))
		})
	})
	c.SendString("a\r\nbcd\r\n")
	r.expect(t, "1 a")
	c.FinishWork()
	r.expect(t, "1 a", "2 bc", "3 d")
}

// Many reads in the queue, and a queue that is never empty, cost O(1) each, and no memory.
func TestReadsCost(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	lines := 0
	r, h := newReader(nil)
	c := chattest.NewConn(t, h)
	var line func([]byte)
	line = func([]byte) {
		lines++
		r.Line(line)
	}
	c.Do(func() {
		for range 10_000 {
			r.Line(line)
		}
	})
	in := []byte(strings.Repeat("a line\r\n", 1000))
	c.Send(in)
	if got := testing.AllocsPerRun(100, func() { c.Send(in) }); got > 2 { // seldom the queue
		t.Errorf("%v allocations for 1000 lines", got)
	}
	if lines < 100_000 {
		t.Errorf("%d lines", lines)
	}
}
