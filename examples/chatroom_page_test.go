//go:build unix

package examples

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// startPage starts a chatroom with a page, and returns its address too.
func startPage(t *testing.T, args ...string) (s *server, page string) {
	t.Helper()
	args = append([]string{"-addr", "127.0.0.1:0", "-web", "127.0.0.1:0"}, args...)
	s = startCommand(t, exec.Command(filepath.Join(binaries, "chatroom"), args...))
	s.addr, page, _ = strings.Cut(s.addr, ", ")
	return s, "http://" + page + "/"
}

// A terminal is somebody in the rooms who has no browser.
type terminal struct {
	t *testing.T
	net.Conn
	lines *bufio.Reader
}

func (s *server) terminal(t *testing.T, says string) *terminal {
	t.Helper()
	c := s.dial(t)
	c.Write([]byte(says))
	return &terminal{t, c, bufio.NewReader(c)}
}

// hear reads up to a line.
func (c *terminal) hear(want string) {
	c.t.Helper()
	for {
		line, err := c.lines.ReadString('\n')
		require.NoError(c.t, err, "before %q", want)
		if strings.TrimSpace(line) == want {
			return
		}
	}
}

// A browser joins the rooms of the terminals, talks, and sees what others say.
func TestChatroomPage(t *testing.T) {
	b := startBrowser(t)
	s, page := startPage(t)
	kong := s.terminal(t, "kong\nis anybody there?\n")
	kong.hear("[lobby] kong: is anybody there?")
	ann := b.open(page, 1280, 800)
	talkInLobby(ann, kong)
	bob := b.open(page+"?nick=bob&room=den", 400, 700) // in by the address
	talkInRooms(ann, bob, kong)
	ann.until("stream instanceof WebSocket && stream.readyState === 1")
	look(t, ann, "wide", 1280, 800)
	look(t, bob, "narrow", 400, 700)

	// The end of a page is the end of a visit, and a page is told of that of the server.
	bob.call(bob.session, "Page.navigate", map[string]any{"url": "about:blank"}, nil)
	kong.hear("[lobby] -- bob has gone")
	ann.enter("/quit it is late")
	kong.hear("[lobby] -- ann has gone (it is late)")
	ann.says("goodbye")
	ann.shoot("chatroom-door")
	ann.until("document.activeElement.id === 'nick'")
}

// talkInLobby has ann come in by the form, as people do, and talk.
func talkInLobby(ann *tab, kong *terminal) {
	ann.until("document.activeElement.id === 'nick'")
	ann.enter("kong") // who is there already
	ann.says("kong is taken")
	ann.until("document.activeElement.id === 'nick'")
	ann.eval("document.activeElement.select()")
	ann.enter("ann")
	kong.hear("[lobby] -- ann has joined")
	ann.says("kong: is anybody there?") // from the history
	ann.enter("yes, <b>I</b> am & will be")
	kong.hear("[lobby] ann: yes, <b>I</b> am & will be")
	ann.says("ann: yes, <b>I</b> am & will be")
	kong.Write([]byte("/me waves\n/msg ann psst\n"))
	ann.says("kong waves")
	ann.says("kong to you: psst")
	ann.enter("/msg kong what?")
	kong.hear("[ann -> you] what?")
	ann.says("kong hears from you: what?")
}

// talkInRooms has ann follow bob into another room, and say something in the one that is shown.
func talkInRooms(ann, bob *tab, kong *terminal) {
	bob.says("bob has joined")
	bob.enter("nobody here")
	ann.enter("/join den")
	kong.hear("[lobby] -- bob has joined")
	ann.says("bob: nobody here")
	bob.says("ann has joined")
	kong.Write([]byte("hello, ann\n"))
	ann.until("document.querySelector('#rooms .unread')?.textContent === '1'")
	ann.eval("document.querySelector('#rooms button').click()")
	ann.says("hello, ann")
	ann.until("document.querySelector('#names').innerText === 'ann (you)\\nbob\\nkong'")
	ann.eval("document.querySelector('#text').focus()")
	ann.enter("hello, kong")
	kong.hear("[lobby] ann: hello, kong")
	kong.Write([]byte(strings.Repeat("w", 300) + "\n"))
	bob.eval("document.querySelector('#rooms button').click()")
	bob.says("wwwww")
	bob.until("!document.querySelector('#people').open") // there is little room
	bob.eval("document.querySelector('#text').focus()")
	bob.enter("/who")
	bob.until("document.querySelector('#people').open")
	ann.until("/\\d\\d:\\d\\d/.test(document.querySelector('.log time').textContent)")
}

// look checks that a page fits its window, and takes pictures of it.
func look(t *testing.T, p *tab, name string, width, height int) {
	t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		p.resize(width, height, scheme)
		if wide := p.eval("document.documentElement.scrollWidth"); wide.(float64) > float64(width) {
			t.Errorf("at %d pixels the page is %v wide", width, wide)
		}
		log := p.eval("document.querySelector('.log:not([hidden])').clientWidth")
		if log.(float64) < 0.6*float64(width) {
			t.Errorf("at %d pixels the log is %v wide", width, log)
		}
		p.shoot("chatroom-" + name + "-" + scheme)
	}
}

// Where a WebSocket does not open, as behind some proxies, the page hears by events, and posts.
func TestChatroomPageWithoutWebSocket(t *testing.T) {
	b := startBrowser(t)
	s, page := startPage(t)
	ann := b.open(page, 1280, 800)
	ann.eval("{ WebSocket = class { constructor() { setTimeout(() => this.onclose()) } close() {} } }")
	talkInLobby(ann, s.terminal(t, "kong\nis anybody there?\n"))
	ann.until("stream instanceof EventSource")
}

// When the server is there again, so is the page, in the rooms in which it was.
func TestChatroomPageComesBack(t *testing.T) {
	if os.Getenv("ASYNCHAT_FULL") != "1" {
		t.Skip("a browser takes its time before it tries again")
	}
	b := startBrowser(t)
	s, page := startPage(t)
	ann := b.open(page+"?nick=ann&room=den", 1280, 800)
	ann.says("ann has joined")
	ann.enter("/join attic")
	ann.says("attic")
	if _, err := s.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	ann.says("The connection is lost; it is tried again.")
	s, _ = startPage(t, "-web", strings.Trim(strings.TrimPrefix(page, "http:"), "/"))
	ann.until("document.querySelectorAll('#rooms button').length === 3 && " +
		"!document.body.innerText.includes('is lost')")
	s.terminal(t, "kong\n/join attic\nhere you are\n")
	ann.says("here you are")
	ann.enter("yes")
	ann.says("ann: yes")
}
