package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/examples/internal/certificate"
)

var testTLS = sync.OnceValue(func() *tls.Config {
	config, err := certificate.Config("", "", "mail.example")
	if err != nil {
		panic(err)
	}
	return config
})

// A mail client in memory, that checks nothing.
func handshake(c *chattest.Conn) (*tls.Conn, error) {
	peer := tls.Client(c.NetConn(), &tls.Config{InsecureSkipVerify: true})
	return peer, peer.Handshake()
}

// What was said in plain text is forgotten: the client has to say EHLO again, and is not offered
// STARTTLS.
func TestStartTLS(t *testing.T) {
	s := newTestSite(t)
	c, _ := connect(t, s)
	c.SendString(begin + "STARTTLS\r\n")
	expectReceived(t, c, begun+"220 2.0.0 Go ahead\r\n")
	peer, err := handshake(c)
	require.NoError(t, err)
	for _, step := range []struct{ in, out string }{
		{"DATA\r\n", "503 5.5.1 MAIL comes first, then RCPT, and no BDAT\r\n"},
		{"MAIL FROM:<a@b.c>\r\n", "503 5.5.1 Say EHLO first\r\n"},
		{"EHLO me\r\n", "250-mail.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n" +
			"250-SMTPUTF8\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES\r\n"},
		{"STARTTLS\r\n", "503 5.5.1 TLS is on\r\n"},
		{"MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\n",
			"250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n" + go354},
		{"secret\r\n.\r\n", accepted},
	} {
		fmt.Fprint(peer, step.in)
		got := make([]byte, 1000)
		n, _ := peer.Read(got)
		if string(got[:n]) != step.out {
			t.Errorf("%q is answered %q, want %q", step.in, got[:n], step.out)
		}
	}
	expectMails(t, s, "secret\r\n")
}

// S3 of the security notes, CVE-2011-0411: what is put behind STARTTLS in plain text is never taken
// for a command, and the handshake fails of it.
func TestStartTLSInjection(t *testing.T) {
	s := newTestSite(t)
	const evil = "RSET\r\nMAIL FROM:<evil@x>\r\n"
	for n := 1; n <= len(evil); n++ {
		for _, how := range []string{"one segment", "two segments", "byte by byte"} {
			c, h := connect(t, s)
			c.SendString("EHLO me\r\n")
			c.Received()
			all := "STARTTLS\r\n" + evil[:n]
			switch how {
			case "one segment":
				c.SendString(all)
			case "two segments":
				c.SendString("STARTTLS\r\n")
				c.SendString(evil[:n])
			default:
				for i := range len(all) {
					c.SendString(all[i : i+1])
				}
			}
			calls := strings.Join(c.Calls(), ", ")
			if !strings.HasSuffix(calls, `Collect "STARTTLS", Found`) &&
				!strings.Contains(calls, `Collect "STARTTLS", Found, Close chat: TLS handshake`) {
				t.Errorf("%q in %s: the session was called with %s", evil[:n], how, calls)
			}
			if got := string(c.Received()); !strings.HasPrefix(got, "220 2.0.0 Go ahead\r\n") ||
				strings.Contains(got, "250") {
				t.Errorf("%q in %s: received %q", evil[:n], how, got)
			}
			if _, err := handshake(c); err == nil {
				t.Errorf("%q in %s: the handshake succeeds", evil[:n], how)
			}
			var failed *chat.HandshakeError
			if !errors.As(c.Reason(), &failed) || h.secure || h.envelope != nil {
				t.Errorf("%q in %s: the reason is %v, secure %t, envelope %v", evil[:n], how, c.Reason(),
					h.secure, h.envelope)
			}
			c.CloseWrite()
			if !c.Closed() {
				t.Errorf("%q in %s: not closed", evil[:n], how)
			}
		}
	}
}

// A client that does not wait for the answer to STARTTLS loses nothing: its hello is in the same
// segment.
func TestEarlyHello(t *testing.T) {
	s := newTestSite(t)
	c, h := connect(t, s)
	c.SendString("EHLO me\r\n")
	c.Received()
	peer := tls.Client(&hasty{Conn: c.NetConn(), out: "STARTTLS\r\n",
		in: len("220 2.0.0 Go ahead\r\n")}, &tls.Config{InsecureSkipVerify: true})
	if err := peer.Handshake(); err != nil || !h.secure {
		t.Errorf("Handshake: %v, secure is %t", err, h.secure)
	}
}

// A hasty connection has something to say in front of its first write, and skips the answer to
// that.
type hasty struct {
	net.Conn
	out string
	in  int
}

func (h *hasty) Write(p []byte) (int, error) {
	_, err := h.Conn.Write(append([]byte(h.out), p...))
	h.out = ""
	return len(p), err
}

func (h *hasty) Read(p []byte) (int, error) {
	if h.in > 0 {
		if _, err := io.CopyN(io.Discard, h.Conn, int64(h.in)); err != nil {
			return 0, err
		}
		h.in = 0
	}
	return h.Conn.Read(p)
}
