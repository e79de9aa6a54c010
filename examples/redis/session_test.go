package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// newAlone makes a session with a database of its own, whose clock is the connection's.
func newAlone(c *chat.Channel) chat.Handler { return newDatabase(c.Loop().Now).newSession(c) }

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", newAlone) }

func FuzzSession(f *testing.F) {
	chattest.Fuzz(f, newAlone,
		"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4\r\n1\r\n2\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
		"set a 'b c' px 10\r\nget a\nmget a b\r\nappend a \"\\x00\\n\"\r\nincr a\r\nkeys *\r\n"+
			"scan 0 match [^a-c]*\r\n",
		"subscribe a b\r\nping\r\nunsubscribe\r\npsubscribe *\r\nget a\r\nquit\r\n",
		"hello 3\r\nsubscribe a\r\npublish a b\r\nhello 2\r\nreset\r\nget a\r\nconfig get *\r\n",
		"watch a b\r\nmulti\r\nset a 1\r\nscan 0\r\nsubscribe c\r\nunwatch\r\nhello 3\r\n"+
			"get b\r\nexec\r\nmulti\r\nfoo\r\nexec\r\nexec\r\nsetex a 1 2\r\ngetex a px 7\r\n"+
			"rename a b\r\nincrbyfloat b 1e17\r\n",
		"*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n", "*-1\r\n*0\r\n\r\n*x\r\n",
		"hello 2 setname x\r\nclient list\r\ninfo\r\nconfig get *\r\ncommand count\r\npublish a b\r\n",
		"mset a 1 b 2 c 3 d 4 e 5 f 6 g 7 h 8 i 9 j 10 k 11 l 12 m 13 n 14 o 15\r\nkeys *\r\nscan 0\r\n"+
			"scan 20 count 3\r\ncommand\r\n")
}

// expect sends a request, and compares the answer.
func expect(t *testing.T, c *chattest.Conn, request, want string) {
	t.Helper()
	c.SendString(request)
	if got := string(c.Received()); got != want {
		t.Errorf("%.80q is answered %.200q, want %.200q", request, got, want)
	}
}

// Neither a get nor a set of what is there costs an allocation.
func TestNoAllocations(t *testing.T) {
	for _, command := range []string{
		"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n",
		"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n", "*1\r\n$4\r\nPING\r\n",
	} {
		d := newDatabase(time.Now)
		for _, key := range []string{"key", "n"} {
			d.store.set([]byte(key), []byte("1"))
		}
		if n := chattest.AllocsPerElement(t, d.newSession, strings.Repeat(command, 100)); n > 0.01 {
			t.Errorf("%q: %v allocations an element", command, n)
		}
	}
}

// Between commands a session has no buffer, however large they were.
func TestIdleSessionHasNoRequest(t *testing.T) {
	var s *session
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		s = newAlone(c).(*session)
		return s
	})
	for _, command := range []string{"*2\r\n$4\r\nECHO\r\n$100000\r\n" + strings.Repeat("x", 100_000) +
		"\r\n", "PING\r\n", "\r\n", "*0\r\n", "*-1\r\n"} {
		c.SendString(command)
		c.Received()
		if s.request != nil {
			t.Errorf("behind %.20q there is a request", command)
		}
	}
	c.SendString("*2\r\n$4\r\nECHO\r\n$5\r\nab")
	if s.request == nil {
		t.Error("amid a command there is no request")
	}
	c.Reset()
	if s.request != nil {
		t.Error("the closed session has a request")
	}
}

// What is sent has its limits, and so has what is kept for who does not read.
func TestLimits(t *testing.T) {
	const maxBulk, maxArgs, times = 10_000, 100, 4
	small := func(c *chat.Channel) chat.Handler {
		d := newDatabase(c.Loop().Now)
		d.limits = limits{bulk: maxBulk, args: maxArgs, request: times * maxBulk, reply: times * maxBulk}
		return d.newSession(c)
	}
	invalid := "-ERR Protocol error: invalid bulk length\r\n"
	protocolError := "-ERR Protocol error: "
	large := fmt.Sprintf("$%d\r\n%s\r\n", maxBulk, strings.Repeat("x", maxBulk))
	for request, want := range map[string]string{
		fmt.Sprintf("*%d\r\n", maxArgs+1):           protocolError + "invalid multibulk length\r\n",
		fmt.Sprintf("*2\r\n$%d\r\n", maxBulk+1):     invalid,
		"*2\r\n$1\r\na\r\n$9223372036854775807\r\n": invalid,
		strings.Repeat("x", maxLine+1):              protocolError + "too big inline request\r\n",
		"*" + strings.Repeat("1", maxLine):          protocolError + "too big mbulk count string\r\n",
		"*1\r\n$" + strings.Repeat("1", maxLine):    protocolError + "too big bulk count string\r\n",
		"*1\n":                                      protocolError + "invalid multibulk length\r\n",
		// All together.
		"*9\r\n$4\r\nMGET\r\n" + strings.Repeat(large, times-1) +
			fmt.Sprintf("$%d\r\n", maxBulk): invalid,
	} {
		c := chattest.NewConn(t, small)
		expect(t, c, request, want)
		if !c.Closed() {
			t.Errorf("%.20q does not end the session", request)
		}
	}
	c := chattest.NewConn(t, small)
	expect(t, c, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n"+large, "+OK\r\n")
	expect(t, c, "APPEND a x\r\n", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n")
	expect(t, c, "MGET"+strings.Repeat(" a", times)+"\r\n", "-ERR the answer is too large\r\n")
	expect(t, c, "PING\r\n", "+PONG\r\n")
	long := strings.Repeat("?", maxPattern+1)
	expect(t, c, "KEYS "+long+"\r\nSCAN 0 MATCH "+long+"\r\nPSUBSCRIBE "+long+"\r\n",
		strings.Repeat("-ERR pattern is too long\r\n", 3))
}

// A pattern that could take minutes on a long key is given up, and a usual one on many keys is not.
func TestPatternsAreBounded(t *testing.T) {
	c := chattest.NewConn(t, newAlone)
	key := strings.Repeat("a", 1<<20)
	expect(t, c, fmt.Sprintf("*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$1\r\n1\r\n", len(key), key), "+OK\r\n")
	hostile := strings.Repeat("a", 500) + "b"
	expect(t, c, "KEYS *"+hostile+"\r\nSCAN 0 COUNT 1000 MATCH *"+hostile+"\r\n",
		strings.Repeat("-ERR pattern takes too long\r\n", 2))
	expect(t, c, "KEYS *b\r\nKEYS b*\r\n", "*0\r\n*0\r\n")
	for _, pattern := range []string{"*" + hostile, "*[" + hostile + "]c"} {
		steps := 10_000
		if matchWithin([]byte(pattern), key, &steps) || steps >= 0 || steps < -maxPattern {
			t.Errorf("%.10q was given up %d steps behind 10,000", pattern, -steps)
		}
	}
}

// A command that is begun has to come to an end: who sends an argument now and then does not keep
// memory for ever.
func TestSlowCommand(t *testing.T) {
	c := chattest.NewConn(t, newAlone)
	c.SendString("*100\r\n")
	for i := range 20 {
		c.SendString("$1\r\nx\r\n")
		c.Advance(5 * time.Second)
		if c.Closed() {
			require.Positive(t, i)
			return
		}
	}
	t.Error("after a hundred seconds it is still waited for")
}

// A subscriber that does not read is closed, and no other one gets less.
func TestSlowSubscriber(t *testing.T) {
	d := newDatabase(time.Now)
	slow, good, publisher := chattest.NewConn(t, d.newSession), chattest.NewConn(t, d.newSession),
		chattest.NewConn(t, d.newSession)
	for _, c := range []*chattest.Conn{slow, good} {
		expect(t, c, "SUBSCRIBE a\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
	}
	slow.Stall()
	message := strings.Repeat("x", 64<<10)
	publish := fmt.Sprintf("*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$%d\r\n%s\r\n", len(message), message)
	receivers := 2
	for range 100 {
		publisher.SendString(publish)
		slow.Do(func() {}) // its loop comes to what was posted
		good.Do(func() {})
		if !strings.HasSuffix(string(good.Received()), message+"\r\n") {
			t.Fatal("the good subscriber got no message")
		}
		fmt.Sscanf(string(publisher.Received()), ":%d", &receivers)
	}
	if receivers != 1 {
		t.Errorf("%d subscribers at the end, want 1", receivers)
	}
}
