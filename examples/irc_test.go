//go:build linux

package examples

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A chatter is a real client that is in #go.
type chatter interface {
	types(line string) // in #go, or a command of the client
	sees() string      // all that it has shown so far
}

// expects waits until the client shows the text.
func expects(t *testing.T, who string, c chatter, text string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("%s sees:\n%s", who, c.sees())
		}
	}()
	until(t, fmt.Sprintf("%s to see %q", who, text), func() bool {
		return strings.Contains(c.sees(), text)
	})
}

// ii is a client that is a folder: what is written to the pipes there is said, what is heard is in
// the files there.
type ii struct {
	*testing.T
	dir   string
	pipes map[string]*os.File // they stay open, or what is written behind another end could be lost
	ended chan error
}

func startII(t *testing.T, s *server, nick string) *ii {
	t.Helper()
	need(t, "ii")
	host, port, _ := net.SplitHostPort(s.addr)
	dir := t.TempDir()
	cmd := command(t, nil, lookUp(t, "ii"), "-s", host, "-p", port, "-n", nick, "-i", dir)
	require.NoError(t, cmd.Start())
	c := &ii{t, filepath.Join(dir, host), map[string]*os.File{}, make(chan error, 1)}
	go func() { c.ended <- cmd.Wait() }()
	c.to("", "/j #go")
	return c
}

// to writes to a pipe, of the server if the room is empty.
func (c *ii) to(room, line string) {
	c.Helper()
	if c.pipes[room] == nil {
		name := filepath.Join(c.dir, room, "in")
		until(c.T, name, func() bool {
			_, err := os.Stat(name)
			return err == nil
		})
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		require.NoError(c, err)
		c.Cleanup(func() { f.Close() })
		c.pipes[room] = f
	}
	fmt.Fprintln(c.pipes[room], line)
}

func (c *ii) types(line string) { c.to("#go", line) }

func (c *ii) sees() string {
	files, _ := filepath.Glob(filepath.Join(c.dir, "*", "out"))
	var all strings.Builder
	for _, name := range append(files, filepath.Join(c.dir, "out")) {
		text, _ := os.ReadFile(name)
		all.Write(text)
	}
	return all.String()
}

// sic is a client between standard input and output.
type sic struct {
	printed
	in    io.Writer
	ended chan error
}

func startSic(t *testing.T, s *server, nick string) *sic {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.addr)
	in, out, err := os.Pipe()
	require.NoError(t, err)
	c := &sic{in: out, ended: make(chan error, 1)}
	cmd := command(t, in, lookUp(t, "sic"), "-h", host, "-p", port, "-n", nick)
	cmd.Stdout, cmd.Stderr = c, c
	require.NoError(t, cmd.Start())
	in.Close()
	t.Cleanup(func() { out.Close() })
	go func() { c.ended <- cmd.Wait() }()
	c.types(":j #go")
	return c
}

func (c *sic) types(line string) { fmt.Fprintln(c.in, line) }

func (c *sic) sees() string { return c.String() }

// irssi is a client in a terminal, which is one of tmux.
type irssi struct {
	*testing.T
	tmux []string
}

func startIrssi(t *testing.T, s *server, nick string) *irssi {
	t.Helper()
	need(t, "irssi")
	need(t, "tmux")
	host, port, _ := net.SplitHostPort(s.addr)
	dir, err := os.MkdirTemp("", "irssi") // short enough for a socket
	require.NoError(t, err)
	// By itself it sends no more than a command in two seconds, and asks whether what comes so quickly
	// was pasted.
	config := `settings = { "irc/core" = { cmds_max_at_once = "100"; cmd_queue_speed = "10msec"; }; ` +
		`"fe-text" = { paste_verify_line_count = "0"; }; };`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600))
	c := &irssi{t, []string{"-S", filepath.Join(dir, "tmux"), "-f", os.DevNull}}
	t.Cleanup(func() {
		exec.Command("tmux", append(c.tmux, "kill-server")...).Run()
		os.RemoveAll(dir)
	})
	c.do("new-session", "-d", "-x", "120", "-y", "60", "irssi", "--home="+dir, "-c", host,
		"-p", port, "-n", nick)
	expects(t, nick, c, "Be kind.")
	c.types("/join #go")
	return c
}

func (c *irssi) do(args ...string) string {
	out, err := exec.Command("tmux", append(c.tmux, args...)...).CombinedOutput()
	if err != nil {
		c.Errorf("tmux %s: %v\n%s", args, err, out)
	}
	return string(out)
}

func (c *irssi) types(line string) {
	c.do("send-keys", "-l", line)
	c.do("send-keys", "Enter")
}

func (c *irssi) sees() string { return c.do("capture-pane", "-p", "-S", "-") }

// Two clients that are not of one kind meet, talk, and part.
func TestIrcOfSmallClients(t *testing.T) {
	t.Parallel()
	need(t, "ii")
	need(t, "sic")
	s := start(t, "irc", "-loops", "2")
	ada := startII(t, s, "ada")
	expects(t, "ada", ada, "ada(~")
	ada.types("/t Engines")
	bob := startSic(t, s, "bob")
	expects(t, "bob", bob, "Engines")
	expects(t, "bob", bob, "@ada bob")
	ada.types("is anybody there?")
	expects(t, "bob", bob, "<ada> is anybody there?")
	bob.types("I am")
	expects(t, "ada", ada, "<bob> I am")
	bob.types(":m ada a note")
	expects(t, "ada", ada, "<bob> a note")
	// sic sees a line too late that comes together with another: so one at a time.
	for _, step := range [][2]string{{":WHO #go", "End of WHO"}, {":LIST", "(bob #go 2): Engines"},
		{":WHOIS ada", "End of WHOIS"}, {":MODE #go", "(bob #go +nt)"},
		{":NICK Bob[]", "NICK (): Bob[]"}} {
		bob.types(step[0])
		expects(t, "bob", bob, step[1])
	}
	bob.types(":l #go")
	expects(t, "ada", ada, "Bob[](~") // has left
	bob.types(":QUIT :bye")
	ada.to("", "/q")
	if err := <-ada.ended; err != nil {
		t.Errorf("ii: %v", err)
	}
	<-bob.ended // it has status 1 whenever a server closes
	expects(t, "bob", bob, "Closing link: 127.0.0.1 (Quit: bye)")
}

// The client that people use, in a terminal.
func TestIrcOfIrssi(t *testing.T) {
	t.Parallel()
	need(t, "ii")
	need(t, "irssi")
	s := start(t, "irc", "-loops", "2")
	ada := startII(t, s, "ada")
	expects(t, "ada", ada, "ada(~")
	eve := startIrssi(t, s, "eve")
	expects(t, "ada", ada, "eve(~")
	ada.types("who is there?")
	expects(t, "eve", eve, "who is there?")
	eve.types("it is me")
	expects(t, "ada", ada, "<eve> it is me")
	eve.types("/me waves")
	expects(t, "ada", ada, "ACTION waves")
	eve.types("/topic #go Engines")
	expects(t, "eve", eve, "not a channel operator")
	ada.types("/t Engines")
	expects(t, "eve", eve, "ada changed the topic of #go to: Engines")
	eve.types("/window goto 1")
	for _, step := range [][2]string{{"/who #go", "End of /WHO list"}, {"/list -yes", "#go 2 Engines"},
		{"/whois ada", "channels : @#go"}, {"/nick eve{", "[eve{]"}} {
		eve.types(step[0])
		expects(t, "eve", eve, step[1])
	}
	if got := eve.sees(); !strings.Contains(got, "~ada@127.0.0.1 [ada]") {
		t.Errorf("WHO shows\n%s", got)
	}
	eve.types("/part #go")
	expects(t, "ada", ada, "eve{(~") // has left
	eve.types("/quit")
	until(t, "irssi to end", func() bool {
		return exec.Command("tmux", append(eve.tmux, "has-session")...).Run() != nil
	})
}
