package chattest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// newExchange answers "listen" with an address, on which it echoes, and sends its name to the
// address behind "dial".
func newExchange(c *chat.Channel) chat.Handler {
	return chat.Lines(func(c *chat.Channel, line []byte) {
		if addr, ok := strings.CutPrefix(string(line), "dial "); ok {
			_, err := chat.Dial(c.Loop(), "tcp", addr, func(d *chat.Channel) chat.Handler {
				d.PushLine("exchange")
				return chat.Lines(func(_ *chat.Channel, line []byte) { c.PushLine("heard", string(line)) })(d)
			})
			if err != nil {
				c.PushLine(err.Error())
			}
			return
		}
		l, err := chat.Listen(c.Loop(), "tcp", "127.0.0.1:0", newEcho)
		if err != nil {
			c.PushLine(err.Error())
			return
		}
		c.PushLine(l.Addr().String())
	})(c)
}

// A second peer dials to the code under test or is dialled by it; a peer that nobody waits for is
// closed.
func TestSecondPeer(t *testing.T) {
	c := chattest.NewConn(t, newExchange)
	c.SendString("listen\n")
	addr := strings.TrimSpace(string(c.Received()))
	p := c.DialTo("tcp", addr)
	p.SendString("echo\r\n")
	if got := string(p.Received()); got != "echo\r\n" || p.Closed() {
		t.Errorf("the second peer received %q, closed %t", got, p.Closed())
	}
	if !c.DialTo("tcp", "127.0.0.1:1").Closed() {
		t.Error("nobody listens, and the peer is open")
	}

	l := c.Listen("tcp", "127.0.0.1:0")
	if l.Accept() != nil {
		t.Error("a peer without a connection")
	}
	c.SendString(fmt.Sprintf("dial %v\n", l.Addr()))
	p = l.Accept()
	p.SendString("news\n")
	if got, heard := string(p.Received()), string(c.Received()); got != "exchange\r\n" ||
		heard != "heard news\r\n" {
		t.Errorf("the peer received %q, the first one %q", got, heard)
	}
	l.Close()
	l.Close()
	if l.Accept() != nil {
		t.Error("a peer of a closed listener")
	}
	for what, f := range map[string]func(*chattest.Conn){
		"DialTo": func(c *chattest.Conn) { c.DialTo("tcp", "nowhere") },
		"Listen": func(c *chattest.Conn) { c.Listen("tcp", "nowhere") },
	} {
		expectFailure(t, what, func(tb testing.TB) { f(chattest.NewConn(tb, newExchange)) },
			"chattest: "+what)
	}
}

// Dialogues have second peers too.
func TestDialogueOfPeers(t *testing.T) {
	const text = `C: listen
S: 127.0.0.1:49152
dial2 127.0.0.1:49152
C2: one
S2: one
listen3 127.0.0.1:7
C: dial 127.0.0.1:7
S3: exchange
C3- ne
C3: ws
S: heard news
C2: two
C2: three
S2: two
S2: three
eof2
close2
C: dial 127.0.0.1:7
reset3
listen3 127.0.0.1:8
C: dial 127.0.0.1:8
S3~ ex.*
stall3
accept3 1
unstall3
fail3
`
	file := filepath.Join(t.TempDir(), "peers.chat")
	play := func(tb testing.TB, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
		chattest.Play(tb, file, newExchange)
	}
	expectSuccess(t, "a dialogue", func(tb testing.TB) { play(tb, text) })
	for what, c := range map[string]struct{ old, new, word string }{
		"an answer":       {"S2: two\n", "S2: no\n", "> S2: two"},
		"a close":         {"close2\n", "", "> close2"},
		"another's":       {"S3: exchange", "S2: exchange", "> S3: exchange"},
		"nobody":          {"dial2", "dial4", ":4: there is no peer 2 yet"},
		"the first peer":  {"dial2", "dial", "the first peer is connected: dial2"},
		"an unknown peer": {"dial2", "dial5", `what is "dial5`},
	} {
		expectFailure(t, what, func(tb testing.TB) {
			play(tb, strings.Replace(text, c.old, c.new, 1))
		}, c.word)
	}
}

// An echo of which the last write fails goes on reading, and knows at its end why.
func TestFailWrites(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	c.Received()
	c.FailWrites()
	c.SendString("one\r\n")
	c.SendString("two\r\n")
	c.CloseWrite()
	if !errors.Is(c.Reason(), syscall.EPIPE) || len(c.Received()) > 0 {
		t.Errorf("the reason is %v", c.Reason())
	}
	if calls := fmt.Sprint(c.Calls()); !strings.Contains(calls, `Collect "two"`) {
		t.Errorf("the calls are %v", calls)
	}
}

// Data that arrives together with a reset is read before it, also by a channel that had paused.
func TestSendThenReset(t *testing.T) {
	c := chattest.NewConn(t, newSession)
	c.Calls()
	c.SendThenReset([]byte("one\r\n"))
	calls := c.Calls()
	if len(calls) < 2 || calls[0] != `Collect "one"` || calls[1] != "Found" ||
		!errors.Is(c.Reason(), syscall.ECONNRESET) {
		t.Errorf("the calls are %q, the reason is %v", calls, c.Reason())
	}
}
