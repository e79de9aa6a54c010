package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func newGuardedSite(t *testing.T) *site {
	file := filepath.Join(t.TempDir(), "users")
	require.NoError(t, os.WriteFile(file, []byte("# us\nkong:ba:na\n\nada:x\r\n"), 0o600))
	s := newTestSite(t)
	var err error
	s.users, err = readUsers(file)
	require.NoError(t, err)
	return s
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// Those who are known may send, over TLS, and nobody else.
func TestAuth(t *testing.T) {
	const welcome = "235 2.7.0 Welcome\r\n"
	const wrong = "535 5.7.8 Wrong name or password\r\n"
	for name, steps := range map[string][][2]string{
		"plain":    {{"AUTH PLAIN " + b64("\x00kong\x00ba:na") + "\r\n", "235 2.7.0 Welcome\r\n"}},
		"plain, 2": {{"auth plain\r\n", "334 \r\n"}, {b64("\x00ada\x00x") + "\r\n", welcome}},
		"itself":   {{"AUTH PLAIN " + b64("ada\x00ada\x00x") + "\r\n", "235 2.7.0 Welcome\r\n"}},
		"login": {{"AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n"},
			{b64("kong") + "\r\n", "334 UGFzc3dvcmQ6\r\n"},
			{b64("ba:na") + "\r\n", "235 2.7.0 Welcome\r\n"}},
		"login, 1": {{"AUTH LOGIN " + b64("ada") + "\r\n" + b64("x") + "\r\n",
			"334 UGFzc3dvcmQ6\r\n235 2.7.0 Welcome\r\n"}},
		"wrong": {{"AUTH PLAIN " + b64("\x00kong\x00x") + "\r\n", wrong},
			{"AUTH PLAIN " + b64("\x00nobody\x00") + "\r\n", wrong},
			{"AUTH PLAIN " + b64("kong\x00ada\x00x") + "\r\n", wrong}, // for somebody else
			{"AUTH LOGIN =\r\n\r\n", "334 UGFzc3dvcmQ6\r\n" + wrong},
			{"AUTH PLAIN " + b64("\x00kong\x00") + "\r\n", "421 4.7.0 Too many wrong passwords\r\n"}},
		"no login": {{"AUTH\r\n", "501 5.5.4 Wrong number of arguments\r\n"},
			{"AUTH CRAM-MD5\r\n", "504 5.5.4 It is AUTH PLAIN or AUTH LOGIN\r\n"},
			{"AUTH PLAIN\r\n*\r\n", "334 \r\n501 5.7.0 As you like\r\n"},
			{"AUTH PLAIN !\r\n", "501 5.5.2 That is not base64\r\n"},
			{"AUTH PLAIN " + b64("kong") + "\r\n",
				"501 5.5.2 It is a name and a password, with zeros before them\r\n"},
			{"AUTH LOGIN\r\n" + strings.Repeat("x", maxLine+1) + "\r\nNOOP\r\n",
				"334 VXNlcm5hbWU6\r\n500 5.5.2 Line too long\r\n250 2.0.0 Ok\r\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newGuardedSite(t)
			c, h := connect(t, s)
			c.SendString("EHLO me\r\nAUTH PLAIN " + b64("\x00kong\x00ba:na") + "\r\nSTARTTLS\r\n")
			got := string(c.Received())
			require.NotContains(t, got, "250-AUTH")
			require.Contains(t, got, "\r\n538 5.7.11 Say STARTTLS first")
			peer, err := handshake(c)
			require.NoError(t, err)
			answered := func(request string) string {
				fmt.Fprint(peer, request)
				c.Advance(penance)
				buf := make([]byte, 1000)
				var all strings.Builder
				for { // until nothing more has come
					n, err := peer.Read(buf)
					all.Write(buf[:n])
					if n == 0 || err != nil {
						return all.String()
					}
				}
			}
			require.Contains(t, answered("EHLO me\r\n"), "\r\n250-AUTH PLAIN LOGIN\r\n")
			require.Equal(t, "530 5.7.0 Say AUTH first\r\n", answered("MAIL FROM:<a@b.c>\r\n"))
			for _, step := range steps {
				require.Equal(t, step[1], answered(step[0]), "%q", step[0])
			}
			admitted := strings.HasPrefix(steps[len(steps)-1][1], "235") ||
				strings.HasSuffix(steps[len(steps)-1][1], "Welcome\r\n")
			require.Equal(t, admitted, h.admitted)
			if admitted {
				require.Equal(t, "250 2.1.0 Sender ok\r\n"+
					"503 5.5.1 EHLO comes first, then AUTH, once, then MAIL\r\n",
					answered("MAIL FROM:<a@b.c>\r\nAUTH PLAIN\r\n"))
			}
		})
	}
}

// Where nobody has to log in, AUTH is not known, also over TLS.
func TestNoUsers(t *testing.T) {
	c, _ := connect(t, newTestSite(t))
	c.Received()
	c.SendString("EHLO me\r\n")
	c.Received()
	c.SendString("AUTH PLAIN\r\nEXPN x\r\nEXPN\r\n")
	const noLists = "502 5.5.1 There are no lists\r\n"
	expectReceived(t, c, "502 5.5.1 Nobody has to log in here\r\n"+noLists+noLists)
	dir := t.TempDir()
	for text, want := range map[string]string{"": "there is no user in it",
		"a:b\nx": ":2: it is NAME:PASSWORD",
		":x":     ":1: it is", "a:": ":1: it is"} {
		file := filepath.Join(dir, "users")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := readUsers(file)
		require.ErrorContains(t, err, want)
	}
}

// E16: an empty chunk leads nowhere, and so has a bound; a chunk that brings something has none.
func TestEmptyChunks(t *testing.T) {
	c, _ := connect(t, newTestSite(t))
	c.SendString(begin + strings.Repeat("BDAT 1\r\nx", 2*maxIdling))
	require.Equal(t, 2*maxIdling, strings.Count(string(c.Received()), "250 2.0.0 And then?\r\n"))
	c.SendString(strings.Repeat("BDAT 0\r\n", maxIdling))
	require.True(t, strings.HasSuffix(string(c.Received()),
		"421 4.7.0 Too many commands without a message\r\n"))
	require.True(t, c.Closed())
}
