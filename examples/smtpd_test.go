//go:build unix

package examples

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A mailServer is a running smtpd, and the folder in which it keeps what it gets.
type mailServer struct {
	*server
	dir  string
	host string
	port string
}

func startMail(t *testing.T, args ...string) *mailServer {
	t.Helper()
	m := &mailServer{dir: filepath.Join(t.TempDir(), "mail")}
	m.server = start(t, "smtpd", append([]string{"-dir", m.dir}, args...)...)
	m.host, m.port, _ = net.SplitHostPort(m.addr)
	return m
}

// stored returns what has been delivered.
func (m *mailServer) stored(t *testing.T) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(m.dir, "new", "*"))
	require.NoError(t, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		all = append(all, string(text))
	}
	return all
}

// expectStored compares what has been delivered, in whatever order, byte for byte, and sees that
// nothing else is there.
func (m *mailServer) expectStored(t *testing.T, want ...string) {
	t.Helper()
	got := m.stored(t)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("stored are %s\nwant %s", summary(got), summary(want))
	}
	if left, err := os.ReadDir(filepath.Join(m.dir, "tmp")); len(left) > 0 || err != nil {
		t.Errorf("%d files are left in tmp, %v", len(left), err)
	}
}

func summary(texts []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d messages:", len(texts))
	for _, text := range texts[:min(len(texts), 20)] {
		fmt.Fprintf(&b, "\n    %d bytes, hash %.6x: %.200q", len(text), sha256.Sum256([]byte(text)), text)
	}
	return b.String()
}

// dotty is a text that a careless server or client would not leave as it is.
const dotty = "Subject: dots\n\n.\n..\n...\n. \n.a\n\n.\n\ttail . \n"

func withCRLF(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestSMTPDWithSwaks(t *testing.T) {
	t.Parallel()
	need(t, "swaks")
	m := startMail(t)
	common := []string{"--to", "a@example.com,b@example.com", "--from", "c@example.com",
		"--suppress-data"}
	swaks := func(m *mailServer, args ...string) string {
		return client(t, "swaks",
			slices.Concat([]string{"--server", m.host, "--port", m.port}, common, args)...)
	}
	for _, args := range [][]string{nil, {"--pipeline"}, {"--tls"}, {"--tls", "--pipeline"},
		{"--protocol", "SMTP"}} {
		swaks(m, append(args, "--data", strings.ReplaceAll(dotty, "\n", `\n`))...)
	}
	got := m.stored(t)
	if len(got) != 5 {
		t.Fatalf("stored are %s", summary(got))
	}
	want := withCRLF(dotty)
	for _, text := range got {
		// swaks has line ends of its own.
		if rest, ok := strings.CutPrefix(text, want); !ok || strings.Trim(rest, "\r\n") != "" {
			t.Errorf("stored is %q, want %q", text, want)
		}
	}
	secure := startMail(t, "-tls")
	if out := swaks(secure, "--tls-on-connect"); strings.Contains(out, "STARTTLS") ||
		!strings.Contains(out, "250 2.0.0 The message") {
		t.Errorf("swaks over implicit TLS:\n%s", out)
	}
	if n := len(secure.stored(t)); n != 1 {
		t.Errorf("%d messages came over implicit TLS, want 1", n)
	}
}

// withSMTPLib sends, and keeps what it has sent, as it should arrive, in files.
const withSMTPLib = `
import os, smtplib, socket, ssl, sys
host, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sent = 0
def keep(text):
    global sent
    sent += 1
    with open(os.path.join(out, str(sent)), "wb") as f:
        f.write(text)
dotty = b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\n\r\n\x00\xff\r\n.\r\n"
large = b"Subject: large\r\n\r\n" + b".0123456789" * 6 + b"\r\n"
large += b"".join(b"%d: " % i + b"." * (i % 70) + b"\r\n" for i in range(10_000_000 // 45))
print(len(large))
assert len(large) > 9_000_000
for tls in False, True:
    with smtplib.SMTP(host, port, timeout=200) as s:
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            s.starttls(context=context)
        for text in [dotty, large] + [b"Subject: %d\r\n\r\nhello\r\n" % i for i in range(20)]:
            assert s.sendmail("a@example.com", ["b@example.com", "c@example.com"], text) == {}
            keep(text)
        s.sendmail("\u00e9@example.com", ["\u00fc@example.com"], dotty,
            mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        keep(dotty)
        assert s.verify("b")[0] == 252
        assert s.noop()[0] == 250
        code, answer = s.mail("a@example.com", ["SIZE=99999999999"])
        assert code == 552, answer
        s.sendmail("a@example.com", ["b@example.com"], b"the last\r\n")
        keep(b"the last\r\n")
# All at once, before the greeting has come, texts and all.
n = 50
message = b"MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\npipelined %d\r\n.\r\n"
with socket.create_connection((host, port), 200) as c:
    c.sendall(b"EHLO me\r\n" + b"".join(message % i for i in range(n)) + b"QUIT\r\n")
    answers = c.makefile("rb").read().split(b"\r\n")
assert answers[-2].startswith(b"221 "), answers
assert sum(a == b"250 2.0.0 The message is on the disk" for a in answers) == n, answers
for i in range(n):
    keep(b"pipelined %d\r\n" % i)
`

func TestSMTPDWithPython(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	m := startMail(t, "-loops", "2")
	sent := t.TempDir()
	script := filepath.Join(t.TempDir(), "script.py")
	require.NoError(t, os.WriteFile(script, []byte(withSMTPLib), 0o644))
	client(t, "python3", script, m.host, m.port, sent)
	names, err := filepath.Glob(filepath.Join(sent, "*"))
	require.NoError(t, err)
	var want []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		want = append(want, string(text))
	}
	if len(want) != 2*24+50 {
		t.Errorf("%d messages were sent", len(want))
	}
	m.expectStored(t, want...)
}

func TestSMTPDWithOpenSSL(t *testing.T) {
	need(t, "openssl")
	m := startMail(t)
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		cmd := exec.Command("openssl", "s_client", "-starttls", "smtp", "-connect", m.addr,
			"-quiet", "-crlf", version)
		cmd.Stdin = strings.NewReader("EHLO me\nMAIL FROM:<a@b.c>\nRCPT TO:<d@e.f>\nDATA\nover TLS " +
			version + "\n.\nQUIT\n")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if want := "250 2.0.0 The message is on the disk\r\n221 2.0.0 Goodbye\r\n"; err != nil ||
			!strings.HasSuffix(string(out), want) {
			t.Errorf("s_client %s: %v\n%s%s", version, err, out, stderr.Bytes())
		}
	}
	m.expectStored(t, "over TLS -tls1_2\r\n", "over TLS -tls1_3\r\n")
}

// With a certificate of ours, which curl believes and checks.
func TestSMTPDWithCurl(t *testing.T) {
	need(t, "curl")
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	client(t, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
		"-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=localhost",
		"-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
	text := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(text, []byte(dotty), 0o644))
	curl := func(url string) {
		client(t, "curl", "-sS", "--cacert", cert, "--ssl-reqd", "--crlf", "--mail-from", "a@b.c",
			"--mail-rcpt", "d@e.f", "--upload-file", text, url+"/me")
	}
	m := startMail(t, "-cert", cert, "-key", key)
	curl("smtp://" + m.addr)
	m.expectStored(t, withCRLF(dotty))
	m = startMail(t, "-cert", cert, "-key", key, "-tls")
	curl("smtps://" + m.addr)
	m.expectStored(t, withCRLF(dotty))
	_, errs, status := run(t, nil, "smtpd", "-addr", "127.0.0.1:0", "-dir", dir, "-cert", cert)
	if status != 1 || !strings.HasPrefix(errs, "smtpd: ") {
		t.Errorf("with a certificate and no key: status %d, %q", status, errs)
	}
}

// An idle session hears of the end, and does not hold it up; a text that is on its way is waited
// for.
func TestSMTPDEnds(t *testing.T) {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		m := startMail(t)
		idle, busy := dialMail(t, m.addr), dialMail(t, m.addr)
		defer idle.Close()
		defer busy.Close()
		for _, step := range []string{"MAIL FROM:<a@b.c>", "RCPT TO:<d@e.f>"} {
			require.NoError(t, busy.ask(250, step))
		}
		require.NoError(t, busy.ask(354, "DATA"))
		m.cmd.Process.Signal(sig)
		if _, _, err := idle.ReadResponse(421); err != nil {
			t.Errorf("idle: %v", err)
		}
		if err := busy.ask(250, "the last\r\n."); err != nil {
			t.Error(err)
		}
		if _, _, err := busy.ReadResponse(421); err != nil {
			t.Error(err)
		}
		idle.Close()
		busy.Close()
		if rest, err := m.stop(nothing); err != nil || rest != "" {
			t.Errorf("after %v: %v, standard error %q; want status 0", sig, err, rest)
		}
		m.expectStored(t, "the last\r\n")
	}
}

// What postfix's load generator sends, of one length each, is stored once for each message that it
// counts.
func TestSMTPDWithSMTPSource(t *testing.T) {
	t.Parallel()
	need(t, "smtp-source")
	const length = 4096
	for _, session := range []string{"a session for each message", "-d"} { // -d: do not disconnect
		count := scaled(20_000)
		args := []string{"-s", "50", "-l", fmt.Sprint(length), "-f", "a@example.com",
			"-t", "b@example.com"}
		if session == "-d" {
			count /= 4
			args = append(args, session)
		}
		args = append(args, "-m", fmt.Sprint(count))
		m := startMail(t, "-loops", "2")
		client(t, "smtp-source", append(args, m.addr)...)
		var lines strings.Builder
		for i := 1; lines.Len() < length-80; i++ {
			fmt.Fprintf(&lines, "%d%s\r\n", i%10, strings.Repeat("X", 77))
		}
		all := m.stored(t)
		if len(all) != count {
			t.Errorf("%s: %d messages are stored, want %d", session, len(all), count)
		}
		ids := map[string]bool{}
		for _, text := range all {
			head, body, _ := strings.Cut(text, "\r\n\r\n")
			_, id, _ := strings.Cut(head, "Message-Id: ")
			ids[id] = true
			rest, ok := strings.CutPrefix(body, lines.String())
			if !ok || rest != strings.Repeat("X", length-lines.Len())+"\r\n" {
				t.Fatalf("%s: stored is %q", session, text)
			}
		}
		if len(ids) != len(all) {
			t.Errorf("%s: %d messages have %d ids", session, len(all), len(ids))
		}
	}
}

// Large messages of many clients at once need little memory: they are on the disk before they have
// ended.
func TestSMTPDKeepsLittle(t *testing.T) {
	t.Parallel()
	m := startMail(t, "-max-size", "1000000000")
	before := m.peakMemory(t)
	line := strings.Repeat("x", 998) + "\r\n"
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			c := dialMail(t, m.addr)
			defer c.Close()
			err := c.send(io.LimitReader(&endlessLines{line: line}, int64(scaled(50<<20)/1000*1000)))
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if grown := m.peakMemory(t) - before; grown > 40<<20 {
		t.Errorf("grew by %d MiB, want at most 40", grown>>20)
	} else {
		t.Logf("grew by %d KiB for 20 messages of %d MiB at once", grown>>10, scaled(50<<20)>>20)
	}
	names, err := filepath.Glob(filepath.Join(m.dir, "new", "*"))
	require.NoError(t, err)
	if len(names) != 20 {
		t.Errorf("%d messages are stored, want 20", len(names))
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Size() != int64(scaled(50<<20)/1000*1000) {
			t.Errorf("%s: %v, %v", name, info.Size(), err)
		}
	}
	if rest, err := m.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q", err, rest)
	}
}

type endlessLines struct {
	line string
	at   int
}

func (e *endlessLines) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], e.line[e.at:])
		n += k
		e.at = (e.at + k) % len(e.line)
	}
	return n, nil
}
