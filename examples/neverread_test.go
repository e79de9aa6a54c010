//go:build linux

package examples

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// smallBuffers lets a socket, or those that a listener accepts, hold little: the system's memory is
// not at issue, and of this size it is soon full.
func smallBuffers(fd int) {
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 8<<10)
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 8<<10)
}

// S11 of the security notes, B42: peers that ask and never read. Above the high-water mark no
// request of theirs is delivered any more, so that their queues stay far below MaxOutput: it is not
// ErrSlowReader that ends them, but the clock of those who take nothing.
func TestPeersThatNeverRead(t *testing.T) {
	n := scaled(5000)
	needDescriptors(t, n)
	stall := "8s"
	if !full {
		stall = "2s"
	}
	cmd := exec.Command(filepath.Join(binaries, "httpd"), "-root", folder(t),
		"-stall-timeout", stall, "-status")
	handOver(t, cmd, 1, smallBuffers)
	s := startCommand(t, cmd)
	ends := &ended{t, s.addr}
	h := &honest{T: t, addr: s.addr}
	quiet := h.p99(500)
	before := s.status(t, "VmRSS")

	peers := s.crowd(t, n, smallBuffers)
	patterns := [][]byte{
		[]byte(strings.Repeat("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 1000)),
		[]byte(strings.Repeat("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r\n"+
			strings.Repeat("x", 3000), 10)),
	}
	asked := peers.flood(patterns, func() { require.NoError(t, visit(s.addr)) })
	busy := h.p99(500)
	each := (s.status(t, "VmRSS") - before) << 10 / n
	t.Logf("%d peers, who sent %d KiB each, cost %d bytes each; p99 of an honest client %v, "+
		"without them %v; %d were ended meanwhile",
		n, asked/n>>10, each, busy, quiet, ends.count(stalledOut))
	if each > 64<<10 {
		t.Errorf("%d bytes each, want at most 64 KiB", each)
	}
	h.judge(busy, quiet)
	until(t, "all to be ended", func() bool { return ends.count(stalledOut) == n })
	require.NoError(t, visit(s.addr))
}

// flood sends the patterns, one a peer in turn, again and again, until nobody's system takes any
// more, and returns how many bytes that were. Between two rounds it calls f.
func (c *crowd) flood(patterns [][]byte, f func()) (total int) {
	c.Helper()
	at := make([]int, len(c.fds)) // where each is in its pattern
	for _, fd := range c.fds {
		require.NoError(c, unix.SetNonblock(fd, true))
	}
	for idle := 0; idle < 5; f() {
		idle++
		for i, fd := range c.fds {
			p := patterns[i%len(patterns)]
			n, err := unix.Write(fd, p[at[i]:])
			if err == unix.EAGAIN || err == unix.EPIPE || err == unix.ECONNRESET {
				continue // it has been ended, or is full
			}
			require.NoError(c, err)
			at[i] = (at[i] + n) % len(p)
			total += n
			idle = 0
		}
	}
	return total
}
