package chat_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// sums is one protocol in straight-line code: a line with a number of bytes, then so many; or lines
// that are repeated, until "quit".
func sums(v *chat.Conversation) error {
	v.Printf("ready\r\n")
	for {
		line, err := v.ReadLine()
		if err != nil {
			return err
		}
		if line == "quit" {
			v.Printf("bye\r\n")
			return nil
		}
		n, err := strconv.Atoi(line)
		if err != nil {
			v.Printf("said %s\r\n", line)
			continue
		}
		body, err := v.ReadUntil(terminator.Length(int64(n)))
		if err != nil {
			return err
		}
		sum := 0
		for _, b := range body {
			sum += int(b)
		}
		v.Printf("sum %d\r\n", sum)
	}
}

// summer is the same protocol as a handler.
type summer struct {
	*chat.Channel
	chat.Collector
	body bool
}

func newSummer(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.Line())
	c.PushString("ready\r\n")
	return &summer{Channel: c}
}

func (s *summer) FoundTerminator() {
	data := s.Take()
	if s.body {
		s.body = false
		sum := 0
		for _, b := range data {
			sum += int(b)
		}
		fmt.Fprintf(s, "sum %d\r\n", sum)
		s.SetTerminator(terminator.Line())
		return
	}
	if string(data) == "quit" {
		s.PushString("bye\r\n")
		s.CloseWhenDone()
		return
	}
	n, err := strconv.Atoi(string(data))
	if err != nil {
		fmt.Fprintf(s, "said %s\r\n", data)
		return
	}
	s.body = true
	s.SetTerminator(terminator.Length(int64(n)))
}

// One body for all the ways to write and to run a protocol.
func testSums(t *testing.T, dial func(t *testing.T) net.Conn) {
	for _, size := range []int{1, 3, 1000} {
		c := dial(t)
		c.SetDeadline(time.Now().Add(patience))
		in := "hello\r\n5\r\nabcde0\r\nworld\r\n3\r\n\r\n\rx\r\nquit\r\nmore\r\n"
		go func() {
			for p := in; p != ""; p = p[min(size, len(p)):] {
				if _, err := io.WriteString(c, p[:min(size, len(p))]); err != nil {
					return // it has said quit
				}
			}
		}()
		got, err := io.ReadAll(c)
		c.Close()
		want := "ready\r\nsaid hello\r\nsum 495\r\nsum 0\r\nsaid world\r\nsum 36\r\nsaid x\r\nbye\r\n"
		if string(got) != want || err != nil && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("in pieces of %d: received %q, %v; want %q", size, got, err, want)
		}
	}
}

func TestKindsOfConversation(t *testing.T) {
	for name, h := range map[string]chat.NewHandler{
		"callbacks": newSummer,
		"coroutine": chat.Converse(sums),
		"goroutine": chat.Threaded(sums),
	} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/TLS=%t", name, secure), func(t *testing.T) {
				server := &chat.Server{Handler: h, Loops: 2}
				if secure {
					server.TLSConfig = serverConfig()
				}
				addr, ended := serve(t, server, "tcp", "127.0.0.1:0")
				testSums(t, func(t *testing.T) net.Conn {
					if secure {
						c, err := tls.Dial("tcp", addr.String(), clientConfig(tls.VersionTLS13))
						require.NoError(t, err)
						return c
					}
					c, err := net.Dial("tcp", addr.String())
					require.NoError(t, err)
					return c
				})
				require.NoError(t, server.Shutdown(t.Context()))
				expectEnded(t, ended)
			})
		}
	}
	t.Run("net.Pipe", func(t *testing.T) {
		testSums(t, func(t *testing.T) net.Conn {
			a, b := net.Pipe()
			go chat.Talk(b, sums)
			return a
		})
	})
	t.Run("net.Conn", func(t *testing.T) {
		testSums(t, func(t *testing.T) net.Conn {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer ln.Close()
			c, err := net.Dial("tcp", ln.Addr().String())
			require.NoError(t, err)
			s, err := ln.Accept()
			require.NoError(t, err)
			go chat.Talk(s, sums)
			return c
		})
	})
}

// A goroutine may block, on whatever it likes, and the loop goes on; what ends the channel ends it.
func TestThreaded(t *testing.T) {
	gate := make(chan bool)
	ends := make(chan error, 10)
	server := &chat.Server{Handler: chat.Threaded(func(v *chat.Conversation) (err error) {
		defer func() { ends <- err }()
		line, err := v.ReadLine()
		if err != nil {
			return err
		}
		switch line {
		case "wait":
			<-gate
		case "panic":
			panic("boom")
		case "sleep":
			return v.Sleep(time.Hour)
		}
		v.Printf("done %s\r\n", line)
		for range 3 {
			if line, err = v.ReadLine(); err != nil {
				return err
			}
			v.Printf("%s\r\n", line)
		}
		return nil
	})}
	addr, ended := serve(t, server, "tcp", "127.0.0.1:0")
	waiting := dial(t, addr)
	fmt.Fprint(waiting, "wait\r\n")
	other := dial(t, addr)
	r := bufio.NewReader(other)
	fmt.Fprint(other, "x\r\na\r\nb\r\nc\r\n")
	for _, want := range []string{"done x", "a", "b", "c"} {
		expectLine(t, r, want)
	}
	if err := <-ends; err != nil {
		t.Errorf("the function returned %v, want nil", err)
	}
	close(gate)
	expectLine(t, bufio.NewReader(waiting), "done wait")

	panics := dial(t, addr)
	fmt.Fprint(panics, "panic\r\n")
	if _, err := panics.Read(make([]byte, 1)); err == nil {
		t.Error("a channel whose goroutine panicked is open")
	}
	sleeps := dial(t, addr)
	fmt.Fprint(sleeps, "sleep\r\n")
	<-ends // the panic
	require.NoError(t, server.Close())
	expectEnded(t, ended)
	for range 2 { // waiting, sleeping
		if err := <-ends; !errors.Is(err, net.ErrClosed) {
			t.Errorf("the function returned %v, want net.ErrClosed", err)
		}
	}
}

// Code that blocks, of the standard library, unchanged.
func TestStandardCodeOnConversations(t *testing.T) {
	t.Run("bufio.Scanner", func(t *testing.T) {
		var got []string
		c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
			s := bufio.NewScanner(v)
			s.Split(bufio.ScanWords)
			for s.Scan() {
				got = append(got, s.Text())
			}
			return s.Err()
		}))
		for _, piece := range []string{"one tw", "o  thr", "ee\n", "four"} {
			c.SendString(piece)
		}
		c.CloseWrite()
		if strings.Join(got, ",") != "one,two,three,four" || c.Reason() != nil {
			t.Errorf("scanned %q, the reason is %v", got, c.Reason())
		}
	})
	t.Run("json.Decoder", func(t *testing.T) {
		c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
			in, out := json.NewDecoder(v), json.NewEncoder(v)
			for {
				var n []int
				if err := in.Decode(&n); err != nil {
					return err
				}
				out.Encode(len(n))
			}
		}))
		for _, piece := range []string{"[1,2", ",3][", "]\n[4", "]"} {
			c.SendString(piece)
		}
		expectReceived(t, c, "3\n0\n1\n")
	})
	t.Run("textproto.Conn", func(t *testing.T) {
		c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
			tp := textproto.NewConn(v)
			line, err := tp.ReadLine()
			if err != nil {
				return err
			}
			body, err := tp.ReadDotBytes()
			if err != nil {
				return err
			}
			return tp.PrintfLine("250 %s %d", line, len(body))
		}))
		c.SendString("DATA\r\n..one\r\ntwo\r\n")
		c.SendString(".\r\n")
		expectReceived(t, c, "250 DATA 9\r\n")
	})
	t.Run("net/smtp", func(t *testing.T) {
		var sent error
		client := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
			c, err := smtp.NewClient(v, "localhost")
			if err != nil {
				return err
			}
			c.Hello("me")
			c.Mail("a@x")
			c.Rcpt("b@x")
			w, err := c.Data()
			if err != nil {
				return err
			}
			io.WriteString(w, "hello\r\n.\r\nworld\r\n")
			sent = w.Close()
			return c.Quit()
		}))
		for _, reply := range []string{"220 hi\r\n", "250 me\r\n", "250 ok\r\n", "250 ok\r\n",
			"354 go on\r\n", "250 taken\r\n", "221 bye\r\n"} {
			client.SendString(reply)
		}
		client.CloseWrite()
		want := "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nhello\r\n..\r\n" +
			"world\r\n.\r\nQUIT\r\n"
		if got := string(client.Received()); got != want || sent != nil {
			t.Errorf("sent %v: %q, want %q", sent, got, want)
		}
	})
	t.Run("crypto/tls", func(t *testing.T) {
		c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
			secured := tls.Server(v, serverConfig())
			defer secured.Close()
			_, err := io.Copy(secured, secured)
			return err
		}))
		peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
		require.NoError(t, peer.Handshake())
		want := bytes.Repeat([]byte("0123456789"), 5000)
		_, err := peer.Write(want)
		require.NoError(t, err)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("the echo is broken: %v", err)
		}
	})
}

// StartTLS in a conversation, as server and as client, on the loop and over a net.Conn.
func TestConverseStartTLS(t *testing.T) {
	server := func(v *chat.Conversation) error {
		for {
			line, err := v.ReadLine()
			if err != nil {
				return err
			}
			v.Printf("plain %s\r\n", line)
			if line == "STARTTLS" {
				break
			}
		}
		if err := v.StartTLS(serverConfig()); err != nil {
			return err
		}
		for {
			line, err := v.ReadLine()
			if err != nil {
				return err
			}
			v.Printf("secret %s\r\n", line)
		}
	}
	client := func(t *testing.T, c net.Conn) {
		c.SetDeadline(time.Now().Add(patience))
		fmt.Fprint(c, "a\r\nSTARTTLS\r\n")
		expectText(t, bufio.NewReaderSize(io.LimitReader(c, 25), 25), "plain a\r\nplain STARTTLS\r\n")
		secured := tls.Client(c, clientConfig(tls.VersionTLS13))
		require.NoError(t, secured.Handshake())
		fmt.Fprint(secured, "b\r\n")
		expectText(t, bufio.NewReader(secured), "secret b\r\n")
		secured.Close()
	}
	t.Run("coroutine", func(t *testing.T) {
		addr, ended := serve(t, &chat.Server{Handler: chat.Converse(server)}, "tcp", "127.0.0.1:0")
		_ = ended
		client(t, dial(t, addr))
	})
	t.Run("goroutine", func(t *testing.T) {
		addr, ended := serve(t, &chat.Server{Handler: chat.Threaded(server)}, "tcp", "127.0.0.1:0")
		_ = ended
		client(t, dial(t, addr))
	})
	t.Run("net.Pipe", func(t *testing.T) {
		a, b := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- chat.Talk(b, server) }()
		client(t, a)
		if err := <-done; err != io.EOF {
			t.Errorf("Talk = %v, want EOF", err)
		}
	})
}

// full says that heavy proofs run whole instead of at a tenth.
var full = os.Getenv("ASYNCHAT_FULL") != ""

func scaled(n int) int {
	if full {
		return n
	}
	return n / 10
}

// A thousand handshakes at once.
func TestManyHandshakes(t *testing.T) {
	n := 1000
	if !full {
		n = 100
	}
	server := &chat.Server{TLSConfig: serverConfig(), Loops: 2, Handler: chat.Converse(sums)}
	addr, ended := serve(t, server, "tcp", "127.0.0.1:0")
	start := make(chan bool)
	var wg sync.WaitGroup
	for range n {
		raw := dial(t, addr)
		wg.Go(func() {
			<-start
			c := tls.Client(raw, clientConfig(tls.VersionTLS13))
			fmt.Fprint(c, "quit\r\n")
			if got, err := io.ReadAll(c); string(got) != "ready\r\nbye\r\n" || err != nil {
				t.Errorf("received %q, %v", got, err)
			}
			c.Close()
		})
	}
	close(start)
	wg.Wait()
	require.NoError(t, server.Shutdown(t.Context()))
	expectEnded(t, ended)
}

// A function that ends its goroutine, as t.FailNow does, takes its own channel with it and nobody
// else's.
func TestConverseGoexit(t *testing.T) {
	for _, kind := range []func(func(*chat.Conversation) error) chat.NewHandler{chat.Converse,
		chat.Threaded} {
		addr, _ := serve(t, &chat.Server{Handler: kind(func(v *chat.Conversation) error {
			for line, err := range v.Lines() {
				if err != nil {
					return err
				}
				if line == "exit" {
					runtime.Goexit()
				}
				v.Printf("%s\r\n", line)
			}
			return nil
		})}, "tcp", "127.0.0.1:0")
		good, bad := dial(t, addr), dial(t, addr)
		r := bufio.NewReader(good)
		fmt.Fprint(good, "a\r\n")
		expectLine(t, r, "a")
		fmt.Fprint(bad, "exit\r\n")
		if _, err := bad.Read(make([]byte, 1)); err == nil {
			t.Error("the channel of the function is open")
		}
		fmt.Fprint(good, "b\r\n")
		expectLine(t, r, "b")
	}
}
