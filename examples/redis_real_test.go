//go:build unix

package examples

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// replies reads what a Redis answers.
type replies struct{ *bufio.Reader }

func newReplies(r io.Reader) replies { return replies{bufio.NewReader(r)} }

// next returns a reply, byte for byte.
func (r replies) next() (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return line, err
	}
	n, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
	switch {
	case line[0] == '$' && n >= 0:
		data := make([]byte, n+2)
		_, err = io.ReadFull(r, data)
		line += string(data)
	case line[0] == '*':
		for ; n > 0 && err == nil; n-- {
			var part string
			part, err = r.next()
			line += part
		}
	}
	return line, err
}

// ours and theirs are asked the same.
type redisPair struct {
	t     *testing.T
	addrs [2]string
	conns [2]net.Conn
	r     [2]replies
}

func (p *redisPair) dial() {
	for i, addr := range p.addrs {
		c, err := net.Dial("tcp", addr)
		require.NoError(p.t, err)
		c.SetDeadline(time.Now().Add(patience))
		p.t.Cleanup(func() { c.Close() })
		p.conns[i], p.r[i] = c, newReplies(c)
	}
}

// ask sends a request, and compares the answers, and with them whether the connection is closed.
func (p *redisPair) ask(request string, sort bool) (reply string) {
	p.t.Helper()
	var got [2]string
	var errs [2]error
	for i := range p.conns {
		io.WriteString(p.conns[i], request)
	}
	for i := range p.conns {
		got[i], errs[i] = p.r[i].next()
		switch verb, _, _ := strings.Cut(strings.TrimSpace(request), " "); {
		case strings.EqualFold(verb, "ttl") || strings.Contains(request, "$3\r\nttl\r\n"):
			if n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(got[i], ":"))); err == nil &&
				n > 0 {
				got[i] = fmt.Sprintf("about %d", (n+25)/50*50) // a second may have passed for one of them
			}
		case sort:
			lines := strings.Split(got[i], "\r\n")
			slices.Sort(lines)
			got[i] = strings.Join(lines, "\r\n")
		}
	}
	if got[0] != got[1] || (errs[0] == nil) != (errs[1] == nil) {
		p.t.Errorf("%.300q is answered\n%.300q, %v; by Redis\n%.300q, %v", request, got[0],
			errs[0], got[1], errs[1])
	}
	return got[1]
}

// fault is ask for what ends a session.
func (p *redisPair) fault(request string) {
	p.t.Helper()
	p.dial()
	if p.ask(request, false) != "" {
		for i := range p.conns {
			if rest, err := io.ReadAll(p.r[i]); err != nil || len(rest) > 0 {
				p.t.Errorf("%.100q: behind the answer of %d comes %q, %v", request, i, rest, err)
			}
		}
	}
}

func newRedisPair(t *testing.T) *redisPair {
	theirs := startOther(t, "redis-server", func(port string) []string {
		return []string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--databases", "1",
			"--proto-max-bulk-len", "16777216"}
	})
	p := &redisPair{t: t, addrs: [2]string{start(t, "redis").addr, theirs}}
	p.dial()
	return p
}

// Every line here, and two thousand that are made of words of them, gets the same answer as from
// Redis 7, byte for byte.
func TestRedisAnswersAsRedis(t *testing.T) {
	p := newRedisPair(t)
	for _, line := range redisLines {
		p.ask(line+"\r\n", false)
		if strings.HasSuffix(line, " GT") {
			continue // once more, it depends on whether a millisecond has passed
		}
		if words := strings.Fields(line); !strings.ContainsAny(line, `"'\`) && len(words) > 0 {
			p.ask(bulks(words), false)
		}
	}
	const seed = 1
	t.Log("seed", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	pick := func(words []string) string { return words[rnd.IntN(len(words))] }
	for range 2000 {
		words := []string{pick(redisNames)}
		for range rnd.IntN(5) {
			words = append(words, pick(redisWords))
		}
		if rnd.IntN(2) == 0 && words[0] != "set" { // mostly it has its key first
			words = append([]string{words[0], pick(redisWords[:4])}, words[1:]...)
		}
		p.ask(bulks(words), words[0] == "keys")
	}
	for _, request := range redisFaults {
		p.fault(request)
	}
}

func bulks(words []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(word), word)
	}
	return b.String()
}

var (
	redisNames = []string{"get", "SET", "set", "getdel", "mget", "mset", "del", "exists", "incr",
		"decr", "incrby", "decrby", "append", "strlen", "expire", "ttl", "persist", "type", "keys",
		"dbsize", "echo", "ping", "flushall", "Nonsense", "select", "publish", "unsubscribe", "pexpire"}
	// No time that could pass while the test runs, or be a millisecond later for one of the two.
	redisWords = []string{"a", "b", "c", "n", "500000", "-1", "0", "007", "9223372036854775807",
		"-9223372036854775808", "9223372036854775808", "", "1.5", "ex", "PX", "nx",
		"xx", "get", "keepttl", "exat", "100000000", "*", "[a-c]", "async", "sync", "\xff\x00", "a b",
		"x\r\ny", "+1", "-0", "-"}

	redisLines = strings.Split(strings.TrimSpace(`
PING
ping hello
PING a b
ECHO x
ECHO
FOO
foo a "b\r\nc" d
foo 'a\'b' "\x41\x4z\q\n\t\"" x"y z"
nonsense `+strings.Repeat("abcdefghij ", 30)+`
`+strings.Repeat("x", 200)+` a
SET a 1
GET a
SET a 2 NX
SET a 2 XX
SET z 2 XX
SET a 3 GET
SET a 4 NX GET
SET y 4 NX GET
SET y 4 XX GET
SET a 5 EX 100
TTL a
SET a 6 KEEPTTL
TTL a
SET a 7 EX 100 KEEPTTL
SET a 7 KEEPTTL EX 100
SET a 7 EX 100 PX 100
SET a 7 EX
SET a 7 EX x
SET a 7 EX 0
SET a 7 PX -1
SET a 7 EX 9223372036854775807
SET a 7 EXAT 1
GET a
SET a 7 PXAT 99999999999999
SET a 7 PXAT 9223372036854775807
SET a 7 EXAT 9223372036854775
SET a 7 NX XX
SET a 7 XX NX
SET a 7 FOO
SET a
GETDEL a
GETDEL a
MSET a 1 b 2
MSET a
MSET a 1 b
MSET a 1 a 2
MGET a b c
DEL a b c c
EXISTS a a
SET a 1
EXISTS a a b
INCR a
INCR b
DECR c
INCRBY a 9223372036854775807
INCRBY a 9223372036854775805
INCR a
INCRBY a -9223372036854775808
INCRBY a -9223372036854775808
DECRBY a -9223372036854775808
DECRBY a x
INCRBY a 1.5
INCRBY a " 1"
INCRBY a +1
INCRBY a 007
SET s x
INCR s
SET s " 1"
INCR s
SET s -0
INCR s
APPEND s ab
APPEND new ab
STRLEN s
STRLEN nothing
EXPIRE s 100
TTL s
EXPIRE s 200 NX
EXPIRE s 200 GT
TTL s
EXPIRE s 300 LT
EXPIRE s 100 XX LT
TTL s
EXPIRE s 100 NX XX
EXPIRE s 100 GT LT
EXPIRE s 100 NX GT
EXPIRE s 100 FOO
EXPIRE s 100 "x\r\ny\r\n"
EXPIRE s x FOO
EXPIRE s x
EXPIRE s 9223372036854775807
EXPIRE s -9223372036854775807
PERSIST s
PERSIST s
PERSIST nothing
TTL s
TTL nothing
EXPIRE new GT
EXPIRE new 100 GT
EXPIRE new 100 LT
EXPIRE nothing 10
EXPIRE s -1
EXISTS s
TYPE a
TYPE nothing
KEYS nothing*
KEYS
SCAN x
SCAN 0 COUNT 0
SCAN 0 COUNT x
SCAN 0 COUNT
SCAN 0 FOO x
SCAN 0 MATCH nothing COUNT 100000
SCAN 0 TYPE foo COUNT 100000
SCAN
DBSIZE
DBSIZE x
SELECT 0
SELECT 1
SELECT -1
SELECT x
PUBLISH nobody hello
PUBLISH nobody
UNSUBSCRIBE
PUNSUBSCRIBE
UNSUBSCRIBE x
SUBSCRIBE
COMMAND FOO
CONFIG GET
CONFIG FOO
CONFIG GET save
CONFIG GET SAV?
CONFIG GET proto-max-bulk-len
CONFIG GET nothing
CLIENT
CLIENT FOO
CLIENT SETNAME
CLIENT GETNAME
CLIENT SETNAME a\b
CLIENT GETNAME
CLIENT SETNAME "a b"
CLIENT ID x
CLIENT SETNAME ""
CLIENT GETNAME
HELLO x
HELLO 1
HELLO 2 FOO
HELLO 2 SETNAME
HELLO 2 SETNAME "a b"
INFO nothing
SHUTDOWN FOO
SUBSCRIBE one
GET x
Nonsense x
PING
PING x
PSUBSCRIBE t*
PUNSUBSCRIBE
UNSUBSCRIBE one
GET a
FLUSHALL FOO
FLUSHALL SYNC ASYNC
FLUSHALL ASYNC
DBSIZE`), "\n")

	redisFaults = []string{
		"*x\r\n", "*\r\n", "*+1\r\n", "*01\r\n", "* 1\r\n", "*9223372036854775808\r\n",
		"*99999999999\r\n",
		"*1\r\nPING\r\n", "*1\r\n\r\n", "*1\r\n$\r\n", "*1\r\n$-1\r\n", "*1\r\n$01\r\n",
		"*1\r\n$16777217\r\n", "*1\r\n$99999999999999999999\r\n",
		"*1\r\n:1\r\n", "*1\r\n\xff\r\n", "get \"a\r\n", "get 'a\r\n", "get \"a\"b\r\n",
		"get 'a'\"b\"\r\n",
		"*-1\r\n*0\r\n\r\n\n  \r\n*1\r\n$x\r\n", "QUIT\r\nPING\r\n", "quit now\r\n",
		"POST / HTTP/1.1\r\n", "Host: x\r\nPING\r\n",
		"*1\r\n$4\r\nQUITxx*1\r\n$4\r\nPING\r\n",
		strings.Repeat("x", 70_000), "*" + strings.Repeat("1", 70_000),
		"*1\r\n$" + strings.Repeat("1", 70_000),
	}
)
