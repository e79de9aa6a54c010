package web

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
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
// in heap and stacks: the client's end is a descriptor without a goroutine.
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
			const n = 4000
			for range b.N {
				idle := make([]net.Conn, 0, n)
				before := inUse()
				for range n {
					c, err := net.Dial("tcp", addr)
					require.NoError(b, err)
					fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
					_, err = io.ReadFull(c, make([]byte, 150)) // the head, at least
					require.NoError(b, err)
					idle = append(idle, c)
				}
				b.ReportMetric((inUse()-before)/n-clientCost(b, n), "B/conn")
				for _, c := range idle {
					c.Close()
				}
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

// clientCost is what the other end costs this process: measured by connections to a listener whose
// end is closed without a word.
func clientCost(b *testing.B, n int) float64 {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer l.Close()
	all := make([]net.Conn, 0, n)
	before := inUse()
	for range n {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(b, err)
		all = append(all, c)
		s, err := l.Accept()
		require.NoError(b, err)
		s.Close()
	}
	cost := (inUse() - before) / float64(n)
	for _, c := range all {
		c.Close()
	}
	return cost
}
