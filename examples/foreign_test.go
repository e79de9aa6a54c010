//go:build unix

package examples

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// E1: a page in a browser may post to any port. No server obeys what comes behind a line of HTTP,
// of SSH, or a record of TLS: it hangs up.
func TestForeignProtocols(t *testing.T) {
	for name, commands := range map[string]string{
		"memcached": "set k 0 0 1\r\nx\r\nget k\r\n",
		"redis":     "SET k x\r\nGET k\r\n",
		"pop3":      "USER u\r\nPASS banana\r\nSTAT\r\n",
		"nntpd":     "LIST\r\n",
		"guess":     "42\r\n",
		"irc":       "NICK ada\r\nUSER a 0 * a\r\n",
		"smtpd":     "EHLO me\r\n",
		"chatroom":  "kong\r\nhello\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, name, strings.Fields(sessionArgs(t, name)[0])...)
			say := func(what string) string {
				c := s.dial(t)
				_, err := io.WriteString(c, what)
				require.NoError(t, err)
				if what == "" {
					c.CloseWrite()
				}
				got, _ := io.ReadAll(c) // a reset is an end, too
				return string(got)
			}
			greeting := say("")
			for protocol, line := range map[string]string{
				"HTTP": "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
				"SSH":  "SSH-2.0-OpenSSH_9.2p1\r\n",
				"TLS":  "\x16\x03\x01\x00\x05\x01\x00\r\n\x00\r\n",
			} {
				got := say(line + commands)
				for _, word := range []string{"ERROR :Closing link: 127.0.0.1 (This is not %s)\r\n",
					"421 4.7.0 This is not %s\r\n"} {
					got = strings.TrimSuffix(got, fmt.Sprintf(word, protocol))
				}
				require.Contains(t, []string{greeting, ""}, got, protocol) // a reset may destroy a greeting
			}
		})
	}
}
