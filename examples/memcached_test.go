//go:build unix

package examples

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The tools of libmemcached, which are called mem… or memc….
func TestMemcachedTools(t *testing.T) {
	need(t, "memccp")
	s := start(t, "memcached", "-loops", "2")
	tool := func(name string, args ...string) string {
		return client(t, name, append([]string{"--servers=" + s.addr}, args...)...)
	}
	file := filepath.Join(t.TempDir(), "a.bin")
	content := bytes.Repeat([]byte("line\r\nEND\r\n\x00"), 5_000)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	tool("memccp", "--expire=100", file)
	if got := tool("memccat", "a.bin"); strings.TrimSuffix(got, "\n") != string(content) {
		t.Errorf("memccat printed %d bytes, want the %d of the file", len(got), len(content))
	}
	tool("memctouch", "--expire=200", "a.bin")
	tool("memcexist", "a.bin")
	tool("memcping")
	if got := tool("memcstat"); !strings.Contains(got, "curr_items: 1") ||
		!strings.Contains(got, "get_hits: 1") {
		t.Errorf("memcstat printed %q", got)
	}
	tool("memcrm", "a.bin")
	c := s.dial(t)
	fmt.Fprint(c, "get a.bin\r\n")
	expect(t, c, "END\r\n")
	tool("memccp", file)
	tool("memcflush")
	fmt.Fprint(c, "get a.bin\r\n")
	expect(t, c, "END\r\n")
	c.Close()
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("the server ended with %v and printed %q", err, rest)
	}
}

// What libmemcached thinks that a server has to be able to.
func TestMemccapable(t *testing.T) {
	need(t, "memccapable")
	host, port, err := net.SplitHostPort(start(t, "memcached", "-loops", "2").addr)
	require.NoError(t, err)
	out := client(t, "memccapable", "-h", host, "-p", port, "-a")
	if !strings.HasSuffix(out, "All tests passed\n") {
		t.Errorf("memccapable printed %s", out)
	}
}

// A client in Go gets thousands of keys with one line.
func TestGomemcache(t *testing.T) {
	t.Parallel()
	if !foreign {
		t.Skip("runs only with ASYNCHAT_FOREIGN=1")
	}
	goClient(t, "memcached", start(t, "memcached", "-loops", "2").addr, fmt.Sprint(scaled(100_000)))
}

// The load generators of libmemcached. Not every Debian has the second, which verifies what it
// gets.
func TestMemcslap(t *testing.T) {
	need(t, "memcslap")
	s := start(t, "memcached", "-loops", "2")
	for _, work := range []string{"set", "get", "mget"} {
		client(t, "memcslap", "--servers="+s.addr, "--concurrency=4", "--execute-number=500",
			"--initial-load=500", "--test="+work)
	}
}

func TestMemaslap(t *testing.T) {
	need(t, "memaslap")
	s := start(t, "memcached", "-loops", "2")
	out := client(t, "memaslap", "--servers="+s.addr, "--threads=1", "--concurrency=16",
		"--execute_number=5000", "--verify=1.0", "--win_size=1k")
	for _, line := range []string{"verify_misses: 0", "verify_failed: 0"} {
		if !strings.Contains(out, line) {
			t.Errorf("memaslap printed no %q: %s", line, out)
		}
	}
}

// A get that is larger than what may be queued is answered whole, however slowly it is read, and
// what comes behind it comes later.
func TestMemcachedLargeGet(t *testing.T) {
	s := start(t, "memcached")
	c := s.dial(t)
	require.NoError(t, c.SetReadBuffer(16<<10))
	value := strings.Repeat("x", 1_000_000)
	fmt.Fprintf(c, "set a 0 0 %d\r\n%s\r\n", len(value), value)
	expect(t, c, "STORED\r\n")
	fmt.Fprintf(c, "get%s\r\nset a 0 0 1\r\n1\r\nget a\r\n", strings.Repeat(" a", 20))
	for range 20 {
		expect(t, c, fmt.Sprintf("VALUE a 0 %d\r\n%s\r\n", len(value), value))
	}
	expect(t, c, "END\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n")
}

// Lines that are made of words of the protocol, most of them wrong, get the same answers as from
// memcached 1.6, byte for byte.
func TestMemcachedAnswersAsMemcached(t *testing.T) {
	theirs := startOther(t, "memcached", func(port string) []string {
		return []string{"-u", "nobody", "-l", "127.0.0.1", "-p", port, "-U", "0", "-m", "64"}
	})
	ours := start(t, "memcached").addr
	var conns [2]net.Conn
	var readers [2]*bufio.Reader
	for i, addr := range []string{ours, theirs} {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		conns[i], readers[i] = c, bufio.NewReader(c)
	}
	const seed, lines = 1, 1000
	t.Log("seed", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	requests := append([]string(nil), memcachedLines...)
	for range lines {
		requests = append(requests, memcachedLine(rnd))
	}
	kinds := map[string]int{}
	for n, request := range requests {
		var got [2]string
		mark := fmt.Sprintf("VALUE mark 0 6\r\n%06d\r\nEND\r\n", n)
		// How many answers there are is not known, nor how much the request takes for its data.
		for _, c := range conns {
			fmt.Fprintf(c, "%s\r\n%s\r\nset mark 0 0 6\r\n%06d\r\nget mark\r\n", request,
				strings.Repeat("x", 1100), n)
		}
		for i := range conns {
			var err error
			if got[i], err = readMark(readers[i], mark); err != nil {
				t.Fatalf("%.200q is answered %q by %d, then %v", request, got[i], i, err)
			}
		}
		if got[0] != got[1] {
			t.Errorf("line %d: %.200q is answered\n%.300q; by memcached\n%.300q", n, request, got[0], got[1])
		}
		kind, _, _ := strings.Cut(strings.ReplaceAll(got[1], "\r\n", " "), " ")
		kinds[kind]++
	}
	for _, kind := range []string{"STORED", "NOT_STORED", "EXISTS", "NOT_FOUND", "VALUE", "END",
		"ERROR", "CLIENT_ERROR", "DELETED", "TOUCHED", "OK", "VERSION"} {
		if kinds[kind] == 0 {
			t.Errorf("nothing was answered %q: %v", kind, kinds)
		}
	}
}

// readMark reads to the end of the mark.
func readMark(r *bufio.Reader, mark string) (string, error) {
	var got []byte
	for !bytes.HasSuffix(got, []byte(mark)) {
		line, err := r.ReadBytes('\n')
		if got = append(got, line...); err != nil {
			return string(got), err
		}
	}
	return string(got), nil
}

var (
	memcachedStores = []string{"set", "set", "set", "add", "replace", "append", "prepend", "cas"}
	memcachedOthers = []string{"get", "gets", "gat", "gats", "touch", "delete", "incr", "decr", "incr",
		"decr", "flush_all", "version", "verbosity", "GET", "nonsense", ""}
	memcachedKeys = []string{"a", "b", "n", "m", "noreply", "\xff\x01", strings.Repeat("k", 250),
		strings.Repeat("k", 251)}
	memcachedWords = []string{"0", "0", "0", "-1", "1000", "5", "x", "noreply", "01", "1x", "+3", "",
		"a", "n", "18446744073709551616"}
	// Not blanks alone: memcached looks for a number behind them, and behind the item.
	memcachedData = []string{"", "1", "99", "18446744073709551615", " 7", "7 ", "7x", "hello", "get a",
		"x\r\ny", "\x00\xff", "00012", "+5"}
)

// memcachedLine makes a command, with its data.
func memcachedLine(rnd *rand.Rand) string {
	pick := func(words []string) string { return words[rnd.IntN(len(words))] }
	if rnd.IntN(3) == 0 {
		words := []string{pick(memcachedOthers), pick(memcachedKeys)}
		for range rnd.IntN(4) {
			words = append(words, pick(memcachedWords))
		}
		if words[0] == "flush_all" { // not later, when that is would be known to the second only
			words = append(words[:1], []string{"", "0", "noreply", "x", "0 noreply", "0 0 0"}[rnd.IntN(6)])
		}
		return strings.Join(words[:len(words)-rnd.IntN(2)*min(1, len(words)-1)], " ")
	}
	if rnd.IntN(3) == 0 {
		name := pick([]string{"get", "gets", "incr", "decr", "touch", "delete", "gat"})
		arg := map[string]string{"incr": " " + pick(memcachedData[1:4]), "decr": " 7",
			"touch": " 0"}[name]
		if name == "gat" {
			return "gat 1000 " + pick(memcachedKeys[:6])
		}
		return name + " " + pick(memcachedKeys[:6]) + arg
	}
	data := pick(memcachedData)
	size := len(data)
	if rnd.IntN(10) == 0 {
		size += rnd.IntN(3) - 1
	}
	words := []string{pick(memcachedStores), pick(memcachedKeys), "0", "0", fmt.Sprint(size)}
	if words[0] == "cas" {
		words = append(words, fmt.Sprint(rnd.IntN(300)))
	}
	if rnd.IntN(6) == 0 {
		words[1+rnd.IntN(len(words)-1)] = pick(memcachedWords)
	}
	if rnd.IntN(6) == 0 {
		words = append(words, pick(memcachedWords))
	}
	return strings.Join(words, " ") + "\r\n" + data
}

var memcachedLines = []string{
	"set a 0 0 1\r\n1", "cas a 0 0 1 1\r\n2", "gets a", "cas a 0 0 1 3 noreply\r\n3", "get a",
	"cas a 0 0 1\r\n1", "cas a 0 0 1 x\r\n1",
	"cas a 0 0 1 1 2 3\r\n1", "incr a 1", "gets a", "append a 9 9 2\r\n45", "gets a",
	"prepend a 9 9 2\r\n01", "gets a",
	"set a 0 -1 1\r\n1", "get a", "set a 1 0 3\r\n100", "decr a 1", "get a", "decr a 1000",
	"incr a 18446744073709551615", "incr a 1", "gets a",
	"touch a", "touch a x", "touch a 0 0 0", "touch a 0 foo", "touch a -1", "get a", "delete a",
	"delete a 0", "delete a 1", "delete a 0 0",
	"delete", "delete noreply", "delete noreply noreply", "delete a 0 noreply", "delete a 0 foo",
	"delete a foo noreply",
	"verbosity", "verbosity x", "verbosity 1", "verbosity noreply", "verbosity 1 2 3 4 5 6 7",
	"verbosity 1 2 3 4 5 6 7 8",
	"version foo", " version", "version ", "\tversion", "", " ", "Version", "incr", "incr a",
	"incr a x", "incr a -1", "incr a 1 2 3", "incr a  5",
	"get", "get ", "get  a  b", "gets", "gat", "gat 0", "gat x a", "gats 0 a",
	"gat 0 " + strings.Repeat("k", 251),
	"get a b " + strings.Repeat("k", 251) + " a", "get" + strings.Repeat(" abc", 400), "flush_all x",
	"flush_all 0 0 0", "flush_all -1", "flush_all foo noreply",
	"set a 0 0 1", "set", "set a", "set a 0 0", "set a 0 0 x", "set a 0 0 -1", "set a 0 0 2147483647",
	"set a 0 0 +1\r\n1", "set a 0 0 0x1\r\n1", "set a\t0 0 1\r\n1",
	"set a 4294967297 0 1\r\n1", "get a", "set a -1 0 1\r\n1", "set a 0 0 1 2 3\r\n1",
	"set a 0 0 1 foo\r\n1", "set a 0 0 3 noreply\r\nxxxxx",
	"set a 0 0 600000\r\n" + strings.Repeat("x", 600_000),
	"append a 0 0 600000\r\n" + strings.Repeat("x", 600_000),
	"set a 0 0 2000000\r\n" + strings.Repeat("x", 2_000_000), "get a",
	"set a 0 0 1\r\n1", "add a 0 0 2000000\r\n" + strings.Repeat("x", 2_000_000), "get a",
	"get" + strings.Repeat(" "+strings.Repeat("k", 64), 20_000) + " a b",
	"gets" + strings.Repeat(" a", 40_000), "get " + strings.Repeat("k", 40_000) + " a",
	"stats sizes", "stats detail", "stats detail x", "stats detail dump", "stats noreply",
	"stats nonsense", strings.Repeat("x ", 900),
}
