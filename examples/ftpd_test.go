//go:build unix

package examples

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// startFTP serves a folder with a file, a folder and a link out of it, which clients may change.
func startFTP(t *testing.T) (s *server, dir, file string) {
	t.Helper()
	dir = t.TempDir()
	content := make([]byte, 3<<20)
	rand.Read(content)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "down"), content, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "empty"), nil, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.NoError(t, os.Symlink("/etc", filepath.Join(dir, "out")))
	return start(t, "ftpd", "-root", dir, "-write", "-loops", "2"), dir, string(content)
}

func expectFile(t *testing.T, how, name, content string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || string(got) != content {
		t.Errorf("%s: %s has %d bytes, %v; want the %d that were sent", how, name, len(got), err,
			len(content))
	}
}

// curl loads down and up in all ways of opening a data connection, in plain text and over TLS, and
// goes on where it was interrupted.
func TestFTPWithCurl(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	s, dir, content := startFTP(t)
	out := t.TempDir()
	for _, mode := range []string{"", "--disable-epsv", "--ftp-port 127.0.0.1",
		"--ftp-port 127.0.0.1 --disable-eprt", "--ssl-reqd -k", "--ssl-reqd -k --disable-epsv"} {
		curl := func(args ...string) string {
			t.Helper()
			return client(t, "curl", append(strings.Fields("-sS "+mode), args...)...)
		}
		to := filepath.Join(out, "to")
		require.NoError(t, os.WriteFile(to, []byte(content[:1<<20]), 0o644))
		curl("-C", "-", "-o", to, "ftp://"+s.addr+"/down")
		expectFile(t, "curl "+mode, to, content)
		curl("-T", to, "ftp://"+s.addr+"/sub/up")
		curl("-a", "-T", to, "ftp://"+s.addr+"/sub/up")
		expectFile(t, "curl "+mode, filepath.Join(dir, "sub", "up"), content+content)
		curl("-Q", "-DELE sub/up", "-o", to, "ftp://"+s.addr+"/empty")
		expectFile(t, "curl "+mode, to, "")
		list := curl("-l", "ftp://"+s.addr+"/sub/")
		if list != "" {
			t.Errorf("curl %s: behind DELE sub has %q", mode, list)
		}
		if list := curl("ftp://" + s.addr + "/"); strings.Count(list, "\n") != 3 {
			t.Errorf("curl %s lists %q", mode, list)
		}
	}
}

// lftp, which is the one that speaks TLS on connections that the server opens.
func TestFTPWithLftp(t *testing.T) {
	t.Parallel()
	need(t, "lftp")
	s, dir, content := startFTP(t)
	const tls = "set ftp:ssl-force true; set ftp:ssl-protect-data true; " +
		"set ftp:ssl-allow-anonymous true; set ssl:verify-certificate no; "
	for _, mode := range []string{"set ftp:ssl-allow no; ", "set ftp:ssl-allow no; " +
		"set ftp:prefer-epsv no; ", "set ftp:ssl-allow no; set ftp:passive-mode off; ", tls,
		tls + "set ftp:passive-mode off; "} {
		out := t.TempDir()
		to := filepath.Join(out, "to")
		list := client(t, "lftp", "--norc", "-c", mode+"set net:max-retries 1; "+
			"set cmd:fail-exit yes; open ftp://"+s.addr+"; get down -o "+to+"; put "+to+" -o sub/up; "+
			"mkdir sub/deep; mirror -R "+out+" sub/deep; mirror sub "+out+"/copy; mv sub/up sub/moved; "+
			"cls sub; rm sub/moved; rm -r sub/deep")
		expectFile(t, "lftp "+mode, to, content)
		expectFile(t, "lftp "+mode, filepath.Join(out, "copy", "up"), content)
		expectFile(t, "lftp "+mode, filepath.Join(out, "copy", "deep", "to"), content)
		if list != "sub/deep/\nsub/moved\n" {
			t.Errorf("lftp %s lists %q", mode, list)
		}
		left, err := os.ReadDir(filepath.Join(dir, "sub"))
		if err != nil || len(left) > 0 {
			t.Errorf("lftp %s leaves %v, %v", mode, left, err)
		}
	}
}

// withFTPLib uses what Python's client can do, and interrupts transfers as it does, by an ABOR
// whose last byte is urgent.
const withFTPLib = `
import ftplib, io, socket, ssl, sys
host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
content = open(name, "rb").read()
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

def refused(f, *args):
    try:
        f(*args)
    except ftplib.error_perm:
        return
    raise AssertionError(args)

for tls in False, True:
    for passive in True, False:
        c = ftplib.FTP_TLS(context=context, timeout=200) if tls else ftplib.FTP(timeout=200)
        c.connect(host, port)
        c.login()
        if tls:
            c.prot_p()
        c.set_pasv(passive)
        got = io.BytesIO()
        c.retrbinary("RETR down", got.write)
        assert got.getvalue() == content
        got = io.BytesIO()
        c.retrbinary("RETR down", got.write, rest=1000000)
        assert got.getvalue() == content[1000000:]
        c.mkd("new")
        c.cwd("new")
        assert c.pwd() == "/new", c.pwd()
        c.storbinary("STOR up", io.BytesIO(content))
        c.storbinary("STOR up", io.BytesIO(b"end"), rest=len(content))
        assert c.size("up") == len(content) + 3
        c.storlines("STOR lines", io.BytesIO(b"a\nb\n"))
        lines = []
        c.retrlines("RETR lines", lines.append)
        assert lines == ["a", "b"], lines
        facts = dict(c.mlsd(facts=["type", "size"]))
        assert facts["up"] == {"type": "file", "size": str(len(content) + 3)}, facts
        assert sorted(c.nlst()) == ["lines", "up"], c.nlst()
        long = []
        c.dir(long.append)
        assert len(long) == 2, long
        c.rename("up", "/up")
        for command in "SIZE /out/passwd", "RETR ../out/passwd", "CWD ../../etc":
            refused(c.voidcmd, command)
        refused(c.sendport, "127.0.0.2", 20000)
        refused(c.sendeprt, "8.8.8.8", 20000)
        for command in "RETR /down", "STOR part":
            data = c.transfercmd(command)
            if command == "STOR part":
                data.sendall(b"x" * 100000)
            else:
                assert data.recv(1000)
            if tls:
                c.putcmd("ABOR") # abort() sends it past TLS
                reply = c.getmultiline()
            else:
                reply = c.abort()
            assert reply[:3] == "426", reply
            assert c.voidresp()[:3] == "226"
            data.close()
        for name in "/up", "lines", "part":
            c.delete(name)
        c.cwd("..")
        c.rmd("new")
        c.quit()
print("done")
`

func TestFTPWithPython(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	s, dir, _ := startFTP(t)
	host, port, err := net.SplitHostPort(s.addr)
	require.NoError(t, err)
	script := filepath.Join(t.TempDir(), "script.py")
	require.NoError(t, os.WriteFile(script, []byte(withFTPLib), 0o644))
	require.Equal(t, fmt.Sprintln("done"),
		client(t, "python3", script, host, port, filepath.Join(dir, "down")))
}
