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
	case (line[0] == '$' || line[0] == '=') && n >= 0:
		data := make([]byte, n+2)
		_, err = io.ReadFull(r, data)
		line += string(data)
	case line[0] == '%':
		n *= 2
		fallthrough
	case strings.IndexByte("*~>", line[0]) >= 0:
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
// Redis 7, byte for byte, in both versions of its protocol.
func TestRedisAnswersAsRedis(t *testing.T) {
	p := newRedisPair(t)
	for _, protocol := range []string{"2", "3"} {
		p.dial()
		p.speak(protocol)
		p.ask("FLUSHALL\r\n", false)
		for _, line := range redisLines {
			p.ask(line+"\r\n", false)
			if strings.HasSuffix(line, " GT") {
				continue // once more, it depends on whether a millisecond has passed
			}
			if words := strings.Fields(line); !strings.ContainsAny(line, `"'\`) && len(words) > 0 {
				p.ask(bulks(words), false)
			}
		}
		p.askNonsense()
	}
	for _, request := range redisFaults {
		p.fault(request)
	}
}

// speak chooses a version of the protocol. The answer shows the number of the client.
func (p *redisPair) speak(protocol string) {
	for i, c := range p.conns {
		io.WriteString(c, "HELLO "+protocol+"\r\n")
		if got, err := p.r[i].next(); err != nil || !strings.Contains(got, "proto\r\n:"+protocol) {
			p.t.Fatalf("HELLO %s: %q, %v", protocol, got, err)
		}
	}
}

// askNonsense asks what is made of words by chance.
func (p *redisPair) askNonsense() {
	const seed = 1
	p.t.Log("seed", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	pick := func(words []string) string { return words[rnd.IntN(len(words))] }
	inTransaction := false
	for range 2000 {
		words := []string{pick(redisNames)}
		if inTransaction && (words[0] == "ttl" || words[0] == "keys") {
			continue // EXEC would answer with a time, or in no order
		}
		for range rnd.IntN(5) {
			words = append(words, pick(redisWords))
		}
		switch {
		case words[0] == "multi" || words[0] == "exec" || words[0] == "discard":
			words = words[:1+rnd.IntN(11)/10*(len(words)-1)] // seldom with arguments
		case rnd.IntN(2) == 0 && words[0] != "set": // mostly it has its key first
			words = append([]string{words[0], pick(redisWords[:4])}, words[1:]...)
		}
		got := p.ask(bulks(words), words[0] == "keys")
		switch {
		case words[0] == "multi" && got == "+OK\r\n":
			inTransaction = true
		case words[0] == "exec" || words[0] == "discard" && got == "+OK\r\n":
			inTransaction = false
		}
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
