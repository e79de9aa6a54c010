//go:build unix

package examples

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startForward starts a forwarder to remote.
func startForward(t *testing.T, remote string) *server {
	t.Helper()
	host, port, err := net.SplitHostPort(remote)
	require.NoError(t, err)
	return launch(t, "forward", "-p", "0", "--remote-ip", host, "--remote-port", port)
}

// remote listens, and serves each connection on a goroutine of its own.
func remote(t *testing.T, serve func(*net.TCPConn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				serve(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

// 1 GiB each way at once, one of the readers slow: all of it arrives, and what waits for that
// reader waits in the sender, not in the forwarder.
func TestForwardKeepsLittle(t *testing.T) { // F3, B23, B42
	size, rate := int64(scaled(1<<30)), 50_000_000
	sums := make(chan string, 2)
	both := func(c *net.TCPConn, seed byte, r io.Reader) {
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := io.CopyN(c, rand.NewChaCha8([32]byte{seed}), size)
			if err != nil {
				t.Errorf("sending: %v", err)
			}
			c.CloseWrite()
		})
		h := sha256.New()
		n, err := io.Copy(h, r)
		if err != nil {
			t.Errorf("after %d bytes: %v", n, err)
		}
		sums <- fmt.Sprintf("%d %x", n, h.Sum(nil))
		wg.Wait()
	}
	s := startForward(t, remote(t, func(c *net.TCPConn) { both(c, 1, c) }))
	before := s.peakMemory(t)
	c := s.dial(t)
	c.SetDeadline(time.Now().Add(patience))
	begin := time.Now()
	both(c, 2, newSlowReader(t, c, rate))
	took := time.Since(begin)
	want := map[string]bool{}
	for seed := range 2 {
		h := sha256.New()
		io.CopyN(h, rand.NewChaCha8([32]byte{byte(seed + 1)}), size)
		want[fmt.Sprintf("%d %x", size, h.Sum(nil))] = true
	}
	for range 2 {
		if got := <-sums; !want[got] {
			t.Errorf("received %s, want one of %v", got, want)
		} else {
			delete(want, got)
		}
	}
	least := time.Duration(float64(size) / float64(rate) * 0.8 * float64(time.Second))
	if took < least {
		t.Errorf("took %v: the reader was not slow", took)
	}
	if grown := s.peakMemory(t) - before; grown > 16<<20 {
		t.Errorf("grew by %d MiB, want at most 16", grown>>20)
	} else {
		t.Logf("grew by %d KiB for %d MiB each way in %v", grown>>10, size>>20, took)
	}
}

// A slowReader reads at a rate, in bytes a second.
type slowReader struct {
	r     io.Reader
	tick  *time.Ticker
	quota int
	left  int
}

func newSlowReader(t *testing.T, r io.Reader, rate int) *slowReader {
	s := &slowReader{r: r, tick: time.NewTicker(10 * time.Millisecond), quota: rate / 100}
	t.Cleanup(s.tick.Stop)
	return s
}

func (s *slowReader) Read(p []byte) (int, error) {
	if s.left == 0 {
		<-s.tick.C
		s.left = s.quota
	}
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// Whoever ends its direction gets what the other one has still to say.
func TestForwardHalfClose(t *testing.T) { // B23
	reply := strings.Repeat("reply ", 500_000)
	s := startForward(t, remote(t, func(c *net.TCPConn) {
		request, err := io.ReadAll(c) // no answer before the end
		if err != nil || string(request) != "request" {
			t.Errorf("the remote received %q, %v", request, err)
		}
		io.WriteString(c, reply)
	}))
	c := s.dial(t)
	io.WriteString(c, "request")
	c.CloseWrite()
	if got, err := io.ReadAll(c); string(got) != reply || err != nil {
		t.Errorf("received %d bytes, %v; want %d", len(got), err, len(reply))
	}
	t.Run("nc", func(t *testing.T) {
		need(t, "nc")
		host, port, _ := net.SplitHostPort(s.addr)
		nc := exec.Command("nc", "-N", host, port)
		nc.Stdin = strings.NewReader("request")
		if got, err := nc.Output(); string(got) != reply || err != nil {
			t.Errorf("nc -N received %d bytes, %v; want %d", len(got), err, len(reply))
		}
	})
}

// The remote ends first, and still hears the client out.
func TestForwardHalfCloseOfTheRemote(t *testing.T) { // B23
	heard := make(chan string, 1)
	s := startForward(t, remote(t, func(c *net.TCPConn) {
		io.WriteString(c, "greeting")
		c.CloseWrite()
		all, _ := io.ReadAll(c)
		heard <- string(all)
	}))
	c := s.dial(t)
	if got, err := io.ReadAll(c); string(got) != "greeting" || err != nil {
		t.Errorf("received %q, %v", got, err)
	}
	long := strings.Repeat("answer ", 100_000)
	io.WriteString(c, long)
	c.CloseWrite()
	if got := <-heard; got != long {
		t.Errorf("the remote heard %d bytes, want %d", len(got), len(long))
	}
}

// A client that reads nothing does not keep its own requests from arriving: the directions do not
// depend on each other.
func TestForwardDirectionsAreIndependent(t *testing.T) {
	heard := make(chan int64, 1)
	done := make(chan bool)
	s := startForward(t, remote(t, func(c *net.TCPConn) {
		go io.Copy(c, endless{}) // until nothing fits between us
		n, _ := io.CopyN(io.Discard, c, 50_000_000)
		heard <- n
		<-done
	}))
	defer close(done)
	c := s.dial(t)
	io.CopyN(c, endless{}, 50_000_000)
	if n := <-heard; n != 50_000_000 {
		t.Errorf("the remote heard %d bytes", n)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestForwardRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	s := startForward(t, l.Addr().String())
	c := s.dial(t)
	io.WriteString(c, "is anybody there?")
	if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
		t.Errorf("received %q, %v; want the end", got, err)
	}
	c.Close()
	rest, err := s.stop(syscall.SIGTERM)
	if want := "dial tcp " + l.Addr().String() + ": connect: connection refused\n"; rest != want ||
		err != nil {
		t.Errorf("standard error %q, %v; want %q", rest, err, want)
	}
}

// A side that is reset takes the other with it, and what came before is not lost.
func TestForwardReset(t *testing.T) {
	s := startForward(t, remote(t, func(c *net.TCPConn) {
		io.ReadFull(c, make([]byte, 5))
		io.WriteString(c, "last words")
		c.SetLinger(0)
	}))
	c := s.dial(t)
	io.WriteString(c, "hello")
	if got, err := io.ReadAll(c); !strings.HasPrefix("last words", string(got)) || err != nil {
		t.Errorf("received %q, %v", got, err)
	}
}

func TestForwardManyConnections(t *testing.T) {
	s := launch(t, "forward", "--local-ip", "127.0.0.1", "--local-port", "0", "-r", "127.0.0.1",
		"-P", portOf(start(t, "echo").addr), "-loops", "2")
	const conns, rounds = 200, 20
	var wg sync.WaitGroup
	for i := range conns {
		c := s.dial(t)
		wg.Go(func() {
			line := fmt.Appendf(nil, "connection %d says %s\r\n", i, strings.Repeat("x", 17*i))
			got := make([]byte, len(line))
			for range rounds {
				c.Write(line)
				if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, line) {
					t.Errorf("connection %d: %.60q, %v", i, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// A transfer that goes on when the signal comes is finished.
func TestForwardTermInTransfer(t *testing.T) { // B55
	size := scaled(100_000_000)
	s := startForward(t, remote(t, func(c *net.TCPConn) { io.CopyN(c, endless{}, int64(size)) }))
	c := s.dial(t)
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	n, err := io.Copy(io.Discard, newSlowReader(t, c, size))
	if n != int64(size-1) || err != nil {
		t.Errorf("received %d bytes, %v; want %d", n, err, size-1)
	}
	c.Close()
	if rest, err := s.stop(nothing); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q; want status 0", err, rest)
	}
}

func TestForwardUsage(t *testing.T) {
	out, err := exec.Command(binaries+"/forward", "-p", "0").CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "usage: ") ||
		!strings.Contains(string(out), "-remote-port") {
		t.Errorf("without a remote: %v, %s", err, out)
	}
}
