package main

import (
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The load in C sees a wrong byte, an answer of another connection and a wrong count, and is
// content with a server that is right, in each of its modes.
func TestCLoad(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no C compiler")
	}
	dir := t.TempDir()
	files, _ := filepath.Glob("reference/load*.c")
	program := filepath.Join(dir, "load")
	out, err := exec.Command(cc, append(append([]string{"-O1", "-Wall", "-o", program}, files...),
		"-lm")...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	pairs := talked(16, func(i int) (string, string) {
		return string(rune('a'+i)) + "?\n", string(rune('a' + i))
	})
	pairs.hello, pairs.welcome = []byte("hi\n"), []byte("!\n")
	talk, err := pairs.args(dir)
	if err != nil {
		t.Fatal(err)
	}
	fast := []string{"-warm", "1ms", "-length", "20ms", "-conns", "4"}
	for _, tt := range []struct {
		name  string
		serve func(net.Conn)
		args  []string
		fails string // "" if it does not
	}{
		{"closed", echoBytes, []string{"-depth", "3"}, ""},
		{"accept", echoBytes, []string{"-mode", "accept"}, ""},
		{"everyone", newHall(4).serve, []string{"-mode", "everyone", "-slow", "50"}, ""},
		{"stream", counts(0), []string{"-mode", "stream"}, ""},
		{"talk", answers(1), append([]string{"-depth", "2"}, talk...), ""},
		// It ends at the fault, which a busy machine may not reach within the usual 20 ms.
		{"wrong byte", wrongByte, []string{"-length", "10s"}, "not what it must be"},
		{"wrong count", counts(1), []string{"-mode", "stream"}, "has counted"},
		{"wrong answer", answers(2), talk, "not what it must be"},
		{"no welcome", func(c net.Conn) { c.Close() }, talk, "welcome"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addr := serveTest(t, tt.serve)
			cmd := exec.Command(program, append(append([]string{"-addr", addr}, fast...), tt.args...)...)
			var says strings.Builder
			cmd.Stderr = &says
			out, err := cmd.Output()
			if tt.fails != "" {
				if err == nil || !strings.Contains(says.String(), tt.fails) {
					t.Fatalf("%v: %s, want %q", err, &says, tt.fails)
				}
				return
			}
			var a answer
			if err != nil || json.Unmarshal(out, &a) != nil || a.Units == 0 || a.Seconds <= 0 ||
				a.LoadCPU <= 0 {
				t.Fatalf("%v: %s%s", err, out, &says)
			}
		})
	}
}

func serveTest(t *testing.T, serve func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

func echoBytes(c net.Conn) { io.Copy(c, c) }

func wrongByte(c net.Conn) {
	buf := make([]byte, 4096)
	for total := 0; ; {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if total += n; total > 1000 {
			buf[n/2] ^= 1
		}
		c.Write(buf[:n])
	}
}

// counts is wrong by so many lines.
func counts(wrong int64) func(net.Conn) {
	return func(c net.Conn) {
		buf := make([]byte, 1<<16)
		for total := int64(0); ; {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			if total += int64(n); strings.HasSuffix(string(buf[:n]), "?\r\n") {
				lines := total / 32
				io.WriteString(c, number(lines+wrong)+" "+number(30*lines)+"\r\n")
			}
		}
	}
}

func number(n int64) string {
	text, _ := json.Marshal(n)
	return string(text)
}

// answers says welcome, and answers each three bytes by the first of them, or one that is wrong.
func answers(step int) func(net.Conn) {
	return func(c net.Conn) {
		hi := make([]byte, 3)
		io.ReadFull(c, hi)
		io.WriteString(c, "welcome!\n")
		for {
			if _, err := io.ReadFull(c, hi); err != nil {
				return
			}
			c.Write([]byte{hi[0] + byte(step-1)})
		}
	}
}

// A hall sends all to all, when as many have come as are wanted.
type hall struct {
	wanted sync.WaitGroup
	mu     sync.Mutex
	all    []net.Conn
}

func newHall(wanted int) *hall {
	h := new(hall)
	h.wanted.Add(wanted)
	return h
}

func (h *hall) serve(c net.Conn) {
	h.mu.Lock()
	h.all = append(h.all, c)
	h.mu.Unlock()
	h.wanted.Done()
	h.wanted.Wait()
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		h.mu.Lock()
		for _, other := range h.all {
			other.Write(buf[:n])
		}
		h.mu.Unlock()
	}
}
