//go:build linux

package examples

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// status returns a number of /proc/PID/status, in its unit.
func (s *server) status(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(text), "\n"+name+":")
	require.True(t, ok, "no %s", name)
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return n
}

// descriptors returns how many the server has open.
func (s *server) descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	require.NoError(t, err)
	return len(entries)
}

// openFiles returns how many sockets and files the server has open: without the descriptors of
// pollers, which come and go with the ways in which its loop waits.
func (s *server) openFiles(t *testing.T) (n int) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		name, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && !strings.HasPrefix(name, "anon_inode:") {
			n++
		}
	}
	return n
}

// A crowd is connections to a server without a goroutine, a buffer or a timer: this process is to
// be no heavier than the one under test.
type crowd struct {
	*testing.T
	fds []int
}

// crowd connects n times.
func (s *server) crowd(t *testing.T, n int, set ...func(fd int)) *crowd {
	t.Helper()
	c := &crowd{T: t}
	t.Cleanup(c.close)
	for range n {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		require.NoError(t, err)
		c.fds = append(c.fds, fd)
		for _, f := range set {
			f(fd)
		}
		peer := netip.MustParseAddrPort(s.addr)
		require.NoError(t,
			unix.Connect(fd, &unix.SockaddrInet4{Addr: peer.Addr().As4(), Port: int(peer.Port())}))
	}
	return c
}

// ask sends a request on every connection, and waits for an answer.
func (c *crowd) ask(request string) {
	c.Helper()
	buf := make([]byte, 4096)
	for _, fd := range c.fds {
		_, err := unix.Write(fd, []byte(request))
		require.NoError(c, err)
		n, err := unix.Read(fd, buf)
		require.NoError(c, err)
		require.NotZero(c, n, "the server has closed a connection")
	}
}

func (c *crowd) close() {
	for _, fd := range c.fds {
		unix.Close(fd)
	}
	c.fds = nil
}

// An idle connection costs the server little memory of its own, with all its clocks running: that
// of the process, without its program text, divided by 18,000, whether it has never said anything,
// or has and is idle again. What httpd needs for its answers is garbage afterwards, for which the
// collector lets the memory of a process grow to twice what is in use: there, only the first number
// is of connections alone.
func TestIdleConnectionsAreSmall(t *testing.T) {
	n, limit := scaled(18_000), 512
	if !full {
		limit = 1024 // what does not grow with them counts for more
	}
	needDescriptors(t, n)
	for _, tt := range []struct {
		program, request string
		garbage          bool
	}{
		{"echo", "hello\r\n", false},
		{"httpd", "HEAD /missing HTTP/1.1\r\nHost: h\r\n\r\n", true},
	} {
		s := start(t, tt.program)
		first := s.crowd(t, 100) // so that what the first connections need is there
		first.ask(tt.request)
		open := s.descriptors(t) - 100
		first.close()
		until(t, "the first to go", func() bool { return s.descriptors(t) <= open })
		before := s.status(t, "RssAnon")
		conns := s.crowd(t, n)
		until(t, "all to be accepted", func() bool { return s.descriptors(t) >= open+n })
		fresh := (s.status(t, "RssAnon") - before) << 10 / n
		conns.ask(tt.request)
		used := (s.status(t, "RssAnon") - before) << 10 / n
		t.Logf("%s: %d connections cost %d bytes each, %d when each has had an answer",
			tt.program, n, fresh, used)
		if fresh > limit || used > limit && !tt.garbage {
			t.Errorf("%s: %d connections cost %d bytes each, %d when each has had an answer; "+
				"want at most %d", tt.program, n, fresh, used, limit)
		}
		conns.close()
	}
}
