//go:build unix

package examples

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// mails are messages that a careless server or client would not leave as they are.
var mails = []string{
	withCRLF(dotty),
	"",
	"\r\n",
	".\r\n.\r\n..\r\n",
	"Subject: 8 bits\r\n\r\n\x00\xff.\r\n.\x80\r\n",
	"Subject: large\r\n\r\n" + strings.Repeat(".0123456789\r\n..\r\nabc\r\n", 5<<20/22),
}

// deliver sends mails to smtpd.
func deliver(t *testing.T, m *mailServer) {
	t.Helper()
	c := dialMail(t, m.addr)
	defer c.Close()
	for _, text := range mails {
		for _, step := range []string{"MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>"} {
			require.NoError(t, c.ask(250, step))
		}
		require.NoError(t, c.ask(354, "DATA"))
		stuffed := strings.ReplaceAll("\r\n"+text, "\r\n.", "\r\n..")[len("\r\n"):]
		require.NoError(t, c.ask(250, stuffed+"."))
	}
}

// startStore starts smtpd, has it store the mails, and starts pop3 to hand them out.
func startStore(t *testing.T, args ...string) (*mailServer, *server) {
	t.Helper()
	m := startMail(t)
	deliver(t, m)
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("banana\n"), 0o600))
	return m, start(t, "pop3", append([]string{"-dir", m.dir, "-password-file", password}, args...)...)
}

// expectMails compares what files have with what was sent, in whatever order.
func expectMails(t *testing.T, how string, files, want []string) {
	t.Helper()
	var got []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		got = append(got, string(text))
	}
	want = slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s has fetched %s\nwant %s", how, summary(got), summary(want))
	}
}

// What smtpd has stored, curl fetches byte for byte: in plain text from this machine, behind STLS,
// and over TLS from the first byte.
func TestPOP3WithCurl(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	m, s := startStore(t)
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("banana\n"), 0o600))
	implicit := start(t, "pop3", "-dir", m.dir, "-password-file", password, "-tls")
	want := slices.Clone(mails)
	want[1] = "\r\n" // curl has a line end before the line with the dot, always
	for _, args := range [][]string{{"pop3://" + s.addr}, {"pop3://" + s.addr, "--ssl-reqd", "-k"},
		{"pop3s://" + implicit.addr, "-k"}} {
		dir := t.TempDir()
		all := append(args[1:], "-sS", "--user", "kong:banana")
		var files []string
		for i := range mails {
			file := filepath.Join(dir, strconv.Itoa(i))
			files = append(files, file)
			all = append(all, "-o", file, fmt.Sprintf("%s/%d", args[0], i+1))
		}
		client(t, "curl", all...)
		expectMails(t, strings.Join(args, " "), files, want)
		list := client(t, "curl", append(args[1:], "-sS", "--user", "kong:banana", args[0])...)
		if strings.Count(list, "\n") != len(mails) {
			t.Errorf("curl lists %q", list)
		}
	}
	m.expectStored(t, slices.Clone(mails)...)
}

// withPOPLib fetches all messages to files, plain and behind STLS, and then deletes the first and
// the last.
const withPOPLib = `
import os, poplib, ssl, sys
host, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
for tls in False, True:
    c = poplib.POP3(host, port, timeout=200)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        c.stls(context)
    assert "TOP" in c.capa(), c.capa()
    c.user("kong")
    c.pass_("banana")
    other = poplib.POP3(host, port, timeout=200)
    other.user("kong")
    try:
        other.pass_("banana")
        assert False, "two sessions at once"
    except poplib.error_proto as e:
        assert b"[IN-USE]" in e.args[0], e
    other.close()
    count, size = c.stat()
    sizes = [int(line.split()[1]) for line in c.list()[1]]
    assert count == len(sizes) and size == sum(sizes), (count, size, sizes)
    ids = [line.split()[1] for line in c.uidl()[1]]
    assert len(set(ids)) == count, ids
    for i in range(count):
        _, lines, _ = c.retr(i + 1)
        text = b"".join(line + b"\r\n" for line in lines)
        assert len(text) == sizes[i], (i, len(text), sizes[i])
        with open(os.path.join(out, "%d-%s" % (i, tls)), "wb") as f:
            f.write(text)
        top = c.top(i + 1, 2)[1]
        assert lines[:len(top)] == top and len(top) < 10, top
    c.dele(1)
    if not tls:
        c.rset()
        c.dele(2)
        c.close() # without QUIT
        continue
    c.dele(count)
    c.quit()
c = poplib.POP3(host, port, timeout=200)
c.user("kong")
c.pass_("banana")
print(c.stat()[0])
c.quit()
`

func TestPOP3WithPython(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	m, s := startStore(t, "-loops", "2")
	host, port, _ := strings.Cut(s.addr, ":")
	out := t.TempDir()
	script := filepath.Join(t.TempDir(), "script.py")
	require.NoError(t, os.WriteFile(script, []byte(withPOPLib), 0o644))
	if left := client(t, "python3", script, host, port, out); left != fmt.Sprintln(len(mails)-2) {
		t.Errorf("%q messages are left, want %d", left, len(mails)-2)
	}
	for _, tls := range []string{"False", "True"} {
		files, err := filepath.Glob(filepath.Join(out, "*-"+tls))
		require.NoError(t, err)
		expectMails(t, "poplib, TLS "+tls, files, mails)
	}
	m.expectStored(t, mails[1:len(mails)-1]...)
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q", err, rest)
	}
}

// Without a file with the password the server does not start.
func TestPOP3WantsPassword(t *testing.T) {
	_, errs, status := run(t, bytes.NewReader(nil), "pop3", "-addr", "127.0.0.1:0",
		"-dir", t.TempDir())
	if status != 1 || !strings.HasPrefix(errs, "pop3: -password-file") {
		t.Errorf("status %d, %q", status, errs)
	}
}
