//go:build unix

package examples

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func dialUDP(t *testing.T, s *server, local string) *net.UDPConn {
	t.Helper()
	var from *net.UDPAddr
	if local != "" {
		var err error
		from, err = net.ResolveUDPAddr("udp", local)
		require.NoError(t, err)
	}
	to, err := net.ResolveUDPAddr("udp", s.addr)
	require.NoError(t, err)
	c, err := net.DialUDP("udp", from, to)
	if err != nil && local != "" {
		t.Skipf("cannot bind %s: %v", local, err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

func TestUDPEcho(t *testing.T) { // S83, B54: an empty datagram is a datagram
	s := start(t, "udpecho")
	a, b := dialUDP(t, s, ""), dialUDP(t, s, "")
	for _, size := range []int{1, 0, 1472, 0, 9000, 65507} {
		for _, c := range []*net.UDPConn{a, b} {
			sent := bytes.Repeat([]byte{byte(size)}, size)
			_, err := c.Write(sent)
			require.NoError(t, err)
		}
		for _, c := range []*net.UDPConn{a, b} {
			got := make([]byte, 70_000)
			n, err := c.Read(got)
			if err != nil || !bytes.Equal(got[:n], bytes.Repeat([]byte{byte(size)}, size)) {
				t.Fatalf("%d bytes: got %d, %v", size, n, err)
			}
		}
	}
}

// Many at once come back whole and in order.
func TestUDPEchoBursts(t *testing.T) {
	s := start(t, "udpecho")
	c := dialUDP(t, s, "")
	got := make([]byte, 2000)
	for round := range 20 {
		const burst = 50 // which a socket holds, whenever its owner comes to run
		for i := range burst {
			fmt.Fprintf(c, "%d of round %d%s", i, round, strings.Repeat(".", 10*i))
		}
		for i := range burst {
			n, err := c.Read(got)
			require.NoError(t, err)
			want := fmt.Sprintf("%d of round %d%s", i, round, strings.Repeat(".", 10*i))
			if string(got[:n]) != want {
				t.Fatalf("got %.40q, want %.40q", got[:n], want)
			}
		}
	}
}

// A service below port 1024 is not answered, and what stands between two others does not hold them
// up.
func TestUDPEchoIgnoresServices(t *testing.T) {
	s := start(t, "udpecho")
	service := dialUDP(t, s, "127.0.0.1:777")
	c := dialUDP(t, s, "")
	for i := range 10 {
		service.Write([]byte("chargen"))
		fmt.Fprint(c, i)
	}
	got := make([]byte, 10)
	for i := range 10 {
		if n, err := c.Read(got); err != nil || string(got[:n]) != fmt.Sprint(i) {
			t.Errorf("got %q, %v; want %d", got[:n], err, i)
		}
	}
	service.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if n, err := service.Read(got); err == nil {
		t.Errorf("port 777 got %q", got[:n])
	}
}

// A peer that has gone disturbs nobody.
func TestUDPEchoToNobody(t *testing.T) {
	s := start(t, "udpecho")
	for range 20 {
		gone := dialUDP(t, s, "")
		gone.Write([]byte("x"))
		gone.Close()
	}
	c := dialUDP(t, s, "")
	c.Write([]byte("still here"))
	got := make([]byte, 20)
	if n, err := c.Read(got); err != nil || string(got[:n]) != "still here" {
		t.Errorf("got %q, %v", got[:n], err)
	}
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q; want status 0", err, rest)
	}
}
