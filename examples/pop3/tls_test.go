package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func overTLS(c *chattest.Conn) (*tls.Conn, error) {
	peer := tls.Client(c.NetConn(), &tls.Config{InsecureSkipVerify: true})
	return peer, peer.Handshake()
}

// From a network, the password is taken behind STLS only, and what was said before is forgotten.
func TestSTLS(t *testing.T) {
	s := newTestSite(t)
	c := connect(t, s)
	c.SendString("USER kong\r\nSTLS\r\n")
	expect(t, c, "+OK And the password?\r\n+OK Go ahead\r\n")
	s.isHere = func(net.Addr) bool { return false }
	peer, err := overTLS(c)
	require.NoError(t, err)
	for _, step := range []struct{ in, out string }{
		{"PASS banana\r\n", "-ERR Say USER first\r\n"},
		{"STLS\r\n", "-ERR TLS is on\r\n"},
		{"CAPA\r\n", "+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n" +
			"EXPIRE NEVER\r\nUSER\r\n.\r\n"},
		{"USER kong\r\nPASS banana\r\n", "+OK And the password?\r\n+OK 3 74\r\n"},
		{"RETR 1\r\n", "+OK\r\nSubject: hello\r\n\r\n..a dot\r\n...and two\r\n.\r\n"},
		{"DELE 1\r\nQUIT\r\n", "+OK Message 1 goes when you say QUIT\r\n+OK Goodbye\r\n"},
	} {
		fmt.Fprint(peer, step.in)
		var got strings.Builder
		buf := make([]byte, 1000)
		for {
			n, err := peer.Read(buf)
			got.Write(buf[:n])
			if err != nil {
				break
			}
		}
		if got.String() != step.out {
			t.Errorf("%q is answered %q, want %q", step.in, got.String(), step.out)
		}
	}
	if got := s.left(t); got != "23" {
		t.Errorf("left are %q", got)
	}
}

// CVE-2011-0411: what is put behind STLS in plain text is never taken for a command, and the
// handshake fails of it.
func TestSTLSInjection(t *testing.T) {
	s := newTestSite(t)
	const evil = "USER kong\r\nPASS banana\r\nDELE 1\r\nQUIT\r\n"
	for n := 1; n <= len(evil); n++ {
		c := connect(t, s)
		c.SendString("STLS\r\n" + evil[:n])
		expect(t, c, "+OK Go ahead\r\n")
		if _, err := overTLS(c); err == nil {
			t.Errorf("%q: the handshake succeeds", evil[:n])
		}
		var failed *chat.HandshakeError
		if !errors.As(c.Reason(), &failed) {
			t.Errorf("%q: closed with %v", evil[:n], c.Reason())
		}
	}
	if got := s.left(t); got != "123" {
		t.Errorf("left are %q", got)
	}
}

func TestIsHere(t *testing.T) {
	for _, tt := range []struct {
		addr net.Addr
		want bool
	}{
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, true},
		{&net.TCPAddr{IP: net.IPv6loopback}, true},
		{&net.UnixAddr{}, true},
		{&net.TCPAddr{IP: net.IPv4(192, 168, 0, 1)}, false},
		{&net.TCPAddr{IP: net.ParseIP("fe80::1")}, false},
		{nil, false},
	} {
		if got := isHere(tt.addr); got != tt.want {
			t.Errorf("%v: %t", tt.addr, got)
		}
	}
}
