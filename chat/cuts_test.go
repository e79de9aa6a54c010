package chat_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// A mixed session has lines, lengths, a changed terminator, a limit that skips, give-back and an
// end.
func newMixed(log *strings.Builder) chat.NewHandler {
	r, h := record(crlf)
	r.onFound = func(r *recorder, element string) {
		fmt.Fprintf(log, "%q(%v);", element, r.Terminator())
		verb, arg, _ := strings.Cut(element, " ")
		switch verb {
		case "LEN":
			n, _ := strconv.Atoi(arg)
			r.SetTerminator(terminator.Length(int64(n)))
			return
		case "UNTIL":
			r.SetTerminator(terminator.Any(arg, arg+arg))
			return
		case "AGAIN":
			r.Unread([]byte(arg + "\r\n"))
		case "QUIT":
			r.CloseWhenDone()
		}
		r.PushString("ok " + element + "\n")
		r.SetTerminator(crlf)
	}
	return func(c *chat.Channel) chat.Handler {
		h(c)
		c.SetMaxElement(30, true)
		return tooLongRecorder{r, func() { fmt.Fprintf(log, "TOO LONG %q;", r.element); r.element = "" }}
	}
}

const mixedStream = "hello\r\n\r\nLEN 5\r\n\r\n\r\n.LEN 0\r\na\rb\nc\r\nUNTIL xy\r\nab\r\n" +
	"xxyAGAIN back\r\n" +
	"this line is much longer than the limit of thirty bytes, \r and goes on\r\r\nafter\r\n" +
	"UNTIL aab\r\naaaabLEN 3\r\n\r\n\rQUIT\r\nnever\r\n"

func playMixed(t *testing.T, pieces []string) (log, sent string) {
	t.Helper()
	var b strings.Builder
	c := chattest.NewConn(t, newMixed(&b))
	for _, p := range pieces {
		c.SendString(p)
	}
	if !c.Closed() {
		t.Errorf("pieces %q: not closed", pieces)
	}
	return b.String(), string(c.Received())
}

// What a handler sees is a function of the byte stream, never of how it was cut (S190, security
// class S12).
func TestCutsDoNotMatter(t *testing.T) {
	wantLog, wantSent := playMixed(t, []string{mixedStream})
	if strings.Count(wantLog, "TOO LONG") != 1 || strings.Contains(wantLog, "never") {
		t.Fatalf("the whole stream gives %s", wantLog)
	}
	check := func(pieces []string) {
		t.Helper()
		log, sent := playMixed(t, pieces)
		if log != wantLog || sent != wantSent {
			t.Fatalf("pieces %q:\n got %s %q\nwant %s %q", pieces, log, sent, wantLog, wantSent)
		}
	}
	check(strings.Split(mixedStream, ""))
	for i := range mixedStream {
		check([]string{mixedStream[:i], mixedStream[i:]})
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var pieces []string
		for rest := mixedStream; rest != ""; {
			n := 1 + rnd.IntN(min(len(rest), 12))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		check(pieces)
	}
}

// A long terminator that arrives byte by byte behind false beginnings of itself must not cost its
// length for each byte (B32, B33).
func TestLongTerminatorByteByByte(t *testing.T) {
	chattest.Linear(t, 1000, func(size int) int {
		counter := &counter{}
		c := chattest.NewConn(t, func(ch *chat.Channel) chat.Handler {
			ch.SetMaxElement(chat.NoLimit, false)
			ch.SetTerminator(terminator.String(strings.Repeat("a", size) + "b"))
			return counter
		})
		one := []byte("a")
		for range 3 * size {
			c.Send(one)
		}
		c.SendString("b")
		if counter.bytes != 2*size || counter.found != 1 {
			t.Errorf("collected %d bytes, found %d; want %d, 1", counter.bytes, counter.found, 2*size)
		}
		return 0
	})
}

type counter struct{ bytes, found int }

func (c *counter) CollectIncomingData(data []byte) { c.bytes += len(data) }
func (c *counter) FoundTerminator()                { c.found++ }

func TestLargeInputInOneSend(t *testing.T) {
	var got bytes.Buffer
	c := chattest.NewConn(t,
		chat.Messages(terminator.String("\r\n"), func(_ *chat.Channel, line []byte) {
			got.Write(line)
			got.WriteByte('\n')
		}))
	var want bytes.Buffer
	for i := range 50_000 {
		fmt.Fprintf(&want, "line %d\n", i)
	}
	c.Send(bytes.ReplaceAll(want.Bytes(), []byte("\n"), []byte("\r\n")))
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("got %d bytes, want %d", got.Len(), want.Len())
	}
}
