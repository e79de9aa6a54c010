//go:build unix

package examples

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startOther starts a program that does not say where it listens, and waits until it can be
// reached.
func startOther(t *testing.T, name string, args func(port string) []string) (addr string) {
	t.Helper()
	need(t, name)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr = l.Addr().String()
	l.Close()
	cmd := exec.Command(name, args(portOf(addr))...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); ; <-tick.C {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return addr
		}
		require.Less(t, time.Since(begin), patience, "%s: %v", name, err)
	}
}

func TestRedisCLI(t *testing.T) {
	need(t, "redis-cli")
	s := start(t, "redis", "-loops", "2")
	cli := func(args ...string) string {
		return client(t, "redis-cli", append([]string{"-p", portOf(s.addr)}, args...)...)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"set", "a b", "c\r\nd"}, "OK\n"},
		{[]string{"get", "a b"}, "c\r\nd\n"},
		{[]string{"mset", "k1", "v1", "k2", "v2"}, "OK\n"},
		{[]string{"--scan", "--pattern", "k[12]"}, ""},
		{[]string{"dbsize"}, "3\n"},
		{[]string{"-3", "get", "nothing"}, "\n"},
		{[]string{"-3", "config", "get", "save"}, "save \n"},
		{[]string{"config", "get", "save"}, "save\n\n"},
	} {
		got := cli(tt.args...)
		if tt.args[0] == "--scan" {
			got = strings.ReplaceAll(strings.ReplaceAll(got, "k1\n", ""), "k2\n", "")
		}
		if got != tt.want {
			t.Errorf("redis-cli %q printed %q, want %q", tt.args, got, tt.want)
		}
	}
	cmd := exec.Command("redis-cli", "-p", portOf(s.addr)) // many at once, as somebody has typed them
	cmd.Stdin = strings.NewReader(strings.Repeat("incr n\n", 100))
	out, err := cmd.Output()
	if err != nil || !strings.HasSuffix(string(out), "99\n100\n") {
		t.Errorf("redis-cli printed %q, %v", out, err)
	}
	// Otherwise redis-cli would wait for a server that does not end.
	timer := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer timer.Stop()
	if got := cli("shutdown", "nosave"); got != "" {
		t.Errorf("SHUTDOWN printed %q", got)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// What one loop's client publishes, those of all loops get, in order.
func TestRedisPublish(t *testing.T) {
	s := start(t, "redis", "-loops", "2")
	const clients, messages = 20, 200
	var subscribers []*net.TCPConn
	for range clients {
		c := s.dial(t)
		fmt.Fprint(c, "SUBSCRIBE news\r\n")
		expect(t, c, "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n")
		fmt.Fprint(c, "PSUBSCRIBE n?ws\r\n")
		expect(t, c, "*3\r\n$10\r\npsubscribe\r\n$4\r\nn?ws\r\n:2\r\n")
		subscribers = append(subscribers, c)
	}
	p := s.dial(t)
	var sent, replies, want strings.Builder
	for i := range messages {
		n := strconv.Itoa(1000 + i)
		fmt.Fprintf(&sent, "PUBLISH news %s\r\n", n)
		fmt.Fprintf(&replies, ":%d\r\n", 2*clients)
		fmt.Fprintf(&want, "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$4\r\n%s\r\n*4\r\n$8\r\npmessage\r\n"+
			"$4\r\nn?ws\r\n$4\r\nnews\r\n$4\r\n%s\r\n", n, n)
	}
	fmt.Fprint(p, sent.String())
	expect(t, p, replies.String())
	for _, c := range subscribers {
		expect(t, c, want.String())
	}
}

// Loops share the store, and a command is atomic on all its keys: every increment counts, and no
// MGET sees half of an MSET.
func TestRedisLoopsShareTheStore(t *testing.T) {
	s := start(t, "redis", "-loops", "2")
	const clients, rounds = 8, 500
	done := make(chan string, clients)
	for i := range clients {
		c := s.dial(t)
		go func() {
			var sent strings.Builder
			for n := range rounds {
				fmt.Fprintf(&sent, "INCR n\r\nMSET a %d-%d b %d-%d\r\nMGET a b\r\n", i, n, i, n)
			}
			go fmt.Fprint(c, sent.String())
			done <- checkPairs(c, rounds)
		}()
	}
	for range clients {
		if fault := <-done; fault != "" {
			t.Error(fault)
		}
	}
	c := s.dial(t)
	fmt.Fprint(c, "INCR n\r\n")
	expect(t, c, fmt.Sprintf(":%d\r\n", clients*rounds+1))
}

// checkPairs reads the answers to INCR, MSET of a and b, MGET of a and b.
func checkPairs(c net.Conn, rounds int) (fault string) {
	r := newReplies(c)
	for range rounds {
		for _, want := range []string{":", "+OK"} {
			if got, err := r.next(); err != nil || !strings.HasPrefix(got, want) {
				return fmt.Sprintf("answered %q, %v, want %s", got, err, want)
			}
		}
		got, err := r.next()
		lines := strings.Split(got, "\r\n")
		if err != nil || len(lines) < 5 || lines[2] != lines[4] {
			return fmt.Sprintf("MGET answered %q, %v, want the same twice", got, err)
		}
	}
	return ""
}

// The benchmark of Redis, without an error.
func TestRedisBenchmark(t *testing.T) {
	need(t, "redis-benchmark")
	requests := "20000"
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		requests = "200000"
	}
	s := start(t, "redis", "-loops", "2")
	for _, pipeline := range []string{"1", "16"} {
		out := client(t, "redis-benchmark", "-p", portOf(s.addr), "-t", "ping,set,get,incr,mset",
			"-P", pipeline, "-c", "50", "-n", requests, "--csv")
		for _, name := range []string{"PING_INLINE", "PING_MBULK", "SET", "GET", "INCR",
			"MSET (10 keys)"} {
			if !strings.Contains(out, "\n\""+name+"\",") {
				t.Errorf("-P %s: nothing about %s in %q", pipeline, name, out)
			}
		}
		if strings.Contains(out, "rror") {
			t.Errorf("-P %s: %s", pipeline, out)
		}
	}
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("the server ended with %v and printed %q", err, rest)
	}
}

func expect(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	for n := 0; n < len(got); {
		m, err := c.Read(got[n:])
		n += m
		if err != nil || !bytes.Equal(got[:n], []byte(want[:n])) {
			t.Fatalf("received %q, %v; want %q", got[:n], err, want)
		}
	}
}
