package transcript_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/transcript"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// transcribed is h with a transcript to w.
func transcribed(h chat.NewHandler, t *transcript.Writer) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		c.SetTap(t.Tap(c))
		return h(c)
	}
}

// newShell prompts without a line end, says what it was told, and knows how to end.
func newShell(c *chat.Channel) chat.Handler {
	c.PushString("\xffready \"now\"\r\n> ")
	return chat.Lines(func(c *chat.Channel, line []byte) {
		switch string(line) {
		case "quit":
			c.PushString("bye \r\n")
			c.CloseWhenDone()
		case "bare":
			c.PushString("\nLF\n\r\n> ")
		default:
			fmt.Fprintf(c, "%s\r\n> ", line)
		}
	})(c)
}

// What a transcript says can be pasted into a test: it is the same session again.
func TestTranscriptIsADialogue(t *testing.T) {
	for _, last := range []string{"quit\r\n", "eof"} {
		var text bytes.Buffer
		c := chattest.NewConn(t, transcribed(newShell, &transcript.Writer{W: &text}))
		for _, line := range []string{"hello\r\n", "\x00\t\"quoted\" \\ trailing \r\n", "bare\r\n",
			"\u00e4\u202e\n", "\r\n"} {
			c.SendString(line)
		}
		if last == "eof" {
			c.CloseWrite()
		} else {
			c.SendString(last)
			c.CloseWrite()
		}
		want := strings.Join([]string{
			`S: \xffready "now"`, `S- >\x20`,
			`C: hello`, `S: hello`, `S- >\x20`,
			`C: \x00\t"quoted" \\ trailing\x20`, `S: \x00\t"quoted" \\ trailing\x20`, `S- >\x20`,
			`C: bare`, `S- \n`, `S- LF\n`, `S:`, `S- >\x20`,
			`C- ä\u202e\n`, `S: ä\u202e`, `S- >\x20`,
			`C:`, `S:`, `S- >\x20`,
		}, "\n") + map[string]string{"quit\r\n": "\nC: quit\nS: bye\\x20\nclose\n",
			"eof": "\neof\nclose\n"}[last]
		if got := text.String(); got != want {
			t.Errorf("the transcript is\n%s\nwant\n%s", got, want)
		}
		file := t.TempDir() + "/session.txt"
		require.NoError(t, os.WriteFile(file, text.Bytes(), 0o600))
		chattest.Play(t, file, newShell)
	}
}

// S18 of the security notes: nothing of a password gets out, however the stream is cut, and whoever
// speaks in between.
func TestTranscriptRedacts(t *testing.T) {
	const stream, secret = "USER bob\r\nPASS hjklqwzv\nNOOP\r\n", "hjklqwzv"
	redact := func(d chat.Direction, line []byte) []byte {
		if d == chat.DirectionReceived && bytes.HasPrefix(line, []byte("PASS ")) {
			return []byte("PASS ***")
		}
		return line
	}
	silent := chat.Messages(terminator.String("\r\n"), func(*chat.Channel, []byte) {})
	chatty := func(c *chat.Channel) chat.Handler { return &chatterer{c} }
	for pieces := range chattest.Splits([]byte(stream)) {
		for i, h := range []chat.NewHandler{silent, chatty} {
			var text bytes.Buffer
			c := chattest.NewConn(t, transcribed(h, &transcript.Writer{W: &text, Redact: redact}))
			for _, p := range pieces {
				c.Send(p)
			}
			got := text.String()
			for line := range strings.Lines(got) {
				if !strings.HasPrefix(line, "#") && strings.ContainsAny(line, secret) {
					t.Fatalf("%q gives away the secret:\n%s", pieces, got)
				}
			}
			if i == 0 {
				if want := "C: USER bob\nC- PASS ***\\n\nC: NOOP\n"; got != want {
					t.Fatalf("%q:\n%s\nwant\n%s", pieces, got, want)
				}
			}
			c.Reset()
		}
	}
}

// chatterer says something in each event.
type chatterer struct{ *chat.Channel }

func (c *chatterer) CollectIncomingData([]byte) { c.PushString("!") }
func (c *chatterer) FoundTerminator()           {}

// A line is shown as far as 256 bytes, and Redact gets 4 KiB of it.
func TestTranscriptCuts(t *testing.T) {
	var text bytes.Buffer
	seen := 0
	c := chattest.NewConn(t, transcribed(newCounter,
		&transcript.Writer{W: &text, Redact: func(_ chat.Direction, line []byte) []byte {
			seen = max(seen, len(line))
			return append(line, '!') // into memory that it must not reach
		}}))
	for _, n := range []int{255, 256, 5000} {
		c.SendString(strings.Repeat("x", n) + "\r\n")
	}
	x := strings.Repeat("x", 256)
	want := fmt.Sprintf("C: %s!\nC- %s\n# 3 bytes of C are not shown\nC- %s\n"+
		"# %d bytes of C are not shown\n", x[:255], x, x, 5000-256+1+2)
	if got := text.String(); got != want || seen != 4<<10 {
		t.Errorf("Redact got %d bytes, the transcript is\n%s\nwant\n%s", seen, got, want)
	}
	text.Reset()
	c = chattest.NewConn(t, transcribed(newCounter, &transcript.Writer{W: &text}))
	c.SendString(x + "\r\n")
	c.SendString(strings.Repeat("x", 100_000))
	c.Reset()
	want = fmt.Sprintf("C: %s\nC- %s\n# %d bytes of C are not shown\nreset\n", x, x, 100_000-256)
	if got := text.String(); got != want {
		t.Errorf("the transcript is\n%s\nwant\n%s", got, want)
	}
}

func newCounter(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.None)
	return &counter{}
}

// counter hears and says nothing.
type counter struct{}

func (*counter) CollectIncomingData([]byte) {}
func (*counter) FoundTerminator()           {}

// newEcho sends each line back as it came.
func newEcho(c *chat.Channel) chat.Handler {
	return chat.Messages(terminator.String("\r\n"), func(c *chat.Channel, line []byte) {
		c.PushString(string(line) + "\r\n")
	})(c)
}

// S18, CVE-2009-4492: what a peer says is one record of the log, and can be no other.
func TestTranscriptInTheLog(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key != slog.LevelKey && a.Key != slog.MessageKey {
				return slog.Attr{} // of whom and when
			}
			return a
		}}))
	serve(t, &chat.Server{Handler: newEcho, Logger: logger, Tap: (&transcript.Writer{}).Tap}).
		SendString("x\nlevel=ERROR msg=\"forged\"\x1b[2J\r\n")
	want := `level=INFO msg="C- x\\n"
level=INFO msg="C: level=ERROR msg=\"forged\"\\x1b[2J"
level=INFO msg="S- x\\n"
level=INFO msg="S: level=ERROR msg=\"forged\"\\x1b[2J"
`
	if log.String() != want {
		t.Errorf("logged:\n%s\nwant:\n%s", log.String(), want)
	}
	log.Reset()
	quiet := &transcript.Writer{Level: slog.LevelDebug}
	s := &chat.Server{Handler: newEcho, Logger: logger, Tap: func(c *chat.Channel) chat.Tap {
		tap := quiet.Tap(c)
		if tap != nil {
			t.Error("there is a tap for a level that is not enabled")
		}
		return tap
	}}
	serve(t, s).SendString("x\r\n")
	if log.Len() > 0 {
		t.Errorf("logged:\n%s", log.String())
	}
}

func serve(t *testing.T, s *chat.Server) *chattest.Peer {
	t.Helper()
	l := chattest.Listen(t)
	require.NoError(t, s.Serve(l))
	return l.Dial()
}

// On the side that has dialled, what is sent is the client's.
func TestTranscriptOfAClient(t *testing.T) {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	ln, err := k.NewListener("tcp", "192.0.2.1:25")
	require.NoError(t, err)
	require.NoError(t, (&chat.Server{Handler: newEcho}).Start(ln, loop))
	var text bytes.Buffer
	c, err := chat.Dial(loop, "tcp", ln.Addr().String(),
		transcribed(func(c *chat.Channel) chat.Handler {
			c.PushString("hello\r\n")
			return chat.Lines(func(c *chat.Channel, line []byte) { c.Close() })(c)
		}, &transcript.Writer{W: &text}))
	require.NoError(t, err)
	for calls := 1; calls > 0; {
		calls, err = loop.Poll(0)
		require.NoError(t, err)
	}
	if got, want := text.String(), "C: hello\nS: hello\nclose\n"; got != want || !c.Closed() {
		t.Errorf("the transcript is\n%s\nwant\n%s", got, want)
	}
}
