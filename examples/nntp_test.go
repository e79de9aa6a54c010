//go:build unix

package examples

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const news = "nntpd/testdata/news"

// The client lists the groups of our server, and of one that follows a script; who refuses is
// heard.
func TestNNTPClient(t *testing.T) {
	s := start(t, "nntpd", "-dir", news)
	if out, errs, status := run(t, nil, "nntp", s.addr); out != "alt.empty 0 1 n\n"+
		"comp.lang.go 5 1 n\nmisc.test 7 7 n\n" || errs != "" || status != 0 {
		t.Errorf("of nntpd: %q, %q, status %d", out, errs, status)
	}
	long := strings.Repeat("a.group 2 1 y\r\n", 200_000)
	for _, tt := range []struct{ greeting, answer, out, errs string }{
		{"200 hello\r\n", "215 groups\r\n" + long + "..dot 0 1 n\r\n.\r\n",
			strings.ReplaceAll(long, "\r", "") + ".dot 0 1 n\n", ""},
		{"400 busy\r\n", "", "", "nntp: the server greets with \"400 busy\"\n"},
		{"201 hello\r\n", "502 no\r\n", "", "nntp: the answer to LIST is \"502 no\"\n"},
		{"201 hello\r\n", "215 groups\r\nhalf", "half", "nntp: unexpected EOF\n"},
	} {
		addr := remote(t, func(c *net.TCPConn) {
			io.WriteString(c, tt.greeting)
			if tt.answer == "" {
				return
			}
			command := make([]byte, len("LIST\r\n"))
			if _, err := io.ReadFull(c, command); err != nil || string(command) != "LIST\r\n" {
				t.Errorf("the client says %q, %v", command, err)
			}
			io.WriteString(c, tt.answer)
			c.CloseWrite()
			io.Copy(io.Discard, c)
		})
		out, errs, status := run(t, nil, "nntp", addr)
		if want := map[bool]int{true: 0, false: 1}[tt.errs == ""]; out != tt.out ||
			errs != tt.errs || status != want {
			t.Errorf("%q: %d bytes %.80q, %q, status %d; want %d bytes %.80q, %q, %d", tt.greeting, len(out),
				out, errs, status, len(tt.out), tt.out, tt.errs, want)
		}
	}
}

// withNNTPLib reads all that there is, and checks what one command says against the others.
const withNNTPLib = `
import os, sys, warnings
warnings.simplefilter("ignore")
try:
    import nntplib
except ImportError:
    print("no nntplib")
    sys.exit()
host, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with nntplib.NNTP(host, port, readermode=True, timeout=200) as s:
    assert s.nntp_version == 2 and "READER" in s.getcapabilities(), s.getcapabilities()
    assert s.getwelcome().startswith("201"), s.getwelcome()
    groups = s.list()[1]
    descriptions = s.descriptions("*")[1]
    assert descriptions["comp.lang.go"] == "The Go language", descriptions
    assert s.description("misc.test") == "Tests of all kinds"
    assert [g.group for g in s.list("comp.*")[1]] == ["comp.lang.go"]
    s.date(); s.help()
    for g in groups:
        _, count, first, last, name = s.group(g.group)
        assert (name, first, last) == (g.group, int(g.first), int(g.last)), (name, first, last, g)
        if not count:
            continue
        overviews = s.over((first, None))[1]
        assert len(overviews) == count, overviews
        subjects = dict(s.xhdr("subject", "%d-%d" % (first, last))[1])
        for number, fields in overviews:
            _, info = s.article(number)
            assert info.number == number and info.message_id == fields["message-id"], (info, fields)
            assert subjects[str(number)] == fields["subject"], subjects
            assert s.stat(info.message_id)[2] == info.message_id
            text = b"".join(line + b"\r\n" for line in info.lines)
            assert len(text) == int(fields[":bytes"]), fields
            head, body = s.head(number)[1].lines, s.body(info.message_id)[1].lines
            assert len(body) == int(fields[":lines"]), fields
            if body:
                assert head + [b""] + body == info.lines, (head, body)
            with open(os.path.join(out, "%s-%d" % (name, number)), "wb") as f:
                f.write(text)
        s.group(g.group)
        walked = 1
        try:
            while True:
                s.next()
                walked += 1
        except nntplib.NNTPTemporaryError as e:
            assert e.response.startswith("421"), e
        assert walked == count, walked
        try:
            s.post([b"x"])
            assert False, "posted"
        except nntplib.NNTPTemporaryError as e:
            assert e.response.startswith("440"), e
`

// Every article that is in the folder is read as it is there, with CR LF.
func TestNNTPDWithPython(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	dir, out := t.TempDir(), t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(news)))
	large := "Message-ID: <large@example.com>\r\nSubject: large\r\n\r\n" +
		strings.Repeat(".0123456789\r\n..\r\n", 2<<20/17)
	require.NoError(t, os.WriteFile(dir+"/alt.empty/3", []byte(large), 0o600))
	s := start(t, "nntpd", "-dir", dir, "-loops", "2")
	host, port, _ := strings.Cut(s.addr, ":")
	script := filepath.Join(t.TempDir(), "script.py")
	require.NoError(t, os.WriteFile(script, []byte(withNNTPLib), 0o644))
	if said := client(t, "python3", script, host, port, out); said != "" {
		t.Skip(strings.TrimSpace(said))
	}
	for _, name := range []string{"comp.lang.go-1", "comp.lang.go-2", "comp.lang.go-5",
		"misc.test-7", "alt.empty-3"} {
		got, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(dir, strings.Replace(name, "-", "/", 1)))
		require.NoError(t, err)
		want := withCRLF(strings.ReplaceAll(string(text), "\r\n", "\n"))
		if !strings.HasSuffix(want, "\r\n") {
			want += "\r\n"
		}
		if string(got) != want {
			t.Errorf("%s: read %s\nwant %s", name, summary([]string{string(got)}), summary([]string{want}))
		}
	}
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q", err, rest)
	}
	_, errs, status := run(t, nil, "nntpd", "-addr", "127.0.0.1:0",
		"-dir", fmt.Sprint(dir, "/missing"))
	if status != 1 || !strings.HasPrefix(errs, "nntpd: ") {
		t.Errorf("without a folder: status %d, %q", status, errs)
	}
}
