//go:build unix

package examples

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// full makes the heavy proofs run whole; otherwise they run at a tenth.
var full = os.Getenv("ASYNCHAT_FULL") != ""

func scaled(n int) int {
	if full {
		return n
	}
	return n / 10
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "small.txt"), []byte("a small file\n"), 0o644))
	return dir
}

func TestHTTPDWithAb(t *testing.T) {
	need(t, "ab")
	s := start(t, "httpd", "-root", folder(t), "-loops", "2")
	for _, keepAlive := range []string{"-r", "-k"} { // -r: go on after errors, and count them
		n := strconv.Itoa(scaled(20_000))
		out := client(t, "ab", "-q", keepAlive, "-n", n, "-c", "100", "http://"+s.addr+"/small.txt")
		for _, want := range []string{"Complete requests:      " + n, "Failed requests:        0"} {
			if !strings.Contains(out, want) {
				t.Errorf("ab %s: no %q in\n%s", keepAlive, want, out)
			}
		}
		if strings.Contains(out, "Non-2xx") {
			t.Errorf("ab %s:\n%s", keepAlive, out)
		}
	}
}

func TestHTTPDWithWrk(t *testing.T) {
	need(t, "wrk")
	s := start(t, "httpd", "-root", folder(t))
	out := client(t, "wrk", "-t1", "-c100", fmt.Sprintf("-d%ds", scaled(10)),
		"http://"+s.addr+"/small.txt")
	if !strings.Contains(out, "Requests/sec") || strings.Contains(out, "Socket errors") ||
		strings.Contains(out, "Non-2xx") {
		t.Errorf("wrk:\n%s", out)
	}
}

// A large file to a slow client arrives whole while a hundred others are served.
func TestHTTPDLargeFileBesideOthers(t *testing.T) {
	need(t, "curl")
	dir := folder(t)
	size := scaled(300 << 20)
	sum := writeRandom(t, filepath.Join(dir, "large"), size)
	s := start(t, "httpd", "-root", dir)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{}, Timeout: patience}
			defer c.CloseIdleConnections()
			for range 20 {
				resp, err := c.Get("http://" + s.addr + "/small.txt")
				if err != nil {
					t.Errorf("beside the large file: %v", err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || string(body) != "a small file\n" {
					t.Errorf("beside the large file: %q, %v", body, err)
				}
			}
		})
	}
	copied := filepath.Join(t.TempDir(), "copy")
	client(t, "curl", "-sS", "--limit-rate", strconv.Itoa(size/3), "-o", copied,
		"http://"+s.addr+"/large")
	wg.Wait()
	f, err := os.Open(copied)
	require.NoError(t, err)
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	require.NoError(t, err)
	if got := fmt.Sprintf("%x", h.Sum(nil)); got != sum {
		t.Errorf("curl received %d of %d bytes, checksum %s, want %s", n, size, got, sum)
	}
}

func writeRandom(t *testing.T, name string, size int) (sum string) {
	t.Helper()
	f, err := os.Create(name)
	require.NoError(t, err)
	defer f.Close()
	h := sha256.New()
	_, err = io.CopyN(io.MultiWriter(f, h), rand.NewChaCha8([32]byte{1}), int64(size))
	require.NoError(t, err)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// The process does not grow with the file that it streams.
func TestHTTPDStreamsInLittleMemory(t *testing.T) {
	need(t, "curl")
	dir := folder(t)
	size := scaled(1 << 30)
	require.NoError(t, os.Truncate(touch(t, filepath.Join(dir, "huge")), int64(size)))
	s := start(t, "httpd", "-root", dir)
	client(t, "curl", "-sS", "http://"+s.addr+"/small.txt")
	before := s.peakMemory(t)
	got := client(t, "curl", "-sS", "--limit-rate", strconv.Itoa(size/5), "-o", os.DevNull,
		"-w", "%{size_download}", "http://"+s.addr+"/huge")
	if got != strconv.Itoa(size) {
		t.Errorf("curl received %s bytes, want %d", got, size)
	}
	if grown := s.peakMemory(t) - before; grown > 20<<20 {
		t.Errorf("grew by %d MiB, want at most 20", grown>>20)
	} else {
		t.Logf("grew by %d KiB for %d MiB", grown>>10, size>>20)
	}
}

func touch(t *testing.T, name string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(name, nil, 0o644))
	return name
}

func (s *server) peakMemory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Skip("no /proc to read the size of a process from")
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return kib << 10
}

func TestHTTPDPipelined(t *testing.T) {
	dir := folder(t)
	var requests strings.Builder
	for i := range 20 {
		require.NoError(t,
			os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), []byte(fmt.Sprintf("file %d", i)), 0o644))
		fmt.Fprintf(&requests, "GET /%d HTTP/1.1\r\nHost: here\r\n\r\n", i)
	}
	s := start(t, "httpd", "-root", dir)
	c := s.dial(t)
	fmt.Fprint(c, requests.String())
	r := bufio.NewReader(c)
	for i := range 20 {
		resp, err := http.ReadResponse(r, nil)
		require.NoError(t, err, "answer %d", i)
		body, err := io.ReadAll(resp.Body)
		if want := fmt.Sprintf("file %d", i); string(body) != want || err != nil {
			t.Errorf("answer %d: %q, %v; want %q", i, body, err, want)
		}
	}
}

// A bad request gets its page: never a hang, a crash or an empty reply.
func TestHTTPDBadRequests(t *testing.T) {
	s := start(t, "httpd", "-root", folder(t))
	for _, test := range []struct {
		request string
		want    int
	}{
		{"nonsense\r\n\r\n", 400},
		{"GET /small.txt HTTP/1.1\r\n\r\n", 400},
		{"GET /small.txt HTTP/1.0\r\nbad header\r\n\r\n", 400},
		{"GET /../../etc/passwd HTTP/1.0\r\n\r\n", 0},
		{"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.0\r\n\r\n", 0},
		{"GET /missing HTTP/1.0\r\n\r\n", 404},
		{"POST /small.txt HTTP/1.0\r\nContent-Length: 0\r\n\r\n", 405},
		{"POST /echo HTTP/1.0\r\n\r\n", 411},
		{"POST /echo HTTP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n", 0},
		{"POST /echo HTTP/1.0\r\nContent-Length: 1000000000\r\n\r\n" +
			strings.Repeat("unread body ", 100_000), 413},
		{"GET /" + strings.Repeat("x", 100_000) + " HTTP/1.0\r\n\r\n", 414},
		{"GET / HTTP/1.0\r\nA: " + strings.Repeat("x", 100_000) + "\r\n\r\n", 431},
		{"BREW / HTTP/1.0\r\n\r\n", 501},
		{"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
		{"GET / HTTP/3.0\r\n\r\n", 505},
		{"GET /small.txt HTTP/1.0\n\n", -1}, // a bare line feed ends nothing: no answer until the end
	} {
		c := s.dial(t)
		go io.WriteString(c, test.request) // the answer may come before it is all read
		if test.want == -1 {
			c.CloseWrite()
			continue
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("%.60q: %v", test.request, err)
			continue
		}
		page, err := io.ReadAll(resp.Body)
		if err != nil || len(page) == 0 || strings.Contains(string(page), "root:") {
			t.Errorf("%.60q: page %.100q, %v", test.request, page, err)
		}
		if test.want == 0 && resp.StatusCode/100 != 4 || test.want != 0 && resp.StatusCode != test.want {
			t.Errorf("%.60q: status %d, want %d", test.request, resp.StatusCode, test.want)
		}
	}
	require.NoError(t, visit(s.addr), "afterwards")
}

// The end comes while requests are in flight: those that were read are answered, and the status is
// 0.
func TestHTTPDTermUnderLoad(t *testing.T) {
	need(t, "wrk")
	need(t, "ab")
	s := start(t, "httpd", "-root", folder(t), "-loops", "2")
	load := exec.Command("wrk", "-t1", "-c100", "-d3s", "http://"+s.addr+"/small.txt")
	require.NoError(t, load.Start())
	defer load.Wait()
	slow := s.dial(t) // a request that is half here when the signal comes
	fmt.Fprint(slow, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf ")
	// The load runs by now.
	client(t, "ab", "-q", "-n", "1000", "-c", "10", "http://"+s.addr+"/small.txt")
	s.cmd.Process.Signal(syscall.SIGTERM)
	for { // wait for it to refuse connections
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			break
		}
		c.Close()
	}
	fmt.Fprint(slow, "there")
	resp, err := http.ReadResponse(bufio.NewReader(slow), nil)
	require.NoError(t, err)
	if body, err := io.ReadAll(resp.Body); string(body) != "half there" || err != nil {
		t.Errorf("the request in flight got %q, %v", body, err)
	}
	slow.Close()
	if rest, err := s.stop(nothing); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q; want status 0", err, rest)
	}
}

// visit gets the small file and compares it.
func visit(addr string) error {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(c, "GET /small.txt HTTP/1.0\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || string(body) != "a small file\n" {
		return fmt.Errorf("%s: %q, %v", resp.Status, body, err)
	}
	return nil
}
