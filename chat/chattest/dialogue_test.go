package chattest_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func dialogueFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.chat")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func play(t *testing.T, text string, h chat.NewHandler) func(testing.TB) {
	t.Helper()
	file := dialogueFile(t, text)
	return func(tb testing.TB) { chattest.Play(tb, file, h) }
}

// A player answers with what a dialogue can show: state, time and the window.
type player struct {
	*session
	clock func()
}

func newPlayer(c *chat.Channel) chat.Handler {
	p := &player{session: newSession(c).(*session)}
	idle := c.After(5*time.Minute, func() { c.PushString("421 idle\r\n"); c.CloseWhenDone() })
	p.clock = func() { idle.Reset(5 * time.Minute) }
	return p
}

func (p *player) FoundTerminator() {
	p.clock()
	switch line := string(p.Take()); line {
	case "wait":
		p.PauseReading()
		p.After(time.Second, func() { p.PushString("go on\r\n"); p.ResumeReading() })
	default:
		p.CollectIncomingData([]byte(line))
		p.session.FoundTerminator()
	}
}

const everything = `# all there is to say
S: hello
C: one
C:
C- two\x20\t\\ "quoted
C: " \u00e4
S: one
S:
S~ two .*quoted" ä
# pieces
C* 50 x
C:
S* 50 x
S:
C: wait
C: unread yet
= paused
~ 999ms
~ 1ms
S: go on
S: unread yet
= reading
stall
C: big
= paused
accept 10
S* 10 x
drain
S* 299990 x
C: more
unstall
S: more
~ 4m59s
C: again
S: again
~ 4m59s
~ 1s
S: 421 idle
close
= closed: nil
`

func TestPlay(t *testing.T) {
	expectSuccess(t, "a dialogue with every step", play(t, everything, newPlayer))
	expectSuccess(t, "CRLF in the file",
		play(t, strings.ReplaceAll(everything, "\n", "\r\n"), newPlayer))
	expectSuccess(t, "the end",
		play(t, "S: hello\nC- unfinished\neof\nclose\n= closed: unexpected EOF", newPlayer))
	expectSuccess(t, "a reset", play(t, "S: hello\nreset\n= closed~ read tcp .*reset.*", newPlayer))
}

func TestPlayFindsFaults(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		h     chat.NewHandler
		words []string
	}{
		"another answer": {"S: hello\nC: a\nS: b\n", newPlayer,
			[]string{"x.chat:3: the dialogue", "    S: hello\n    C: a\n  > S: a\n  want S: b",
				"-chattest.play=lines", "-chattest.update"}},
		"no answer": {"S: hello\nC- a\nS: a\n", newPlayer,
			[]string{"x.chat:3", "> (nothing more)\n  want S: a"}},
		"more than is said": {"S: hello\nC: a\nC: b\nS: a\n", newPlayer,
			[]string{"> S: b\n  want (nothing more)"}},
		"an answer too early": {"S: hello\nC: a\n~ 1s\nS: a\n", newPlayer,
			[]string{"x.chat:2", "> S: a\n  want (nothing more)"}},
		"no match": {"S~ hel\n", newPlayer, []string{"> S: hello\n  want S~ hel"}},
		"a close":  {"S: hello\nC: quit\n", newPlayer, []string{"> close\n  want (nothing more)"}},
		"no close": {"S: hello\nC: a\nS: a\nclose\n", newPlayer,
			[]string{"> (nothing more)\n  want close"}},
		"another reason": {"S: hello\neof\nclose\n= closed: nil\n", newPlayer,
			[]string{"> = closed: EOF\n  want = closed: nil"}},
		"not paused": {"S: hello\n= paused\n", newPlayer, []string{"> = reading\n  want = paused"}},
		"not reading": {"S: hello\nC: wait\n= reading\n", newPlayer,
			[]string{"> = paused\n  want = reading"}},
		"no line end": {"S: hello\nC: nobody\nS: nobody\n", newEcho, []string{"want S: hello"}},
		"a receive taken for a line": {"C: ab\nS- <ab>\n", newNaive,
			[]string{"> S- <a><b>\n  want S- <ab>", `in the cut "1:1"`, "-chattest.play=1:1"}},
		"two lines that arrive together": {"C: ab\nC: c\nS- <ab><c>\n", newNaive,
			[]string{`> S: <ab`, `in the cut "joined"`}},
		"slices kept": {"C: ab\nS- ab\n", newHoarder, []string{`> S- \xdb\xdb`}},
		"a limit in pieces": {"C: abcdefgh\nS- abcdefgh\n", newMiscounter,
			[]string{`in the cut "bytes"`, "> close\n  want S- abcdefgh"}},
	} {
		expectFailure(t, name, play(t, c.text, c.h), c.words...)
	}
}

// A handler that counts on its output being taken at once: in a write that is cut short there is
// still some when the next line arrives.
func TestPlayFindsShortWrites(t *testing.T) {
	h := func(c *chat.Channel) chat.Handler {
		return chat.Lines(func(c *chat.Channel, line []byte) {
			c.Push(line[:10])
			c.PushString(string(line[10:]))
			c.After(0, func() { c.Close() }) // when that was sent, it hopes
		})(c)
	}
	for _, n := range []int{200, 10_000} { // one write, and one of several pieces
		text := fmt.Sprintf("C* %d x\nC- \\n\nS* %[1]d x\nclose\n", n)
		expectFailure(t, "a close that does not wait", play(t, text, h), `in the cut "seed`)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"C:x":         `x.chat:1: what is "C:x"?`,
		"\nD: x":      `x.chat:2: what is "D: x"?`,
		"C: x ":       "ends in a blank",
		"C: \\q":      "no escape",
		"S* many x":   `how often is "many"?`,
		"S~ (":        "missing",
		"~ soon":      "invalid duration",
		"accept some": "invalid syntax",
		"= well":      `what is "= well"?`,
		"= closed~ (": "missing",
		"close now":   `what is "close now"?`,
	} {
		expectFailure(t, text, play(t, text, newEcho), want)
	}
	expectFailure(t, "no file",
		func(tb testing.TB) { chattest.Play(tb, "no such file", newEcho) }, "no such file")
}

// A dialogue over a connection is that of a real server; here it is the peer of a channel, which is
// a net.Conn too.
func TestPlayConn(t *testing.T) {
	over := func(text string, size int) func(testing.TB) {
		file := dialogueFile(t, text)
		return func(tb testing.TB) {
			chattest.PlayConn(tb, file, chattest.NewConn(t, newSession).NetConn(), size)
		}
	}
	const text = "S: hello\nC: one\nC: two\nS: one\nS~ t.o\nC: quit\nclose\n= closed: nil\n"
	for _, size := range []int{0, 1, 5} {
		expectSuccess(t, "over a connection", over(text, size))
	}
	expectFailure(t, "another answer", over("S: hello\nC: a\nS: b\n", 0), "> S: a", "want S: b")
	expectFailure(t, "another line", over("S: hello\nC: a\nS~ b\n", 0), "> S: a", "want S~ b")
	expectFailure(t, "less", over("S: hello\nC: a\nS: ab\n", 0), "> S: a", "want S: ab")
	expectFailure(t, "not the end", over("S: hello\nC: a\nclose\n", 0), "> S: a", "want close")
	expectFailure(t, "time", over("S: hello\n~ 1s\n", 0), `x.chat:2: "~ 1s" takes a channel in memory`)
	a, b := net.Pipe()
	a.Close()
	b.Close()
	file := dialogueFile(t, "C: a\n")
	expectFailure(t, "a dead connection", func(tb testing.TB) { chattest.PlayConn(tb, file, a, 0) },
		"x.chat:1", "closed")
}
