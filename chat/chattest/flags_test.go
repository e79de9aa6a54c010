package chattest_test

import (
	"flag"
	"os"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func setFlag(t *testing.T, name, value string) {
	t.Helper()
	old := flag.Lookup(name).Value.String()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flag.Set(name, old) })
}

// ownUpdate is the flag that many test binaries have for their golden files.
var ownUpdate = flag.Bool("update", false, "write golden files")

const outdated = `# a comment
# and why
C: a
# what comes here
S~ hel+o
S: wrong

C: b
# nothing is said of an answer
C: c
S: b
S: c
= reading
S: d
C: quit
`

const updated = `# a comment
# and why
S: hello
C: a
# what comes here
S: a

C: b
# nothing is said of an answer
C: c
S: b
S: c
= reading
C: quit
close
`

func TestUpdate(t *testing.T) {
	for _, name := range []string{"chattest.update", "update"} {
		file := dialogueFile(t, outdated)
		expectFailure(t, "an outdated dialogue", func(tb testing.TB) {
			chattest.Play(tb, file, newPlayer)
		})
		t.Run(name, func(t *testing.T) {
			setFlag(t, name, "true")
			expectSuccess(t, "update", func(tb testing.TB) { chattest.Play(tb, file, newPlayer) })
		})
		text, err := os.ReadFile(file)
		if err != nil || string(text) != updated {
			t.Errorf("the file is now\n%s\nwant\n%s", text, updated)
		}
		expectSuccess(t, "the updated dialogue", func(tb testing.TB) {
			chattest.Play(tb, file, newPlayer)
		})
		stat, _ := os.Stat(file)
		expectSuccess(t, "again", func(tb testing.TB) { chattest.Play(tb, file, newPlayer) })
		if again, _ := os.Stat(file); !again.ModTime().Equal(stat.ModTime()) {
			t.Error("a dialogue that is right was written")
		}
	}
	if *ownUpdate {
		t.Error("the flag was left on")
	}
}

// What an update writes is read as what was received, whatever that was.
func TestUpdateEscapes(t *testing.T) {
	setFlag(t, "chattest.update", "true")
	h := func(c *chat.Channel) chat.Handler {
		c.PushString("tail \r\n \ttab\t\r\n\r\n\x00\xff\u00e4\"quoted\"\\\r\n" +
			"# no comment\nlone\rCR\n\r\n ")
		return newEcho(c)
	}
	file := dialogueFile(t, "")
	expectSuccess(t, "update", func(tb testing.TB) { chattest.Play(tb, file, h) })
	if err := flag.Set("chattest.update", "false"); err != nil {
		t.Fatal(err)
	}
	expectSuccess(t, "the updated dialogue", func(tb testing.TB) { chattest.Play(tb, file, h) })
}

// A replay plays the cut that failed, and what it is compared with.
func TestReplay(t *testing.T) {
	made := 0
	h := func(c *chat.Channel) chat.Handler { made++; return newNaive(c) }
	t.Run("dialogue", func(t *testing.T) {
		setFlag(t, "chattest.play", "1:2")
		expectFailure(t, "a replay", play(t, "C: abc\nS- <abc>\n", h), `> S- <ab><c>`)
		if made != 2 {
			t.Errorf("%d channels were made, want 2", made)
		}
	})
	made = 0
	t.Run("stream", func(t *testing.T) {
		setFlag(t, "chattest.play", "3")
		expectFailure(t, "a replay",
			func(tb testing.TB) { chattest.EverySplit(tb, h, "abc") }, `["ab" "c"]`)
		if made != 3 {
			t.Errorf("%d channels were made, want 3", made)
		}
	})
}
