//go:build unix

package examples

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTelnetWithPipes(t *testing.T) { // S109
	s := start(t, "echo")
	host, port, _ := net.SplitHostPort(s.addr)
	var long, want strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&long, "line %d\n", i)
		fmt.Fprintf(&want, "line %d\r\n", i)
	}
	for _, test := range []struct{ in, want string }{
		{"hello\nworld\n", "hello\r\nworld\r\n"},
		{"hello\r\n\r\n", "hello\r\n\r\n"},
		{"an unfinished line is no line to the server", ""},
		{"", ""},
		{long.String(), want.String()}, // far more than fits between us: neither may wait for the other
	} {
		out, errs, status := run(t, strings.NewReader(test.in), "telnet", host, port)
		if out != test.want || errs != "" || status != 0 {
			t.Errorf("%.40q: received %d bytes, standard error %q, status %d; want %d bytes, nothing, 0",
				test.in, len(out), errs, status, len(test.want))
		}
	}
}

// A regular file is always ready: there is nothing to wait for (S110).
func TestTelnetWithFiles(t *testing.T) {
	s := start(t, "echo")
	host, port, _ := net.SplitHostPort(s.addr)
	name := filepath.Join(t.TempDir(), "in")
	require.NoError(t, os.WriteFile(name, []byte(strings.Repeat("a line\r\n", 50_000)), 0o644))
	in, err := os.Open(name)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer out.Close()
	var errs bytes.Buffer
	cmd := command(t, in, "telnet", host, port)
	cmd.Stdout, cmd.Stderr = out, &errs
	err = cmd.Run()
	got, readErr := os.ReadFile(out.Name())
	require.NoError(t, readErr)
	if want := strings.Repeat("a line\r\n", 50_000); string(got) != want || err != nil {
		t.Errorf("received %d bytes, %v, standard error %q; want %d bytes", len(got), err,
			errs.String(), len(want))
	}
}

// The end of the input is the end of one direction only, and the program ends when the server has
// said all, whatever the input does.
func TestTelnetEnds(t *testing.T) {
	farewell := strings.Repeat("farewell ", 100_000)
	host, port, _ := net.SplitHostPort(remote(t, func(c *net.TCPConn) {
		all, _ := io.ReadAll(c)
		io.WriteString(c, string(all)+farewell)
	}))
	if out, errs, status := run(t, strings.NewReader("bye\n"), "telnet", host, port); out != "bye\r\n"+
		farewell || errs != "" || status != 0 {
		t.Errorf("received %d bytes, standard error %q, status %d", len(out), errs, status)
	}
	host, port, _ = net.SplitHostPort(remote(t, func(c *net.TCPConn) { io.WriteString(c, "go away") }))
	in, w, err := os.Pipe() // that nobody closes
	require.NoError(t, err)
	defer in.Close()
	defer w.Close()
	if out, errs, status := run(t, in, "telnet", host, port); out != "go away" ||
		errs != "" || status != 0 {
		t.Errorf("received %q, standard error %q, status %d", out, errs, status)
	}
	if out, errs, status := run(t, in, "telnet", "127.0.0.1", "1"); out != "" ||
		errs != "telnet: dial tcp 127.0.0.1:1: connect: connection refused\n" || status != 1 {
		t.Errorf("refused: %q, standard error %q, status %d", out, errs, status)
	}
	if _, errs, status := run(t, in, "telnet", "127.0.0.1"); errs != "usage: telnet HOST PORT\n" ||
		status != 2 {
		t.Errorf("without a port: standard error %q, status %d", errs, status)
	}
}

// onTerminal runs a command on a new terminal, types what it is given behind "TYPE", or sends the
// signal behind "KILL", waits for what is behind "EXPECT", and in the end prints the status, and
// whether the terminal is as it was.
const onTerminal = `
import os, pty, signal, subprocess, sys
signal.alarm(200)
master, slave = pty.openpty()
p = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave)
shown = b""
for step in sys.argv[1].encode().decode("unicode_escape").encode("latin-1").split(b";"):
    what, _, arg = step.partition(b" ")
    if what == b"TYPE":
        os.write(master, arg)
    elif what == b"KILL":
        p.send_signal(signal.SIGINT)
    elif what == b"EXPECT":
        while arg not in shown:
            shown += os.read(master, 1000)
        shown = shown[shown.index(arg) + len(arg):]
print(p.wait(), os.get_blocking(slave))
`

func TestTelnetOnATerminal(t *testing.T) {
	need(t, "python3")
	s := start(t, "echo")
	host, port, _ := net.SplitHostPort(s.addr)
	for steps, want := range map[string]string{
		// Once it is echoed by the terminal, and once by the server. The terminal shows "\r\n" for "\n".
		`TYPE hello\n;EXPECT hello\r\nhello\r\r\n;TYPE \x04`:            "0 True\n",
		`TYPE one\n;EXPECT one\r\none\r\r\n;KILL;EXPECT telnet: interr`: "1 True\n",
	} {
		got := client(t, "python3", "-c", onTerminal, steps,
			filepath.Join(binaries, "telnet"), host, port)
		if got != want {
			t.Errorf("%s: status and blocking mode %q, want %q", steps, got, want)
		}
	}
}
