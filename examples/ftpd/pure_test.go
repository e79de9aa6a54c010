package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		parse     func(string) (netip.AddrPort, error)
		arg, want string
	}{
		{parsePort, "127,0,0,1,31,144", "127.0.0.1:8080"},
		{parsePort, "255,255,255,255,255,255", "255.255.255.255:65535"},
		{parsePort, "127,0,0,1,31", ""},
		{parsePort, "127,0,0,1,31,144,1", ""},
		{parsePort, "127,0,0,1,31,256", ""},
		{parsePort, "127,0,0,1,+1,1", ""},
		{parsePort, "127,0,0,1,,1", ""},
		{parsePort, "", ""},
		{parseExtended, "|1|127.0.0.1|8080|", "127.0.0.1:8080"},
		{parseExtended, "|2|::1|1|", "[::1]:1"},
		{parseExtended, "!1!127.0.0.1!8080!", "127.0.0.1:8080"},
		{parseExtended, "|1|::1|8080|", ""},
		{parseExtended, "|2|127.0.0.1|8080|", ""},
		{parseExtended, "|2|fe80::1%eth0|8080|", ""},
		{parseExtended, "|1|127.0.0.1|65536|", ""},
		{parseExtended, "|1|127.0.0.1|-1|", ""},
		{parseExtended, "|1|127.0.0.1|8080", ""},
		{parseExtended, "x|1|127.0.0.1|8080|", ""},
		{parseExtended, "|3|x|8080|", ""},
		{parseExtended, "", ""},
	} {
		got, err := tt.parse(tt.arg)
		if (err == nil) != (tt.want != "") || err == nil && got.String() != tt.want {
			t.Errorf("%q: %v, %v; want %q", tt.arg, got, err, tt.want)
		}
	}
	require.Equal(t, "10,0,0,255,31,144", formatPort(netip.MustParseAddrPort("10.0.0.255:8080")))
}

func TestResolve(t *testing.T) {
	for _, tt := range []struct{ cwd, name, want string }{
		{"/", "a", "/a"}, {"/a", "b/c", "/a/b/c"}, {"/a", "/b", "/b"}, {"/a", "", "/a"},
		{"/a", "..", "/"}, {"/", "..", "/"}, {"/a/b", "../../../../etc/passwd", "/etc/passwd"},
		{"/a", "./x//y/.", "/a/x/y"}, {"/a", "...", "/a/..."},
	} {
		if got := resolve(tt.cwd, tt.name); got != tt.want {
			t.Errorf("%q in %q is %q, want %q", tt.name, tt.cwd, got, tt.want)
		}
	}
}

// Each dialogue is played in hundreds of cuts, each time with the same files.
func TestDialogues(t *testing.T) {
	for _, file := range []string{"session.txt", "testdata/refusals.txt", "testdata/write.txt",
		"testdata/telnet.txt"} {
		t.Run(file, func(t *testing.T) {
			s := newTestSite(t)
			s.write = file == "testdata/write.txt"
			limits := s.server().Limits
			chattest.Play(t, file, func(c *chat.Channel) chat.Handler {
				if s.write {
					require.NoError(t, os.RemoveAll(filepath.Join(s.root.Name(), "new \"folder\"")))
					s.put(t, "hello.txt", "hello\n")
				}
				c.SetLimits(limits)
				return s.newSession(c)
			})
		})
	}
}

// No command leaves the root, by no path and by no link.
func TestNoPathLeavesTheRoot(t *testing.T) {
	s := newTestSite(t)
	outside := filepath.Join(filepath.Dir(s.root.Name()), "outside")
	require.NoError(t, os.Mkdir(outside, 0o755))
	secret := filepath.Join(outside, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o644))
	link := func(to, name string) {
		t.Helper()
		require.NoError(t, os.Symlink(to, filepath.Join(s.root.Name(), name)))
	}
	link("../outside", "relative")
	link(outside, "absolute")
	link("../outside/secret", "file")
	link("../outside/new", "dangling")
	c := visit(t, s)
	for _, name := range []string{"../outside", "/../outside", "relative", "absolute",
		"sub/../../outside", "sub/../relative"} {
		for _, command := range []string{"RETR $/secret", "STOR $/secret", "APPE $/secret",
			"STOR $/new", "SIZE $/secret", "MDTM $/secret", "MLST $/secret", "DELE $/secret",
			"RNFR $/secret", "MKD $/folder", "CWD $", "LIST $", "NLST $", "MLSD $"} {
			c.say(strings.ReplaceAll(command, "$", name))
			if reply := c.control.take(); !strings.HasPrefix(reply, "550 ") {
				t.Errorf("%s with %q is answered %q", command, name, reply)
			}
		}
		c.ask("RNFR hello.txt", "350 What is the new name?")
		c.say("RNTO " + name + "/stolen")
		require.Regexp(t, "^550 ", c.control.take())
	}
	for _, command := range []string{"RETR file", "STOR file", "APPE file", "STOR dangling",
		"SIZE file"} {
		c.say(command)
		require.Regexp(t, "^550 ", c.control.take(), command)
	}
	d := c.open("EPSV", false)
	c.ask("NLST", "150 The list comes", "226 That was all")
	require.ElementsMatch(t, []string{"hello.txt", "sub"}, strings.Fields(d.take()))
	got, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Len(t, got, 1)
	text, err := os.ReadFile(secret)
	require.NoError(t, err)
	require.Equal(t, "secret", string(text))
}

// A port that the client opens is left out: when a connection to it fails is not a matter of what
// the client has sent, and STAT may come before or behind that.
func FuzzSession(f *testing.F) {
	s := newTestSite(f)
	s.write = false
	chattest.Fuzz(f, func(c *chat.Channel) chat.Handler {
		h := s.newSession(c).(*session)
		h.extendedOnly = true
		return h
	}, "USER a\r\nPASS b\r\nEPSV\r\nLIST\r\nSTAT\r\nPWD\r\nABOR\r\nQUIT\r\n",
		"USER a\r\nPASS b\r\nEPSV\r\nRETR hello.txt\r\nSTAT\r\nPWD\r\n",
		"USER a\r\nPASS b\r\nMLST sub\r\nREST 1\r\nCWD sub\r\nFEAT\r\n", "AUTH TLS\r\nUSER a\r\n")
}
