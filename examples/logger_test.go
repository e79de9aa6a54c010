//go:build unix

package examples

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startLogger starts the logger, and returns what reads its next entry, without the time.
func startLogger(t *testing.T, args ...string) (s *server, entry func() string) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	cmd := exec.Command(filepath.Join(binaries, "logger"),
		append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	cmd.Stdout = w
	s = startCommand(t, cmd)
	w.Close()
	r.SetReadDeadline(time.Now().Add(patience))
	in := bufio.NewReader(r)
	const stamp = "2006/01/02 15:04:05 "
	return s, func() string {
		t.Helper()
		line, err := in.ReadString('\n')
		require.NoError(t, err)
		_, err = time.Parse(stamp, line[:min(len(line), len(stamp))])
		require.NoError(t, err)
		return strings.TrimSuffix(line[len(stamp):], "\n")
	}
}

func TestLoggerLines(t *testing.T) {
	s, entry := startLogger(t)
	c := s.dial(t)
	io.WriteString(c,
		"hello\r\na\x1b[2J\tbc\n\xff\u202e\r\r\n\n"+strings.Repeat("x", 1_000_000)+"\r\nthe e")
	io.WriteString(c, "nd")
	c.Close()
	for _, want := range []string{
		"connected",
		`"hello"`,
		`"a\x1b[2J\tbc"`,
		`"\xff\u202e\r"`,
		`""`,
		`"` + strings.Repeat("x", 256) + `" ... (1000000 bytes)`,
		`"the end"`,
		"left in the middle of a line",
	} {
		if got := entry(); got != c.LocalAddr().String()+" "+want {
			t.Errorf("logged %.300s, want %.300s", got, want)
		}
	}
	reset := s.dial(t)
	io.WriteString(reset, "x\n")
	peer := reset.LocalAddr().String()
	for _, want := range []string{"connected", `"x"`} {
		if got := entry(); got != peer+" "+want {
			t.Errorf("logged %s, want %s", got, want)
		}
	}
	reset.SetLinger(0)
	reset.Close()
	if got, want := entry(),
		fmt.Sprintf("%s left: read tcp %s: read: connection reset by peer", peer, peer); got != want {
		t.Errorf("logged %s, want %s", got, want)
	}
	last := s.dial(t)
	if got := entry(); got != last.LocalAddr().String()+" connected" {
		t.Errorf("logged %s", got)
	}
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q; want status 0", err, rest)
	}
	// It says why: not because its peer ended.
	if got := entry(); !strings.HasPrefix(got, last.LocalAddr().String()+" left: ") {
		t.Errorf("logged %s", got)
	}
}

func TestLoggerRaw(t *testing.T) {
	s, entry := startLogger(t, "-raw")
	c := s.dial(t)
	peer := c.LocalAddr().String()
	if got := entry(); got != peer+" connected" {
		t.Errorf("logged %s", got)
	}
	// Each is logged before the next is sent.
	for _, piece := range []string{"hel", "lo\r", "\nthere", "\x00"} {
		io.WriteString(c, piece)
		if got, want := entry(), fmt.Sprintf("%s %+q", peer, piece); got != want {
			t.Errorf("logged %s, want %s", got, want)
		}
	}
	io.WriteString(c, strings.Repeat("y", 300))
	if got, want := entry(),
		fmt.Sprintf("%s %q ... (300 bytes)", peer, strings.Repeat("y", 256)); got != want {
		t.Errorf("logged %s, want %s", got, want)
	}
	c.Close()
	if got := entry(); got != peer+" left" {
		t.Errorf("logged %s", got)
	}
}
