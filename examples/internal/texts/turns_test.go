package texts

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A session sends the files whose names it gets, a minute later if a "?" precedes the name, and
// says the other lines back.
type session struct {
	Turns
	chat.Collector
	root *os.Root
}

func (s *session) FoundTerminator() {
	line := string(s.Take())
	switch {
	case strings.HasPrefix(line, "file"):
		s.sendText(line)
	case strings.HasPrefix(line, "?"):
		s.Wait(time.Minute, func() { s.PushLine(line) })
	case line == "QUIT":
		s.PushLine(line)
		s.CloseWhenDone()
	default:
		s.PushLine(line)
	}
}

func (s *session) sendText(name string) {
	s.SendText(s.root, name, Whole, func(err error) {
		if err != nil {
			s.PushLine("no")
			return
		}
		s.PushLine("yes")
	})
}

const bye = "bye\r\n"

// large is more than the connection, the queue and a piece hold, as it is in the file and as it is
// sent.
var large = strings.Repeat(".dots\n..\n\nx\n", 50_000)

func stuffed(text string) string {
	all, err := terminator.AppendDot(nil, []byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		panic(err)
	}
	return string(all)
}

func connect(t *testing.T) (*chattest.Conn, *session) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/file", []byte("a\n.b\n"), 0o600))
	require.NoError(t, os.WriteFile(dir+"/file.empty", nil, 0o600))
	require.NoError(t, os.WriteFile(dir+"/file.large", []byte(large), 0o600))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	s := &session{root: root}
	return chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		s.Turns = Turns{Channel: c, Farewell: bye}
		c.SetTerminator(terminator.String("\r\n"))
		return s
	}), s
}

func expect(t *testing.T, c *chattest.Conn, want string) {
	t.Helper()
	if got := string(c.Received()); got != want {
		t.Errorf("received %d bytes %.100q, want %d: %.100q", len(got), got, len(want), want)
	}
}

// Commands that come at once are answered one after the other, the last of them too if the client
// has nothing more to say, or says goodbye.
func TestOrder(t *testing.T) {
	const in = "1\r\nfile.large\r\n2\r\nfile.empty\r\nfile\r\nfile.missing\r\nfile.large\r\n3\r\n"
	out := "1\r\nyes\r\n" + stuffed(large) + "2\r\nyes\r\n.\r\nyes\r\na\r\n..b\r\n.\r\nno\r\nyes\r\n" +
		stuffed(large) + "3\r\n"
	for end, answer := range map[string]string{"": "", "QUIT\r\n": "QUIT\r\n",
		"QUIT\r\nbehind\r\n": "QUIT\r\n"} {
		c, _ := connect(t)
		c.SendString(in + end)
		c.CloseWrite()
		expect(t, c, out+answer)
		if !c.Closed() {
			t.Errorf("%q: not closed", end)
		}
	}
}

// A client that does not take a text costs some pieces of memory, has none of its commands read,
// and gets all of it in the end.
func TestSlowClient(t *testing.T) {
	c, _ := connect(t)
	c.Stall()
	c.SendString("file.large\r\n1\r\n")
	for range 5 {
		if got := c.Queued(); got > 2*pieceSize {
			t.Errorf("%d bytes are queued", got)
		}
		if !c.Paused() {
			t.Errorf("commands are read while the text waits")
		}
		c.Accept(100_000)
		c.Advance(time.Second)
	}
	c.Unstall()
	expect(t, c, "yes\r\n"+stuffed(large)+"1\r\n")
	c.Stall()
	c.SendString("file.large\r\n")
	c.Advance(time.Hour)
	if c.Reason() != chat.ErrStalled {
		t.Errorf("a client that takes nothing for an hour: %v", c.Reason())
	}
}

// A text that cannot be read to its end does not end with a dot: the client sees that the
// connection breaks.
func TestBrokenText(t *testing.T) {
	broken := errors.New("broken")
	for _, n := range []int{1, pieceSize, 10 * pieceSize} {
		c, s := connect(t)
		closed := 0
		file := io.MultiReader(strings.NewReader(strings.Repeat("x", n)), iotest.ErrReader(broken))
		c.Do(func() {
			s.Send((&text{r: newReader(closer{file, &closed}, Whole)}).unread(s.Channel))
		})
		expect(t, c, strings.Repeat("x", n))
		if !errors.Is(c.Reason(), broken) || closed != 1 {
			t.Errorf("%d: closed with %v, and the file %d times", n, c.Reason(), closed)
		}
	}
}

// unread is a producer of a text of which nothing was read.
func (t *text) unread(c *chat.Channel) fifo.Producer {
	return fifo.DotStuff(&source{text: t, c: c})
}

type closer struct {
	io.Reader
	n *int
}

func (c closer) Close() error { *c.n++; return nil }

// Whenever the connection breaks, the file is closed, and nothing more comes.
func TestBreak(t *testing.T) {
	for steps := range 6 {
		c, s := connect(t)
		c.HoldWork()
		closed := 0
		c.Do(func() {
			s.Send((&text{r: newReader(closer{strings.NewReader(large), &closed}, Whole)}).unread(s.Channel))
		})
		for range steps {
			c.FinishWork()
		}
		c.Reset()
		c.FinishWork()
		if closed != 1 {
			t.Errorf("after %d pieces: closed %d times", steps, closed)
		}
	}
}

// A server that shuts down waits for the answer in progress, and takes no further command.
func TestShutdown(t *testing.T) {
	c, s := connect(t)
	c.Do(s.HandleShutdown)
	expect(t, c, bye)

	c, s = connect(t)
	c.Stall()
	c.SendString("file.large\r\n1\r\n")
	c.Do(s.HandleShutdown)
	c.Unstall()
	expect(t, c, "yes\r\n"+stuffed(large)+bye)

	c, s = connect(t)
	c.HoldWork()
	c.SendString("file\r\n1\r\n")
	c.Do(s.HandleShutdown)
	expect(t, c, "")
	for c.FinishWork() {
	}
	expect(t, c, "yes\r\na\r\n..b\r\n.\r\n"+bye)

	c, s = connect(t)
	c.HoldWork()
	c.SendString("file.missing\r\n1\r\n")
	c.Do(s.HandleShutdown)
	c.FinishWork()
	expect(t, c, "no\r\n"+bye)

	c, s = connect(t)
	c.SendString("?\r\n1\r\n")
	c.Do(s.HandleShutdown)
	expect(t, c, "")
	c.Advance(time.Minute)
	expect(t, c, "?\r\n"+bye)
}

// While a session waits, it takes no command.
func TestWait(t *testing.T) {
	c, _ := connect(t)
	c.SendString("1\r\n?\r\n2\r\nfile\r\n")
	expect(t, c, "1\r\n")
	c.Advance(time.Minute)
	expect(t, c, "?\r\n2\r\nyes\r\na\r\n..b\r\n.\r\n")
}
