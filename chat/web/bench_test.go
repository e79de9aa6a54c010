package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkFileServer compares http.FileServer by Handler with net/http's own server, both in this
// process with their client: rounds of each, one after the other, at 100 connections that stay. The
// figure is the ratio of their requests per second, ours first. A busy machine slows both down
// alike.
//
//	go test ./chat/web -run '^$' -bench FileServer -benchtime 20x
func BenchmarkFileServer(b *testing.B) {
	dir := b.TempDir()
	require.NoError(b, os.WriteFile(filepath.Join(dir, "a.txt"),
		[]byte(strings.Repeat("x", 999)+"!"), 0o644))
	files := http.FileServer(http.Dir(dir))
	theirs := httptest.NewServer(files)
	defer theirs.Close()
	ours := listen(b, Handler(files))
	const conns, each = 100, 20
	a, n := dialMany(b, ours, conns), dialMany(b, theirs.Listener.Addr().String(), conns)
	var spentA, spentN time.Duration
	b.ResetTimer()
	for range b.N {
		spentA += askAll(b, a, each)
		spentN += askAll(b, n, each)
	}
	total := float64(b.N * conns * each)
	b.ReportMetric(total/spentA.Seconds(), "ours/s")
	b.ReportMetric(total/spentN.Seconds(), "nethttp/s")
	b.ReportMetric(spentN.Seconds()/spentA.Seconds(), "ratio")
}

func dialMany(b *testing.B, addr string, n int) (all []net.Conn) {
	for range n {
		c, err := net.Dial("tcp", addr)
		require.NoError(b, err)
		b.Cleanup(func() { c.Close() })
		all = append(all, c)
	}
	return all
}

// askAll sends requests on all connections at the same time, and reads the answers, as cheaply as
// can be: an answer has come when its last byte has.
func askAll(b *testing.B, conns []net.Conn, each int) time.Duration {
	began := time.Now()
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() {
			request, buf := []byte("GET /a.txt HTTP/1.1\r\nHost: h\r\n\r\n"), make([]byte, 4096)
			for range each {
				c.Write(request)
				for n := 0; n == 0 || buf[n-1] != '!'; {
					m, err := c.Read(buf[n:])
					if err != nil {
						b.Error(err)
						return
					}
					n += m
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// BenchmarkIdle measures what a connection costs the server that has been served and is idle now,
// in heap and stacks. The clients are another process: neither's descriptors would be enough.
//
//	go test ./chat/web -run '^$' -bench Idle -benchtime 1x
func BenchmarkIdle(b *testing.B) {
	for _, kind := range []string{"ours", "nethttp"} {
		b.Run(kind, func(b *testing.B) {
			h := http.NotFoundHandler()
			var addr string
			if kind == "ours" {
				addr = listen(b, Handler(h))
			} else {
				s := httptest.NewServer(h)
				b.Cleanup(s.Close)
				addr = s.Listener.Addr().String()
			}
			const n = 18_000
			hold(b, addr, 10)() // what is made once is not divided among all
			for range b.N {
				before := inUse()
				end := hold(b, addr, n)
				b.ReportMetric((inUse()-before)/n, "B/conn")
				end()
			}
		})
	}
}

func inUse() float64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

const heldVar = "ASYNCHAT_WEB_HELD"

// hold has another process make n connections, each with one answer, and keep them until end.
func hold(b *testing.B, addr string, n int) (end func()) {
	cmd := exec.Command(os.Args[0], "-test.run", "^TestHolds$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", heldVar, addr, n))
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	require.Equal(b, "held\n", line)
	return func() {
		in.Close()
		cmd.Wait()
	}
}

// TestHolds is that process.
func TestHolds(t *testing.T) {
	var addr string
	var n int
	if _, err := fmt.Sscan(os.Getenv(heldVar), &addr, &n); err != nil {
		t.Skip("is for BenchmarkIdle")
	}
	for range n {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer c.Close()
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		_, err = io.ReadFull(c, make([]byte, 150)) // the head, at least
		require.NoError(t, err)
	}
	fmt.Println("held")
	io.Copy(io.Discard, os.Stdin)
}
