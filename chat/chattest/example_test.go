package chattest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// In a program each example is a function TestX(t *testing.T), and t is its argument.
var t *testing.T

func ExampleNewConn() {
	newEcho := chat.Lines(func(c *chat.Channel, line []byte) { fmt.Fprintf(c, "%s\n", line) })

	c := chattest.NewConn(t, newEcho)
	c.SendString("hel")
	c.SendString("lo\r\n")
	if got, want := string(c.Received()), "hello\n"; got != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

func ExampleEverySplit() {
	c := chattest.EverySplit(t, newSession, "one\r\ntwo\r\n")
	if got, want := string(c.Received()), "one\r\ntwo\r\n"; got != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

func ExampleEverySplitConn() {
	serve := func(conn net.Conn) {
		defer conn.Close()
		for s := bufio.NewScanner(conn); s.Scan(); {
			fmt.Fprintf(conn, "hello %s\n", s.Text())
		}
	}
	answer := chattest.EverySplitConn(t, serve, "Ann\nBob\n")
	if want := "hello Ann\nhello Bob\n"; answer != want {
		t.Errorf("received %q, want %q", answer, want)
	}
}

func ExampleListenerOf() {
	server := &http.Server{Handler: http.NotFoundHandler()}
	serve := func(conn net.Conn) { server.Serve(chattest.ListenerOf(conn)) }
	chattest.EverySplitConn(t, serve, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
}

func ExampleEverySplitReader() {
	parse := func(r io.Reader) (textproto.MIMEHeader, error) {
		return textproto.NewReader(bufio.NewReader(r)).ReadMIMEHeader()
	}
	h, err := chattest.EverySplitReader(t, parse, "From: me\r\nTo: you,\r\n and you\r\n\r\n")
	if got, want := h.Get("To"), "you, and you"; got != want || err != nil {
		t.Errorf("To is %q, %v; want %q", got, err, want)
	}
}

func ExampleEverySplitFunc() {
	words := chattest.EverySplitFunc(t, bufio.ScanWords, "one two")
	if want := []string{"one", "two"}; !slices.Equal(words, want) {
		t.Errorf("words are %q, want %q", words, want)
	}
}

func ExampleListen() {
	l := chattest.Listen(t)
	srv := &chat.Server{Handler: newSession, Loops: 3}
	if err := srv.Serve(l); err != nil { // returns at once
		t.Fatal(err)
	}
	for range 10 {
		p := l.Dial()
		p.SendString("one\r\n")
		if got, want := string(p.Received()), "hello\r\none\r\n"; got != want {
			t.Errorf("received %q, want %q", got, want)
		}
	}
}

// The data connection of FTP, from both sides.
func ExampleConn_DialTo() {
	c := chattest.NewConn(t, newFTPSession)
	c.SendString("EPSV\r\n")
	var port int
	fmt.Sscanf(string(c.Received()), "229 here (|||%d|)", &port)
	data := c.DialTo("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	c.SendString("RETR file\r\n")
	fmt.Printf("%s", data.Received())
}

func ExampleConn_Listen() {
	c := chattest.NewConn(t, newFTPSession)
	l := c.Listen("tcp", "127.0.0.1:0")
	c.SendString(fmt.Sprintf("EPRT |1|127.0.0.1|%d|\r\nRETR file\r\n", l.Addr().(*net.TCPAddr).Port))
	data := l.Accept() // nil if the session has not dialled
	fmt.Printf("%s", data.Received())
}

func ExamplePeer_FailWrites() {
	c := chattest.NewConn(t, newSession)
	c.FailWrites()
	c.SendString("one\r\n") // the answer cannot be sent
	c.CloseWrite()
	fmt.Println(c.Reason())
}

func ExamplePeer_SendThenReset() {
	c := chattest.NewConn(t, newSession)
	c.SendThenReset([]byte("QUIT\r\n"))
	fmt.Println(c.Calls(), c.Reason())
}

// newFTPSession stands for a session that you want to test.
func newFTPSession(c *chat.Channel) chat.Handler { return newSession(c) }

func ExampleRoundTrip() {
	write := func(dst, payload []byte) ([]byte, error) {
		return terminator.AppendNetstring(dst, payload), nil
	}
	chattest.RoundTrip(t, terminator.Netstring(), write, chattest.Words(":,1", 4))
}

func ExampleSplits() {
	for pieces := range chattest.Splits([]byte("abc")) {
		fmt.Printf("%q\n", pieces)
	}
	// Output:
	// ["abc"]
	// ["a" "bc"]
	// ["ab" "c"]
	// ["a" "b" "c"]
}

func ExampleWords() {
	for word := range chattest.Words("ab", 2) {
		fmt.Printf("%q ", word)
	}
	// Output:
	// "" "a" "b" "aa" "ab" "ba" "bb"
}

// A head and its body are one request.
func ExampleEveryEnd() {
	newSession := func(c *chat.Channel) chat.Handler {
		r := &chat.Reads{Channel: c}
		var head func(line []byte)
		head = func(line []byte) {
			c.ExpectMore()
			r.Bytes(5, func(body []byte) {
				c.Push(body)
				r.Line(head)
			})
		}
		r.Line(head)
		return r
	}
	chattest.EveryEnd(t, newSession, "", "SAY 5\r\nhello")
}
