package chattest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A server with goroutines: one reads commands, one answers them.
type mailbox struct {
	net.Conn
	words chan string
}

func serveMailbox(conn net.Conn) {
	m := &mailbox{conn, make(chan string)}
	go m.read()
	defer conn.Close()
	for word := range m.words {
		fmt.Fprintf(conn, "+OK %s\r\n", word)
		if word == "QUIT" {
			return
		}
	}
}

// read has the fault that is planted: what comes behind a line in the same Read is dropped if it is
// not a whole line.
func (m *mailbox) read() {
	defer close(m.words)
	buf, held := make([]byte, 1024), ""
	for {
		n, err := m.Read(buf)
		if err != nil {
			return
		}
		held += string(buf[:n])
		for line, rest, ok := strings.Cut(held, "\r\n"); ok; line, rest, ok = strings.Cut(rest, "\r\n") {
			m.words <- line
			held = ""
			if strings.HasSuffix(rest, "\r\n") {
				held = rest
			}
		}
	}
}

// serveText is the same by net/textproto.
func serveText(conn net.Conn) {
	c := textproto.NewConn(conn)
	defer c.Close()
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		if c.PrintfLine("+OK %s", line); line == "QUIT" {
			return
		}
	}
}

const mail = "STAT\r\nLIST\r\nRETR 1\r\nQUIT\r\n"

// A planted split fault of a goroutine server is found, and the report names the split. A sound
// server passes, whether it has goroutines or not, and whether it takes a connection or a listener.
func TestEverySplitConn(t *testing.T) {
	expectFailure(t, "a mailbox", func(tb testing.TB) {
		chattest.EverySplitConnTo(tb, t, serveMailbox, mail)
	}, `the stream in the pieces ["STAT\r\nL" "IST\r\nRETR 1\r\nQUIT\r\n"] gives something else than`,
		`> peer received "+OK STAT\r\n+OK IST\r\n`, `want peer received "+OK STAT\r\n+OK LIST\r\n`,
		"replay: go test -run '^TestEverySplitConn$' -chattest.play=8")

	want := "+OK STAT\r\n+OK LIST\r\n+OK RETR 1\r\n+OK QUIT\r\n"
	if got := chattest.EverySplitConn(t, serveText, mail); got != want {
		t.Errorf("the answer is %q, want %q", got, want)
	}
	if got := chattest.EverySplitConn(t, serveListener, mail); got != want {
		t.Errorf("by a listener the answer is %q, want %q", got, want)
	}
}

// serveListener is serveText for a server that accepts.
func serveListener(conn net.Conn) {
	l := chattest.ListenerOf(conn)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		all.Go(func() { serveText(conn) })
	}
}

// Not only the bytes count: also when the server closes, in which order, and what it leaves.
func TestEverySplitConnFindsFaults(t *testing.T) {
	asked := 0
	for name, c := range map[string]struct {
		serve func(net.Conn)
		words []string
	}{
		"a close": {func(conn net.Conn) {
			if n, _ := conn.Read(make([]byte, 10)); n < 4 {
				conn.Close()
			}
			io.Copy(io.Discard, conn)
		}, []string{`["a" "b\r\n"]`, "> peer sees the end", "want end of input"}},
		"half a close": {func(conn net.Conn) {
			if n, _ := conn.Read(make([]byte, 10)); n < 4 {
				conn.(interface{ CloseWrite() error }).CloseWrite()
			}
			io.Copy(io.Discard, conn)
		}, []string{"> peer sees the end"}},
		"an answer that waits for the end": {func(conn net.Conn) {
			n, _ := conn.Read(make([]byte, 10))
			if n < 4 {
				io.Copy(io.Discard, conn)
			}
			fmt.Fprint(conn, "ok")
			io.Copy(io.Discard, conn)
		}, []string{"> end of input", `want peer received "ok"`}},
		"a delay": {func(conn net.Conn) {
			if n, _ := conn.Read(make([]byte, 10)); n < 4 {
				io.Copy(io.Discard, conn)
				<-time.After(afterwards)
			}
			io.Copy(io.Discard, conn)
			fmt.Fprint(conn, "bye")
		}, []string{"> a minute later", `want peer received "bye"`}},
		"a panic": {func(conn net.Conn) {
			if n, _ := conn.Read(make([]byte, 10)); n == 2 {
				panic("two bytes")
			}
		}, []string{`["ab" "\r\n"]: the server panics: two bytes`, "everysplitconn_test.go"}},
		"a goroutine": {func(conn net.Conn) { go func() { select {} }() },
			[]string{"the stream whole: an hour after its connection has broken, the server still",
				"everysplitconn_test.go"}},
		"state": {func(conn net.Conn) { asked++; fmt.Fprint(conn, asked) },
			[]string{"the stream whole gives something else than at the first time", `> peer received "2"`}},
	} {
		expectFailure(t, name, func(tb testing.TB) {
			chattest.EverySplitConnTo(tb, t, c.serve, "ab\r\n")
		}, c.words...)
	}
}

const afterwards = 59 * time.Second

// A server that goes on when the peer has ended its direction finds the connection broken.
func TestEverySplitConnBreaksOff(t *testing.T) {
	errs := make(map[string]bool)
	chattest.EverySplitConn(t, func(conn net.Conn) {
		for {
			if _, err := conn.Read(make([]byte, 10)); err != nil && err != io.EOF {
				_, werr := conn.Write([]byte("x"))
				errs[fmt.Sprint(errors.Is(err, syscall.ECONNRESET), errors.Is(werr, syscall.EPIPE))] = true
				return
			}
			<-time.After(time.Second)
		}
	}, "ab")
	if len(errs) != 1 || !errs["true true"] {
		t.Errorf("ECONNRESET and EPIPE: %v, want true and true only", errs)
	}
}

// The connection of a server has the deadlines of a net.Conn, on a virtual clock.
func TestServerConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, buf := chattest.NewServerConn(), make([]byte, 10)
		start := time.Now()
		read := func(wantText string, want error, after time.Duration) {
			t.Helper()
			n, err := c.Read(buf)
			passed := time.Since(start)
			if string(buf[:n]) != wantText || !errors.Is(err, want) || passed != after {
				t.Errorf("Read = %q, %v after %v; want %q, %v after %v", buf[:n], err, passed, wantText, want,
					after)
			}
		}
		c.SetReadDeadline(start.Add(5 * time.Second))
		read("", os.ErrDeadlineExceeded, 5*time.Second)
		c.Deliver("ab")
		read("", os.ErrDeadlineExceeded, 5*time.Second)
		c.SetReadDeadline(time.Time{})
		c.Deliver("cd")
		read("ab", nil, 5*time.Second)
		c.SetReadDeadline(start.Add(8 * time.Second))
		read("cd", nil, 5*time.Second)
		time.AfterFunc(time.Second, func() { c.SetReadDeadline(start) })
		read("", os.ErrDeadlineExceeded, 6*time.Second)
		c.SetDeadline(start)
		if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write = %v", err)
		}
		c.SetDeadline(start.Add(time.Hour))
		time.AfterFunc(time.Second, c.Finish)
		read("", io.EOF, 7*time.Second)
		c.Break()
		read("", syscall.ECONNRESET, 7*time.Second)
		c.Close()
		read("", net.ErrClosed, 7*time.Second)
		for _, err := range []error{c.Close(), c.CloseWrite(), c.SetDeadline(start)} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		}
	})
}

func TestListenerOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, byListener := range []bool{false, true} {
			l := chattest.ListenerOf(chattest.NewServerConn())
			conn, err := l.Accept()
			if err != nil || l.Addr().String() != conn.LocalAddr().String() {
				t.Fatalf("Accept = %v at %v", err, l.Addr())
			}
			time.AfterFunc(time.Minute, func() {
				if byListener {
					l.Close()
				} else {
					conn.Close()
				}
			})
			start := time.Now()
			if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || time.Since(start) != time.Minute {
				t.Errorf("the second Accept = %v after %v", err, time.Since(start))
			}
		}
	})
}

// EverySplitReader and EverySplitFunc find what a parser makes of pieces.
func TestEverySplitReader(t *testing.T) {
	header := func(r io.Reader) (textproto.MIMEHeader, error) {
		return textproto.NewReader(bufio.NewReader(r)).ReadMIMEHeader()
	}
	h, err := chattest.EverySplitReader(t, header, "A: b\r\nC: d,\r\n e\r\n\r\nrest")
	if h.Get("C") != "d, e" || err != nil {
		t.Errorf("the header is %v, %v", h, err)
	}
	if _, err := chattest.EverySplitReader(t, header, "A: b\r\n"); err != io.EOF {
		t.Errorf("the error is %v", err)
	}
	type pair struct {
		text *string
		list []string
	}
	for name, c := range map[string]struct {
		parse func(io.Reader) ([]pair, error)
		words []string
	}{
		"one Read": {func(r io.Reader) ([]pair, error) {
			buf := make([]byte, 100)
			n, err := r.Read(buf)
			text := string(buf[:n])
			return []pair{{&text, nil}}, err
		}, []string{`["a" "bcd"]`, "> {text:0x", "want {text:0x"}},
		"a nil slice": {func(r io.Reader) ([]pair, error) {
			if n, _ := r.Read(make([]byte, 100)); n == 1 {
				return []pair{{nil, []string{}}}, nil
			}
			return []pair{{nil, nil}}, nil
		}, []string{"> {text:<nil> list:[]} (which looks the same, and is not equal)"}},
		"an error": {func(r io.Reader) ([]pair, error) {
			if n, _ := r.Read(make([]byte, 100)); n == 2 {
				return nil, errors.New("two")
			}
			return nil, errors.New("not two")
		}, []string{`["ab" "cd"]`, "> error two\n  want error not two"}},
		"bytes beside io.EOF": {func(r io.Reader) (p []pair, err error) {
			for {
				n, err := r.Read(make([]byte, 100))
				if err != nil {
					return p, nil
				}
				for range n {
					p = append(p, pair{})
				}
			}
		}, []string{"the last one together with io.EOF, gives",
			"> (nothing more)\n  want {text:<nil> list:[]}"}},
		"a panic": {func(r io.Reader) ([]pair, error) {
			if n, _ := r.Read(make([]byte, 100)); n == 3 {
				panic("three")
			}
			return nil, nil
		}, []string{`["abc" "d"]: panic: three`, "everysplitconn_test.go"}},
	} {
		expectFailure(t, name, func(tb testing.TB) {
			chattest.EverySplitReader(tb, c.parse, "abcd")
		}, c.words...)
	}
}

func TestEverySplitFunc(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	if got := chattest.EverySplitFunc(t, bufio.ScanLines, "a\r\n\n"+long); len(got) != 3 ||
		got[0] != "a" || got[1] != "" || got[2] != long {
		t.Errorf("%d tokens", len(got))
	}
	expectFailure(t, "lines that may end in the middle of their end", func(tb testing.TB) {
		chattest.EverySplitFunc(tb, func(data []byte, atEOF bool) (int, []byte, error) {
			for i, b := range data {
				if b == '\r' {
					return min(i+2, len(data)), data[:i], nil
				}
			}
			return 0, nil, nil
		}, "one\r\ntwo\r\n")
	}, `["one\r" "\ntwo\r\n"]`, `> "\ntwo"`, `want "two"`)
}
