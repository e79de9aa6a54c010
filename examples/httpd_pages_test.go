//go:build unix

package examples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// curl fills in the form, unpacks what was compressed, and goes on with a download that was cut
// off.
func TestHTTPDWithCurl(t *testing.T) {
	need(t, "curl")
	dir := folder(t)
	text := strings.Repeat("a line of a long text\n", 50_000)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "long.txt"), []byte(text), 0o644))
	s := start(t, "httpd", "-root", dir)
	url := "http://" + s.addr
	if got := client(t, "curl", "-sS", "--data-urlencode", "name=<you> & me",
		url+"/-/hello"); !strings.Contains(got, "Hello, &lt;you&gt; &amp; me!") {
		t.Errorf("the form: %q", got)
	}
	for _, version := range []string{"--http1.0", "--http1.1"} {
		if got := client(t, "curl", "-sS", "--compressed", version, url+"/long.txt"); got != text {
			t.Errorf("%s: %d bytes, want %d", version, len(got), len(text))
		}
	}
	sizes := client(t, "curl", "-sS", "--compressed", "-w", "%{size_download} ", "-o", os.DevNull,
		"-o", os.DevNull, url+"/long.txt", url+"/small.txt")
	if large, small, _ := strings.Cut(strings.TrimSpace(sizes), " "); len(large) >= len("1100000") ||
		small != "13" {
		t.Errorf("bytes over the wire: %q, want far less than %d, and 13", sizes, len(text))
	}
	part := filepath.Join(t.TempDir(), "part")
	require.NoError(t, os.WriteFile(part, []byte(text[:100_000]), 0o644))
	client(t, "curl", "-sS", "--compressed", "-C", "-", "-o", part, url+"/long.txt")
	if got, err := os.ReadFile(part); string(got) != text {
		t.Errorf("the rest of a download: %d bytes, %v", len(got), err)
	}
}

// What is shown and what is compressed is the choice of who starts the program.
func TestHTTPDFlags(t *testing.T) {
	need(t, "curl")
	code := func(s *server, path string) string {
		return client(t, "curl", "-sS", "-o", os.DevNull, "-w", "%{http_code}", "http://"+s.addr+path)
	}
	s := start(t, "httpd", "-root", folder(t))
	if got := code(s, "/-/status") + code(s, "/-/status?json"); got != "404404" {
		t.Errorf("the status page without -status: %s", got)
	}
	s = start(t, "httpd", "-root", folder(t), "-status", "-gzip=false")
	if got := code(s, "/-/status"); got != "200" {
		t.Errorf("the status page with -status: %s", got)
	}
	if got := client(t, "curl",
		"-sS", "http://"+s.addr+"/-/status?json"); !strings.Contains(got, `"accepted":`) {
		t.Errorf("the counters: %s", got)
	}
	if got := client(t, "curl", "-sSI", "--compressed", "http://"+s.addr+
		"/-/status"); strings.Contains(got, "gzip") || !strings.Contains(got, "200 OK") {
		t.Errorf("without gzip: %s", got)
	}
}
