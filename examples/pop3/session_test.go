package main

import (
	"crypto/tls"

	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/examples/internal/certificate"
)

var testTLS = sync.OnceValue(func() *tls.Config {
	config, err := certificate.Config("", "", "mail.example")
	if err != nil {
		panic(err)
	}
	return config
})

// newTestSite is a site of which kong has the password banana, with the mail of testdata.
func newTestSite(t testing.TB) *site {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mail")
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/Maildir")))
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte(" banana \nis not told\n"), 0o600))
	s, err := newSite(dir, "kong", password, "", "")
	require.NoError(t, err)
	s.tls = testTLS()
	t.Cleanup(func() { s.root.Close() })
	return s
}

// left returns the numbers of the messages of testdata that are still there.
func (s *site) left(t testing.TB) (numbers string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.root.Name(), "*", "17*"))
	require.NoError(t, err)
	for _, name := range names {
		_, number, _ := strings.Cut(filepath.Base(name), "Q")
		numbers += number[:1]
	}
	digits := []byte(numbers)
	slices.Sort(digits)
	return string(digits)
}

func connect(t testing.TB, s *site) *chattest.Conn {
	t.Helper()
	c := chattest.NewConn(t, s.server().Handler)
	expect(t, c, "+OK This is POP3\r\n")
	return c
}

func login(t testing.TB, s *site) *chattest.Conn {
	t.Helper()
	c := connect(t, s)
	c.SendString("USER kong\r\nPASS banana\r\n")
	expect(t, c, "+OK And the password?\r\n+OK 3 74\r\n")
	return c
}

func expect(t testing.TB, c *chattest.Conn, want string) {
	t.Helper()
	if got := string(c.Received()); got != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

// Each dialogue is played in hundreds of cuts, each time with all of the mail.
func TestDialogues(t *testing.T) {
	for _, file := range []string{"session.txt", "testdata/states.txt", "testdata/numbers.txt",
		"testdata/passwords.txt", "testdata/plain.txt", "testdata/idle.txt", "testdata/login.txt",
		"testdata/errors.txt"} {
		t.Run(file, func(t *testing.T) {
			s := newTestSite(t)
			if file == "testdata/plain.txt" {
				s.isHere = func(net.Addr) bool { return false }
			}
			limits := s.server().Limits
			chattest.Play(t, file, func(c *chat.Channel) chat.Handler {
				if len(s.left(t)) != 3 {
					require.NoError(t, os.RemoveAll(s.root.Name()+"/new"))
					require.NoError(t, os.RemoveAll(s.root.Name()+"/cur"))
					require.NoError(t, os.CopyFS(s.root.Name(), os.DirFS("testdata/Maildir")))
				}
				c.SetLimits(limits)
				return s.newSession(c)
			})
			got, want := s.left(t), map[bool]string{true: "13", false: "123"}[file == "session.txt"]
			if got != want {
				t.Errorf("left are %q, want %q", got, want)
			}
		})
	}
}

// Without a password nobody gets in, and so nobody starts a server that has none.
func TestPassword(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "password")
	for _, text := range []string{"", "\nbanana\n", " \t\nbanana"} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		if _, err := newSite(dir, "kong", file, "", ""); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	for _, name := range []string{"", file + ".missing"} {
		if _, err := newSite(dir, "kong", name, "", ""); err == nil {
			t.Errorf("the file %q is taken", name)
		}
	}
	s := newTestSite(t)
	for _, tt := range []struct {
		user, password string
		want           bool
	}{{"kong", "banana", true}, {"kong", "banan", false}, {"kong", "bananas", false},
		{"Kong", "banana", false}, {"", "banana", false}, {"kong", "", false}} {
		if got := s.admits(tt.user, tt.password); got != tt.want {
			t.Errorf("%q with %q: %t", tt.user, tt.password, got)
		}
	}
}

// A server that shuts down deletes nothing of what is marked.
func TestShutdown(t *testing.T) {
	s := newTestSite(t)
	var h *session
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		h = s.newSession(c).(*session)
		return h
	})
	c.SendString("USER kong\r\nPASS banana\r\nDELE 1\r\n")
	c.Received()
	c.Do(h.HandleShutdown)
	expect(t, c, "-ERR [SYS/TEMP] The server shuts down\r\n")
	if got := s.left(t); got != "123" {
		t.Errorf("left are %q", got)
	}
}

func FuzzSession(f *testing.F) {
	s := newTestSite(f)
	chattest.Fuzz(f, s.newSession, "USER kong\r\nPASS banana\r\nLIST\r\nRETR 1\r\nQUIT\r\n",
		"USER kong\r\nPASS banana\r\nTOP 2 1\r\nUIDL 3\r\nRSET\r\nCAPA\r\n",
		"STLS\r\nUSER a\r\nPASS b\r\n")
}
