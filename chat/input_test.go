package chat_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

func TestZeroTerminatorIsNone(t *testing.T) { // S112: asynchat raised AttributeError
	r := &recorder{}
	c := chattest.NewConn(t, func(ch *chat.Channel) chat.Handler { return r })
	c.SendString("any\r\nthing")
	r.expect(t, `connect, "any\r\nthing"`)
}

func TestElementsOfOneReceive(t *testing.T) { // S123, S132, S133
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.SendString("a\r\n\r\nbc\r\nd")
	r.expect(t, `connect, "a", found, found, "bc", found, "d"`)
}

func TestHeldPrefixIsDeliveredWithWhatFollows(t *testing.T) { // S134, S137
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.SendString("a\r")
	c.SendString("b\r")
	c.SendString("\n")
	r.expect(t, `connect, "a\rb", found`)
}

func TestFiredTerminatorStaysInForce(t *testing.T) { // S128, S129, B36
	r, h := record(terminator.Length(3))
	c := chattest.NewConn(t, h)
	c.SendString("abcde")
	c.SendString("f")
	c.SendString("g")
	r.expect(t, `connect, "abc", found, "def", found, "g"`)
	// S127: the count is not shown.
	if got, want := r.Terminator(), terminator.Length(3); !got.Equal(want) {
		t.Errorf("Terminator() = %v, want %v", got, want)
	}
}

func TestLengthZeroFiresAtOnce(t *testing.T) { // S119, B36
	r, h := record(terminator.Length(0), onFound(func(r *recorder, _ string) {
		r.SetTerminator(crlf)
	}))
	c := chattest.NewConn(t, h)
	r.expect(t, `connect, found`) // with nothing received
	c.SendString("x\r\n")
	r.expect(t, `connect, found, "x", found`)
}

func TestLengthZeroLeftInForce(t *testing.T) {
	r, h := record(terminator.Length(0), onFound(func(r *recorder, _ string) {
		r.PushString("last words")
	}))
	c := chattest.NewConn(t, h)
	expectReceived(t, c, "last words")
	c.CloseWrite()
	r.expect(t, "connect, found, close "+chat.ErrNoProgress.Error())
}

func TestSetTerminatorInFoundAppliesToTheNextByte(t *testing.T) { // S140
	r, h := record(crlf, onFound(func(r *recorder, element string) {
		if element == "4" {
			r.SetTerminator(terminator.Length(4))
		} else {
			r.SetTerminator(crlf)
		}
	}))
	c := chattest.NewConn(t, h)
	c.SendString("4\r\n\r\n\r\nx\r\n")
	r.expect(t, `connect, "4", found, "\r\n\r\n", found, "x", found`)
}

func TestSetTerminatorInCollectAppliesToTheNextElement(t *testing.T) { // S131, S141
	for _, cut := range []int{0, 1, 2, 3, 4} {
		r, h := record(terminator.Length(4), onData(func(r *recorder, _ string) {
			r.SetTerminator(terminator.Length(2))
			if got, want := r.Terminator(), terminator.Length(2); !got.Equal(want) {
				t.Errorf("Terminator() = %v, want %v", got, want)
			}
		}))
		c := chattest.NewConn(t, h)
		c.SendString("abcdef"[:cut])
		c.SendString("abcdef"[cut:])
		r.expect(t, `connect, "abcd", found, "ef", found`)
	}
}

func TestSetTerminatorInCollectUnderNone(t *testing.T) {
	r, h := record(terminator.None, onData(func(r *recorder, _ string) { r.SetTerminator(crlf) }))
	c := chattest.NewConn(t, h)
	c.SendString("ab\r\n")
	c.SendString("c\r\n")
	r.expect(t, `connect, "ab\r\nc", found`)
}

func TestSetTerminatorOutsideLooksAgain(t *testing.T) { // S120
	r, h := record(terminator.String("\r\n.\r\n"))
	c := chattest.NewConn(t, h)
	c.SendString("x\r\n")
	r.expect(t, `connect, "x"`)
	c.Do(func() {
		r.SetTerminator(crlf)
		if r.count("found") != 0 {
			t.Error("SetTerminator called the handler")
		}
	})
	r.expect(t, `connect, "x", found`)
}

func TestPauseStopsDelivery(t *testing.T) { // S126, B35
	r, h := record(crlf, onFound(func(r *recorder, _ string) { r.PauseReading() }))
	c := chattest.NewConn(t, h)
	c.SendString("a\r\nb\r\nc")
	c.SendString("d\r\n")
	r.expect(t, `connect, "a", found`)
	c.Do(func() { r.ResumeReading(); r.ResumeReading() })
	r.expect(t, `connect, "a", found, "b", found`)
	c.Do(r.ResumeReading)
	r.expect(t, `connect, "a", found, "b", found, "cd", found`)
}

func TestPauseInCollectKeepsTheFound(t *testing.T) {
	r, h := record(crlf, onData(func(r *recorder, _ string) { r.PauseReading() }))
	c := chattest.NewConn(t, h)
	c.SendString("a\r\nb\r\n")
	r.expect(t, `connect, "a"`)
	c.Do(r.ResumeReading)
	r.expect(t, `connect, "a", found, "b"`)
	c.Do(r.ResumeReading)
	r.expect(t, `connect, "a", found, "b", found`)
}

func TestEOFWaitsForResume(t *testing.T) {
	r, h := record(crlf, onFound(func(r *recorder, _ string) { r.PauseReading() }))
	c := chattest.NewConn(t, h)
	c.SendString("a\r\nb\r\n")
	c.CloseWrite()
	r.expect(t, `connect, "a", found`)
	c.Do(r.ResumeReading)
	c.Do(r.ResumeReading)
	r.expect(t, `connect, "a", found, "b", found, close EOF`)
}

func TestUnread(t *testing.T) { // S144
	r, h := record(crlf, onFound(func(r *recorder, element string) {
		if element == "a" {
			r.Unread([]byte("x\r"))
			r.Unread([]byte("w"))
		}
	}))
	c := chattest.NewConn(t, h)
	c.SendString("a\r\n\nb\r\n")
	r.expect(t, `connect, "a", found, "wx", found, "b", found`)
	c.Do(func() { r.Unread([]byte("outside\r\n")) })
	r.expect(t, `connect, "a", found, "wx", found, "b", found, "outside", found`)
}

func TestEndOfInput(t *testing.T) { // S145, B40
	for _, test := range []struct {
		term terminator.Terminator
		in   string
		want string
	}{
		{crlf, "", `connect, close EOF`},
		{crlf, "a\r\n", `connect, "a", found, close EOF`},
		{crlf, "a\r\nb", `connect, "a", found, "b", close unexpected EOF`},
		{crlf, "\r", `connect, "\r", close unexpected EOF`}, // S192: what was held is not lost
		{terminator.Length(2), "ab", `connect, "ab", found, close EOF`},
		{terminator.Length(2), "abc", `connect, "ab", found, "c", close unexpected EOF`},
		{terminator.None, "abc", `connect, "abc", close EOF`},
	} {
		r, h := record(test.term)
		c := chattest.NewConn(t, h)
		c.SendString(test.in)
		c.CloseWrite()
		r.expect(t, test.want)
	}
}

type eofRecorder struct{ *recorder }

func (r eofRecorder) HandleEOF() { r.note("eof") }

func TestHandleEOFKeepsTheChannelOpen(t *testing.T) { // B23
	r, h := record(crlf)
	c := chattest.NewConn(t, func(ch *chat.Channel) chat.Handler { h(ch); return eofRecorder{r} })
	c.SendString("a\r")
	c.CloseWrite()
	r.expect(t, `connect, "a\r", eof`)
	c.Do(func() { r.PushString("still here") })
	expectReceived(t, c, "still here")
	if c.Closed() {
		t.Error("closed before the handler did it")
	}
	c.Do(r.CloseWhenDone)
	r.expect(t, `connect, "a\r", eof, close <nil>`)
}

type tooLongRecorder struct {
	*recorder
	then func()
}

func (r tooLongRecorder) HandleTooLong() {
	r.note("too long")
	if r.then != nil {
		r.then()
	}
}

func TestMaxElement(t *testing.T) { // B31, and twisted#6556: the same for every cut
	const stream = "abcd\r\nabcdefgh\r\nok\r\n"
	for _, test := range []struct {
		name string
		skip bool
		then func(*recorder)
		want string
	}{
		{"fatal", false, nil,
			`connect, "abcd", found, "abcd", too long, close ` + chat.ErrTooLong.Error()},
		{"skip", true, nil, `connect, "abcd", found, "abcd", too long, "ok", found, close EOF`},
		{"replaced", false, func(r *recorder) { r.SetTerminator(terminator.String("h\r\n")) },
			`connect, "abcd", found, "abcd", too long, "efg", found, "ok\r\n", close unexpected EOF`},
	} {
		for cut := range stream {
			r, h := record(crlf)
			c := chattest.NewConn(t, func(ch *chat.Channel) chat.Handler {
				h(ch)
				ch.SetMaxElement(4, test.skip)
				return tooLongRecorder{r, func() {
					if test.then != nil {
						test.then(r)
					}
				}}
			})
			c.SendString(stream[:cut])
			c.SendString(stream[cut:])
			c.CloseWrite()
			if got := r.events(); got != test.want {
				t.Fatalf("%s, cut at %d:\n got %s\nwant %s", test.name, cut, got, test.want)
			}
		}
	}
}

func TestMaxElementByDefault(t *testing.T) { // B31
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.SendString(strings.Repeat("x", int(chat.DefaultLimits().MaxElement)))
	c.SendString("\r\n")
	c.SendString(strings.Repeat("x", int(chat.DefaultLimits().MaxElement)+1))
	c.CloseWrite()
	if got := r.count("found"); got != 1 {
		t.Errorf("found %d elements, want 1", got)
	}
	if got, want := r.log[len(r.log)-1], "close "+chat.ErrTooLong.Error(); got != want {
		t.Errorf("last event %q, want %q", got, want)
	}
}

func TestMessagesBoundsLengths(t *testing.T) {
	calls := 0
	c := chattest.NewConn(t, func(ch *chat.Channel) chat.Handler {
		ch.SetMaxElement(10, false)
		return chat.Messages(terminator.Length(11), func(*chat.Channel, []byte) { calls++ })(ch)
	})
	c.SendString("12345678901")
	if calls != 0 || !c.Closed() {
		t.Errorf("%d calls, closed %v; want 0, true", calls, c.Closed())
	}
}

func TestLines(t *testing.T) {
	var got []string
	c := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, line []byte) {
		got = append(got, string(line))
	}))
	for _, s := range []string{"one\r\ntw", "o\n\nthr", "ee\r", "\nrest"} {
		c.SendString(s)
	}
	c.CloseWrite()
	if want := "one two  three"; strings.Join(got, " ") != want {
		t.Errorf("lines %q, want %q", got, want)
	}
}

func TestResetIsTold(t *testing.T) { // S70, B27
	var reason error
	r, h := record(crlf)
	c := chattest.NewConn(t, func(ch *chat.Channel) chat.Handler {
		h(ch)
		return closeFunc{r, func(err error) { reason = err }}
	})
	c.Reset()
	if reason == nil || errors.Is(reason, io.EOF) || !strings.Contains(reason.Error(), "read") {
		t.Errorf("reason %v, want a failed read", reason)
	}
}

type closeFunc struct {
	chat.Handler
	f func(error)
}

func (c closeFunc) HandleClose(err error) { c.f(err) }

// A terminator that is set from outside replaces one that CollectIncomingData has set for the next
// element.
func TestSetTerminatorReplacesWhatWasSetInCollect(t *testing.T) {
	r, h := record(crlf, onData(func(r *recorder, data string) {
		if data == "a" {
			r.SetTerminator(terminator.Length(2))
		}
	}))
	c := chattest.NewConn(t, h)
	c.SendString("a")
	c.Do(func() { r.SetTerminator(terminator.String(";")) })
	c.SendString("bc;d;")
	r.expect(t, `connect, "abc", found, "d", found`)
}
