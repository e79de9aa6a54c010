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

// Whatever another client does to a watched key, and whatever happens to it by itself, EXEC runs
// nothing; what is done to other keys, or changes nothing, is no reason.
func TestWatch(t *testing.T) {
	d, clock := newTestDatabase()
	mine, theirs := chattest.NewConn(t, d.newSession), chattest.NewConn(t, d.newSession)
	for _, tt := range []struct {
		command string
		changes bool
	}{
		{"SET a 2", true}, {"DEL a", true}, {"APPEND a x", true}, {"INCR a", true}, {"EXPIRE a 9", true},
		{"FLUSHALL", true}, {"RENAME b a", true}, {"RENAME a b", true},
		{"RENAME b new", true}, {"RENAMENX b new", true}, {"GETEX a EX 9", true},
		{"GETDEL a", true}, {"MSET x 1 a 2", true}, {"SETEX a 9 x", true}, {"INCRBYFLOAT a 1", true},
		{"GET a", false}, {"SET b 2", false}, {"SETNX a 2", false}, {"DEL c", false},
		{"PERSIST a", false},
		{"SET A 1", false}, {"GETEX a", false}, {"RENAMENX b a", false}, {"EXPIRE a 9 XX", false},
	} {
		expect(t, mine, "FLUSHALL\r\nMSET a 1 b 1\r\nWATCH a new\r\n", "+OK\r\n+OK\r\n+OK\r\n")
		theirs.SendString(tt.command + "\r\n")
		want := "*1\r\n$1\r\n1\r\n"
		if tt.changes {
			want = "*-1\r\n"
		}
		expect(t, mine, "MULTI\r\nECHO 1\r\nEXEC\r\n", "+OK\r\n+QUEUED\r\n"+want)
	}
	for _, removed := range []bool{false, true} {
		expect(t, mine, "PSETEX a 5 1\r\nWATCH a\r\n", "+OK\r\n+OK\r\n")
		clock.Time = clock.Add(5 * time.Millisecond)
		if removed {
			d.store.expireSome()
		}
		expect(t, mine, "MULTI\r\nEXEC\r\n", "+OK\r\n*-1\r\n")
	}
	expect(t, mine, "PSETEX a 5 1\r\n", "+OK\r\n")
	clock.Time = clock.Add(5 * time.Millisecond)
	expect(t, mine, "WATCH a\r\n", "+OK\r\n") // it has expired before
	d.store.expireSome()
	expect(t, mine, "MULTI\r\nEXEC\r\n", "+OK\r\n*0\r\n")
}

func newTestDatabase() (*database, *clock) {
	c := &clock{time.Unix(1_000_000, 0)}
	return newDatabase(c.now), c
}

// However a client ends its watches, nothing of them is kept.
func TestWatchesAreForgotten(t *testing.T) {
	for _, end := range []string{"UNWATCH\r\n", "MULTI\r\nEXEC\r\n", "MULTI\r\nDISCARD\r\n",
		"RESET\r\n", "QUIT\r\n", "MULTI\r\nEXEC x\r\n", "MULTI\r\nUNWATCH\r\nEXEC\r\n", "close"} {
		d, _ := newTestDatabase()
		c := chattest.NewConn(t, d.newSession)
		expect(t, c, "WATCH a b a\r\n", "+OK\r\n")
		if end == "close" {
			c.Reset()
		} else {
			c.SendString(end)
		}
		for i := range d.store.shards {
			if n := len(d.store.shards[i].watchers); n > 0 {
				t.Errorf("behind %q %d keys are watched", end, n)
			}
		}
	}
	c := chattest.NewConn(t, newAlone)
	for i := range maxWatched {
		c.SendString(fmt.Sprintf("WATCH %d\r\n", i))
	}
	c.Received()
	expect(t, c, "WATCH x\r\n", "-ERR too many watched keys\r\n")
}

// What waits for EXEC has a bound, also if it is nothing but names.
func TestTransactionIsBounded(t *testing.T) {
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		d := newDatabase(c.Loop().Now)
		d.limits.request = 10_000
		return d.newSession(c)
	})
	expect(t, c, "MULTI\r\n", "+OK\r\n")
	c.SendString(strings.Repeat("PING\r\n", 100))
	require.Contains(t, string(c.Received()), "+QUEUED\r\n-ERR the transaction is too large\r\n")
	expect(t, c, "EXEC\r\n", "-EXECABORT Transaction discarded because of previous errors.\r\n")
	expect(t, c, "MULTI\r\nPING\r\nEXEC\r\n", "+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n")
}

// Each subscriber gets messages in its version of the protocol, also one that changes it.
func TestVersionsOfMessages(t *testing.T) {
	d, _ := newTestDatabase()
	old, now, publisher := chattest.NewConn(t, d.newSession), chattest.NewConn(t, d.newSession),
		chattest.NewConn(t, d.newSession)
	now.SendString("HELLO 3\r\n")
	now.Received()
	subscribe := "SUBSCRIBE a\r\nPSUBSCRIBE a*\r\n"
	const subscribed = "%[1]s3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" +
		"%[1]s3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:2\r\n"
	expect(t, old, subscribe, fmt.Sprintf(subscribed, "*"))
	expect(t, now, subscribe, fmt.Sprintf(subscribed, ">"))
	const messages = "%[1]s3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n" +
		"%[1]s4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$1\r\nx\r\n"
	for i, kind := range []string{">", "*", ">"} {
		expect(t, publisher, "PUBLISH a x\r\nPUBSUB NUMSUB a\r\n", ":4\r\n*2\r\n$1\r\na\r\n:2\r\n")
		for c, kind := range map[*chattest.Conn]string{old: "*", now: kind} {
			c.Do(func() {}) // its loop comes to what was posted
			if got, want := string(c.Received()), fmt.Sprintf(messages, kind); got != want {
				t.Errorf("received %q, want %q", got, want)
			}
		}
		if now.SendString("HELLO 2\r\n"); i == 1 { // only EXEC can do the reverse
			now.SendString("RESET\r\nMULTI\r\n" + subscribe + "HELLO 3\r\nEXEC\r\n")
		}
		now.Received()
	}
}

// E19: the name of a channel has a bound, or a pattern would be tried on a mebibyte with the hub
// locked.
func TestLongChannelNames(t *testing.T) {
	c := chattest.NewConn(t, newAlone)
	fits, long := strings.Repeat("x", maxTopic), strings.Repeat("x", 1<<20)
	expect(t, c, "PUBLISH "+fits+" y\r\n", ":0\r\n")
	for _, command := range []string{"*3\r\n$7\r\nPUBLISH", "*3\r\n$9\r\nSUBSCRIBE"} {
		c.SendString(command + "\r\n" + strings.Repeat(fmt.Sprintf("$%d\r\n%s\r\n", len(long), long), 2))
		for _, line := range strings.Split(strings.TrimSpace(string(c.Received())), "\r\n") {
			require.Equal(t, "-ERR channel name is too long", line)
		}
	}
}

// FuzzFloat: INCRBYFLOAT never panics, whatever the number.
func FuzzFloat(f *testing.F) {
	for _, s := range []string{"1.5", "-0", "1e4932", "0x1p-3", "inf", "1e-16445", "0x",
		"1e999999999999"} {
		f.Add(s, "1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		d, _ := newTestDatabase()
		d.store.set([]byte("f"), []byte(a))
		s := &session{db: d}
		s.begin()
		s.incrbyfloat([][]byte{nil, []byte("f"), []byte(b)})
		if len(s.out) == 0 || len(s.out) > 2*floatText {
			t.Errorf("%q and %q: %q", a, b, s.out)
		}
	})
}
