package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// E1: what browsers, TLS and SSH clients say first is known, and nothing else is taken for it.
func TestForeignProtocol(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"GET / HTTP/1.1", "HTTP"},
		{"GET / HTTP/1.1\r", "HTTP"},
		{"POST /a b c HTTP/1.0\r\n", "HTTP"},
		{"OPTIONS * HTTP/1.1", "HTTP"},
		{"CONNECT a:1 HTTP/1.1", "HTTP"},
		{"M-SEARCH * HTTP/1.1", "HTTP"},
		{"PRI * HTTP/2.0", "HTTP"},
		{"SSH-2.0-OpenSSH_9.2", "SSH"},
		{"\x16\x03\x01\x02\x00\x01", "TLS"},
		{"", ""},
		{"\r\n", ""},
		{"\x16", ""},
		{"\x16\x04", ""},
		{"GET", ""},
		{"get k", ""},
		{"GET /", ""},
		{"GET HTTP/1.1", ""},
		{"GET / HTTP", ""},
		{"get / HTTP/1.1", ""},
		{" / HTTP/1.1", ""},
		{"set k 0 0 1", ""},
		{"EHLO HTTP/1.1", ""},
		{"SSH", ""},
	} {
		require.Equal(t, tt.want, chat.ForeignProtocol([]byte(tt.line)), "%q", tt.line)
	}
}
