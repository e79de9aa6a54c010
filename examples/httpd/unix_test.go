//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// To open a FIFO is to wait for a writer: a server that did would hang here.
func TestSpecialFiles(t *testing.T) {
	s, root := newJail(t)
	require.NoError(t, unix.Mkfifo(filepath.Join(root, "fifo"), 0o644))
	require.NoError(t, unix.Mkfifo(filepath.Join(root, "sub", "index.html"), 0o644))
	require.NoError(t, os.Symlink("fifo", filepath.Join(root, "link")))
	t.Chdir(root) // the path of a Unix socket must be short
	l, err := net.Listen("unix", "socket")
	require.NoError(t, err)
	defer l.Close()
	for _, target := range []string{"/fifo", "/link", "/socket", "/sub/"} {
		if resp, _ := get(t, s, target); resp.StatusCode != 403 {
			t.Errorf("GET %s: %d, want 403", target, resp.StatusCode)
		}
	}
	if resp, _ := get(t, s, "/fifo/"); resp.StatusCode != 403 && resp.StatusCode != 404 {
		t.Errorf("GET /fifo/: %d", resp.StatusCode)
	}
	if _, body := get(t, s, "/"); strings.Contains(body, "fifo") || strings.Contains(body, "socket") {
		t.Errorf("special files are listed: %q", body)
	}
}

func TestDevice(t *testing.T) {
	if resp, _ := get(t, openSite(t, "/dev"), "/zero"); resp.StatusCode != 403 {
		t.Errorf("GET /zero: %d, want 403", resp.StatusCode)
	}
}

// openFiles returns how many descriptors of this process are files below dir.
func openFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, fd := range fds {
		if target, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil &&
			strings.HasPrefix(target, dir+"/") {
			n++
		}
	}
	return n
}

func TestSlowReaderHasOneFileOpen(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	big := pattern(1 << 20)
	s := newTestSite(t, map[string]string{"big.txt": big})
	c := chattest.NewConn(t, s.NewSession)
	c.Stall()
	const requests = 8
	c.SendString(strings.Repeat("GET /big.txt HTTP/1.1\r\nHost: h\r\n\r\n", requests))
	var got strings.Builder
	for got.Len() < requests*len(big) {
		if n := openFiles(t, s.dir); n != 1 {
			t.Fatalf("%d files are open after %d bytes, want 1", n, got.Len())
		}
		if n := c.Channel().Queued(); n > (64 << 10) {
			t.Fatalf("%d bytes are queued after %d", n, got.Len())
		}
		c.Accept(300_000)
		got.Write(c.Received())
	}
	c.Unstall()
	got.Write(c.Received())
	all := answers(t, got.String(), "GET")
	if len(all) != requests || c.Closed() {
		t.Fatalf("%d answers, closed %v, want %d, false", len(all), c.Closed(), requests)
	}
	for i, a := range all {
		if a.Text != big {
			t.Errorf("answer %d is not the file", i)
		}
	}
	if n := openFiles(t, s.dir); n != 0 {
		t.Errorf("%d files are open at the end", n)
	}
}

// Whatever ends a connection, the file is closed.
func TestFilesAreClosed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	s := newTestSite(t, map[string]string{"big.txt": pattern(300_000), "a.txt": "a", "sub/b": "b",
		"odd/index.html/x": ""})
	ends := map[string]func(*chattest.Conn){
		"reset":   (*chattest.Conn).Reset,
		"close":   func(c *chattest.Conn) { c.Do(func() { c.Channel().Close() }) },
		"discard": func(c *chattest.Conn) { c.Do(func() { c.Channel().DiscardBuffers() }) },
		"receive": (*chattest.Conn).Unstall,
	}
	for name, end := range ends {
		c := chattest.NewConn(t, s.NewSession)
		c.Stall()
		c.SendString("GET /big.txt HTTP/1.1\r\nHost: h\r\n\r\n")
		if n := openFiles(t, s.dir); n != 1 {
			t.Errorf("%s: %d files are open, want 1", name, n)
		}
		end(c)
		if n := openFiles(t, s.dir); n != 0 {
			t.Errorf("%s: %d files are left open", name, n)
		}
	}
	for _, target := range []string{"/a.txt", "/sub", "/sub/", "/odd/", "/a.txt/", "/no"} {
		for _, header := range []string{"X: y", "Range: bytes=7-",
			"If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"} {
			get(t, s, target, header)
		}
		ask(t, s, "HEAD "+target+" HTTP/1.0\r\n\r\n")
		if n := openFiles(t, s.dir); n != 0 {
			t.Errorf("%s: %d files are left open", target, n)
		}
	}
}
