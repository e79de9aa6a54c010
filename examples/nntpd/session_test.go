package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func newTestSpool(t testing.TB, dir string, wantFaults ...string) *spool {
	t.Helper()
	var faults []string
	s, err := openSpool(dir, func(err error) { faults = append(faults, err.Error()) })
	require.NoError(t, err)
	t.Cleanup(func() { s.root.Close() })
	if !slices.Equal(faults, wantFaults) {
		t.Errorf("left out are %q, want %q", faults, wantFaults)
	}
	return s
}

func connect(t testing.TB, s *spool) *chattest.Conn {
	t.Helper()
	c := chattest.NewConn(t, s.newSession)
	expect(t, c, "201 You may read here, and not post\r\n")
	return c
}

func expect(t testing.TB, c *chattest.Conn, want string) {
	t.Helper()
	if got := string(c.Received()); got != want {
		t.Errorf("received %.500q, want %.500q", got, want)
	}
}

func TestDialogues(t *testing.T) {
	s := newTestSpool(t, "testdata/news")
	limits := newServer(s).Limits
	for _, file := range []string{"session.txt", "testdata/lists.txt", "testdata/refusals.txt"} {
		t.Run(file, func(t *testing.T) {
			chattest.Play(t, file, func(c *chat.Channel) chat.Handler {
				c.SetLimits(limits)
				return s.newSession(c)
			})
		})
	}
}

// What does not belong into the folder is left out, and told: nobody is served half an article, or
// a file from elsewhere.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("a.group/1", "Message-ID: <1@a>\n\nx\n")
	write("a.group/01", "Message-ID: <01@a>\n\nx\n")
	write("a.group/0", "Message-ID: <0@a>\n\nx\n")
	write("a.group/4294967296", "Message-ID: <4294967296@a>\n\nx\n")
	write("a.group/2", "Subject: no id\n\nMessage-ID: <2@a>\n")
	write("a.group/3", "Message-ID: two <3@a>\n\n")
	write("a.group/4", "Message-ID: <"+strings.Repeat("x", 250)+">\n\n")
	write("a.group/5/file", "Message-ID: <5@a>\n\n")
	write("a.group/6", "message-id:\n <6@a> \nMessage-ID: <66@a>\nSubject: a\x00b\tc\n\nx")
	write("white space/1", "Message-ID: <w@a>\n\n")
	write(".hidden/1", "Message-ID: <h@a>\n\n")
	write("file", "Message-ID: <f@a>\n\n")
	s := newTestSpool(t, dir,
		`a.group/2: "" is no Message-ID`, `a.group/3: "two <3@a>" is no Message-ID`,
		fmt.Sprintf(`a.group/4: "<%s>" is no Message-ID`, strings.Repeat("x", 250)),
		"a.group/5 is not a regular file", `"white space" is no name of a group`)
	c := connect(t, s)
	c.SendString("LISTGROUP a.group\r\nOVER 6\r\n")
	expect(t, c,
		"211 2 1 6 a.group\r\n1\r\n6\r\n.\r\n224 It follows\r\n6\ta b c\t\t\t<6@a>\t\t63\t1\r\n.\r\n")
	if len(s.byID) != 2 || len(s.groups) != 1 {
		t.Errorf("there are %d articles in %d groups", len(s.byID), len(s.groups))
	}
	if _, err := openSpool(dir+"/missing", nil); err == nil {
		t.Error("a folder that is missing is opened")
	}
}

// What the index says of an article is what is sent.
func TestSizes(t *testing.T) {
	s := newTestSpool(t, "testdata/news")
	c := connect(t, s)
	for id, a := range s.byID {
		c.SendString("ARTICLE " + id + "\r\nBODY " + id + "\r\n")
		answers := strings.Split(string(c.Received()), "\r\n.\r\n")
		count := func(answer string) (lines, bytes int) {
			_, text, _ := strings.Cut(answer+"\r\n", "\r\n")
			text = strings.ReplaceAll("\r\n"+text, "\r\n..", "\r\n.")[len("\r\n"):]
			return strings.Count(text, "\r\n"), len(text)
		}
		_, size := count(answers[0])
		lines, _ := count(answers[1])
		got, want := a.fields[fieldBytes]+" "+a.fields[fieldLines], fmt.Sprint(size, lines)
		if got != want {
			t.Errorf("%s has %s bytes and lines, want %s", id, got, want)
		}
	}
}

// A file that goes away, or becomes something else, behind the back of the server.
func TestGone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/news")))
	require.NoError(t, os.WriteFile(dir+"/secret", []byte("secret"), 0o600))
	s := newTestSpool(t, dir)
	c := connect(t, s)
	require.NoError(t, os.Remove(dir+"/comp.lang.go/2"))
	c.SendString("GROUP comp.lang.go\r\nARTICLE 2\r\nARTICLE <2@example.com>\r\n")
	expect(t, c, "211 3 1 5 comp.lang.go\r\n423 The article is gone\r\n430 The article is gone\r\n")
	require.NoError(t, os.Mkdir(dir+"/comp.lang.go/2", 0o700))
	c.SendString("HEAD\r\n")
	expect(t, c, "403 The article cannot be read\r\n")
	require.NoError(t, os.Remove(dir+"/comp.lang.go/2"))
	err := os.Symlink(filepath.Join(dir, "..", filepath.Base(dir), "secret"), dir+"/comp.lang.go/2")
	if err != nil {
		t.Skip(err)
	}
	c.SendString("BODY\r\n")
	expect(t, c, "403 The article cannot be read\r\n")
}

// A list may be of any length: it is made as the client takes it.
func TestLongList(t *testing.T) {
	s := &spool{byName: map[string]*group{}}
	g := &group{name: "large"}
	var want strings.Builder
	for i := range int64(100_000) {
		g.articles = append(g.articles, &article{number: 2*i + 1})
		fmt.Fprintf(&want, "%d\r\n", 2*i+1)
	}
	s.byName["large"] = g
	c := connect(t, s)
	c.Stall()
	c.SendString("LISTGROUP large\r\nSTAT 199999\r\nSTAT 199998\r\n")
	if got := c.Queued(); got > 128<<10 || !c.Paused() {
		t.Errorf("%d bytes are queued, paused is %t", got, c.Paused())
	}
	c.Unstall()
	expect(t, c, "211 100000 1 199999 large\r\n"+want.String()+
		".\r\n223 199999 \r\n423 There is no article with that number\r\n")
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		wildmat, name string
		want          bool
	}{
		{"*", "a.b", true}, {"", "a", false}, {"a.b", "a.b", true}, {"a.?", "a.b", true},
		{"a.?", "a.bc", false}, {"a", "ab", false},
		{"a*,!*b", "ab", false}, {"!*b,a*", "ab", true}, {"a*,!*b", "ac", true}, {"x,a*", "ab", true},
		{"!a", "b", false}, {"[", "[", false},
	} {
		if got := matches(tt.wildmat, tt.name); got != tt.want {
			t.Errorf("%q and %q: %t", tt.wildmat, tt.name, got)
		}
	}
}

func TestRanges(t *testing.T) {
	for _, tt := range []struct {
		text      string
		low, high int64
		ok        bool
	}{
		{"7", 7, 7, true}, {"7-", 7, maxNumber, true}, {"7-9", 7, 9, true}, {"9-7", 9, 7, true},
		{"0-0", 0, 0, true}, {"2147483647", maxNumber, maxNumber, true},
		{"", 0, 0, false}, {"-", 0, 0, false}, {"-7", 0, 0, false}, {"7-x", 0, 0, false},
		{"7-8-9", 0, 0, false}, {"+7", 0, 0, false}, {"2147483648", 0, 0, false},
	} {
		if low, high, ok := parseRange(tt.text); ok != tt.ok || ok && (low != tt.low || high != tt.high) {
			t.Errorf("%q: %d, %d, %t", tt.text, low, high, ok)
		}
	}
}

func FuzzSession(f *testing.F) {
	s := newTestSpool(f, "testdata/news")
	chattest.Fuzz(f, s.newSession, "GROUP comp.lang.go\r\nOVER 1-\r\nARTICLE 1\r\nNEXT\r\nQUIT\r\n",
		"LIST ACTIVE *,!a\r\nHDR Subject <1@example.com>\r\nXOVER 1-2\r\n",
		"LISTGROUP misc.test 1-9\r\nBODY 7\r\nNEWGROUPS 990101 000000 GMT\r\n")
}

// NEWNEWS and LIST ACTIVE.TIMES go by the times of the files.
func TestNewNews(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/news")))
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	old := time.Date(2001, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, file := range files {
		at := old
		if filepath.Base(filepath.Dir(file)) == "misc.test" {
			at = at.AddDate(10, 0, 0)
		}
		require.NoError(t, os.Chtimes(file, at, at))
	}
	s := newTestSpool(t, dir)
	ids := func(name string) (all string) {
		for _, a := range s.byName[name].articles {
			all += a.id() + "\r\n"
		}
		return all
	}
	c := connect(t, s)
	for command, want := range map[string]string{
		"NEWNEWS * 20110102 030405":       "230 New articles\r\n" + ids("misc.test") + ".\r\n",
		"NEWNEWS * 20110102 030406 GMT":   "230 New articles\r\n.\r\n",
		"NEWNEWS *,!misc.* 010102 030405": "230 New articles\r\n" + ids("comp.lang.go") + ".\r\n",
		"NEWNEWS * x y":                   "501 That is no date and time\r\n",
		"NEWNEWS * 20010102":              "501 Wrong number of arguments\r\n",
		"LIST ACTIVE.TIMES misc.*": "215 Group, since when, by whom\r\n" +
			"misc.test 1293937445 news\r\n.\r\n",
		"NEWGROUPS 20020101 000000": "231 New groups\r\n" +
			"alt.empty 0 1 n\r\nmisc.test 7 7 n\r\n.\r\n",
	} {
		c.SendString(command + "\r\n")
		expect(t, c, want)
	}
}
