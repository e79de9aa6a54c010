//go:build unix

package examples

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// W2: a server that was stopped for longer than its clocks, by a debugger or a paused container,
// answers all whose requests lie in its sockets: of those it knows, and of those that wait to be
// accepted.
func TestHTTPDWasStopped(t *testing.T) {
	stop, args := 12*time.Second, []string{"-root", folder(t)}
	if !full {
		stop, args = 2500*time.Millisecond, append(args, "-first-timeout", "2s", "-request-timeout", "2s")
	}
	s := start(t, "httpd", args...)
	ask := func(c net.Conn) {
		_, err := fmt.Fprint(c, "GET /small.txt HTTP/1.0\r\n\r\n")
		require.NoError(t, err)
	}
	var conns []net.Conn
	for range scaled(300) / 2 {
		conns = append(conns, s.dial(t))
	}
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGSTOP))
	defer s.cmd.Process.Signal(syscall.SIGCONT)
	for _, c := range conns {
		ask(c)
	}
	for len(conns) < scaled(300) {
		c := s.dial(t)
		ask(c)
		conns = append(conns, c)
	}
	<-time.After(stop)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGCONT))
	answered := 0
	for _, c := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err == nil && resp.StatusCode == http.StatusOK {
			answered++
		}
	}
	if answered != len(conns) {
		t.Errorf("%d of %d are answered", answered, len(conns))
	}
}
