package main

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/web"
)

const secret = "nobody is to read this"

// newJail is a site with a secret beside its root.
func newJail(t *testing.T) (s *testSite, dir string) {
	t.Helper()
	dir = t.TempDir()
	writeFile(t, filepath.Join(dir, "secret.txt"), secret)
	writeFile(t, filepath.Join(dir, "root", "in.txt"), "inside")
	writeFile(t, filepath.Join(dir, "root", "sub", "deep.txt"), "deep")
	s = openSite(t, filepath.Join(dir, "root"))
	return s, s.dir
}

func TestNoPathLeavesTheRoot(t *testing.T) {
	s, root := newJail(t)
	links := map[string]string{
		"out":          "../secret.txt",
		"out-absolute": filepath.Join(filepath.Dir(root), "secret.txt"),
		"out-folder":   "..",
		"sub/out":      "../../secret.txt",
		"hop":          "out",
		"loop":         "loop",
	}
	for name, target := range links {
		require.NoError(t, os.Symlink(target, filepath.Join(root, name)))
	}
	targets := []string{
		"/../secret.txt", "/sub/../../secret.txt", "/..", "/../", "/sub/..", "/./../secret.txt",
		"//../secret.txt", "/.././secret.txt",
		"/%2e%2e/secret.txt", "/%2E%2E/secret.txt", "/.%2e/secret.txt", "/%2e%2e%2fsecret.txt",
		"/..%2fsecret.txt", "/sub%2f..%2f..%2fsecret.txt",
		"/..%5csecret.txt", `/..\secret.txt`, "/%5c..%5csecret.txt",
		"/%252e%252e/secret.txt", "/%252e%252e%252fsecret.txt", "/..%252fsecret.txt",
		"/in.txt%00", "/%00", "/..%00/secret.txt", "/in.txt%00/../../secret.txt",
		"/..%c0%afsecret.txt", "/%c0%ae%c0%ae/secret.txt", "/...//secret.txt", "/....//secret.txt",
		"//secret.txt", "/" + url.PathEscape(filepath.Join(filepath.Dir(root), "secret.txt")),
		"/" + filepath.Join(filepath.Dir(root), "secret.txt"),
		"http://h/../secret.txt", "http://../secret.txt",
		"/out", "/out-absolute", "/out-folder", "/out-folder/", "/out-folder/secret.txt", "/sub/out",
		"/hop", "/loop", "/sub/../out",
	}
	for _, target := range targets {
		for _, method := range []string{"GET", "HEAD"} {
			resp, body, _ := ask(t, s, method+" "+target+" HTTP/1.0\r\n\r\n")
			if resp.StatusCode != 403 && resp.StatusCode != 404 || strings.Contains(body, secret) {
				t.Errorf("%s %s: %d %q, want 403 or 404", method, target, resp.StatusCode, body)
			}
		}
	}
}

func TestPathsWithinTheRoot(t *testing.T) {
	s, root := newJail(t)
	odd := `a b%20c?d#e&f'g"h<i>j\k;l:m.txt`
	writeFile(t, filepath.Join(root, odd), "odd")
	writeFile(t, filepath.Join(root, "%2e%2e", "x"), "literal")
	writeFile(t, filepath.Join(root, "...", "x"), "dots")
	require.NoError(t, os.Symlink("sub/deep.txt", filepath.Join(root, "link")))
	require.NoError(t, os.Symlink("../in.txt", filepath.Join(root, "sub", "up")))
	require.NoError(t, os.Symlink("sub", filepath.Join(root, "folder")))
	tests := []struct{ target, want string }{
		{"/in.txt", "inside"},
		{"//in.txt", "inside"},
		{"/./in.txt", "inside"},
		{"/in%2etxt", "inside"},
		{"/%69n.txt?query", "inside"},
		{"/in.txt?a=../../x", "inside"},
		{"http://any.host/in.txt", "inside"},
		{"/sub/deep.txt", "deep"},
		{"/sub//deep.txt", "deep"},
		{"/sub%2fdeep.txt", "deep"},
		{"/link", "deep"},
		{"/sub/up", "inside"},
		{"/folder/deep.txt", "deep"},
		{"/" + url.PathEscape(odd), "odd"},
		{"/%252e%252e/x", "literal"},
		{"/.../x", "dots"},
	}
	for _, tt := range tests {
		resp, body := get(t, s, tt.target)
		if resp.StatusCode != 200 || body != tt.want {
			t.Errorf("GET %s: %d %q, want 200 %q", tt.target, resp.StatusCode, body, tt.want)
		}
	}
}

func TestLocalName(t *testing.T) {
	tests := []struct {
		in, want string
		code     int
	}{
		{"/", ".", 0}, {"//", ".", 0}, {"/.", ".", 0}, {"/a", "a", 0}, {"//a//./b/", "a/b", 0},
		{"/a%2fb", "a/b", 0}, {"/%252e", "%2e", 0},
		{"/..a/b..", "..a/b..", 0}, {"/...", "...", 0}, {`/..\a`, `..\a`, 0},
		{"/..", "", 403}, {"/a/../b", "", 403}, {"/%2e%2e/a", "", 403}, {"/a/.%2E", "", 403},
		{"/a%2f..%2fb", "", 403},
		{"/%", "", 400}, {"/%4", "", 400}, {"/%zz", "", 400},
	}
	for _, tt := range tests {
		if name, r := localName(tt.in); name != tt.want || codeOf(r) != tt.code {
			t.Errorf("localName(%q) = %q, code %d, want %q, %d", tt.in, name, codeOf(r), tt.want, tt.code)
		}
	}
}

// A Location that begins with two slashes would lead to another host.
func TestRedirect(t *testing.T) {
	s := newTestSite(t, map[string]string{"sub/x": "", "evil.com/x": "", `\evil.com/x`: "",
		"a b?c%/x": "", "sub/in ner/x": ""})
	tests := []struct{ target, want string }{
		{"/sub", "/sub/"},
		{"/sub?a=b&c", "/sub/?a=b&c"},
		{"/sub/in%20ner", "/sub/in%20ner/"},
		{"//evil.com", "/evil.com/"},
		{"///evil.com", "/evil.com/"},
		{"/%2fevil.com", "/evil.com/"},
		{"/.//evil.com", "/evil.com/"},
		{"/%5cevil.com", "/%5Cevil.com/"},
		{`/\evil.com`, "/%5Cevil.com/"},
		{"/a%20b%3fc%25", "/a%20b%3Fc%25/"},
		{"/.", "/./"},
		{"/sub/.", "/sub/"},
		{"http://h/sub", "/sub/"},
		{`/sub?"><script>`, `/sub/?"><script>`},
	}
	for _, tt := range tests {
		resp, body := get(t, s, tt.target)
		if got := resp.Header.Get("Location"); resp.StatusCode != 301 || got != tt.want {
			t.Errorf("GET %s: %d to %q, want 301 to %q", tt.target, resp.StatusCode, got, tt.want)
		}
		if strings.Contains(body, "<script>") {
			t.Errorf("GET %s: the page is %q", tt.target, body)
		}
	}
}

func TestIndex(t *testing.T) {
	s := newTestSite(t,
		map[string]string{"index.html": "<p>root", "sub/index.html": "<p>sub", "odd/index.html/x": ""})
	tests := []struct{ target, want string }{
		{"/", "<p>root"},
		{"http://h", "<p>root"},
		{"/?x", "<p>root"},
		{"/sub/", "<p>sub"},
		{"/index.html", "<p>root"},
	}
	for _, tt := range tests {
		resp, body := get(t, s, tt.target)
		if body != tt.want || resp.Header.Get("Content-Type") != web.HTML ||
			resp.Header.Get("Last-Modified") == "" {
			t.Errorf("GET %s: %d %q, want %q", tt.target, resp.StatusCode, body, tt.want)
		}
	}
	if resp, body := get(t, s, "/odd/"); resp.StatusCode != 200 ||
		!strings.Contains(body, `href="./index.html/"`) {
		t.Errorf("index.html is a folder: %d %q", resp.StatusCode, body)
	}
}

func TestRange(t *testing.T) {
	content := pattern(200_000)
	s := newTestSite(t, map[string]string{"big.txt": content, "empty.txt": ""})
	tests := []struct {
		header      string
		code        int
		first, last int
	}{
		{"bytes=0-0", 206, 0, 0},
		{"bytes=5-9", 206, 5, 9},
		{"bytes=100000-", 206, 100_000, 199_999},
		{"bytes=-7", 206, 199_993, 199_999},
		{"bytes=-300000", 206, 0, 199_999},
		{"bytes=0-0,5-9", 200, 0, 199_999},
		{"bytes=9-5", 200, 0, 199_999},
		{"nonsense", 200, 0, 199_999},
	}
	for _, tt := range tests {
		resp, body := get(t, s, "/big.txt", "Range: "+tt.header)
		wantRange := ""
		if tt.code == 206 {
			wantRange = fmt.Sprintf("bytes %d-%d/200000", tt.first, tt.last)
		}
		if resp.StatusCode != tt.code || body != content[tt.first:tt.last+1] ||
			resp.Header.Get("Content-Range") != wantRange {
			t.Errorf("%s: %d, %d bytes, Content-Range %q", tt.header, resp.StatusCode, len(body),
				resp.Header.Get("Content-Range"))
		}
	}
	for _, tt := range []struct {
		method, target, headers string
		code                    int
	}{
		{"HEAD", "/big.txt", "Range: bytes=0-1\r\n", 200},
		{"GET", "/empty.txt", "Range: bytes=0-1\r\n", 200},
		{"GET", "/big.txt", "Range: bytes=0-1\r\nIf-Range: Fri, 31 Dec 1999 23:59:58 GMT\r\n", 206},
		{"GET", "/big.txt", "Range: bytes=0-1\r\nIf-Range: Fri, 31 Dec 1999 23:59:59 GMT\r\n", 200},
		{"GET", "/big.txt", "Range: bytes=0-1\r\nIf-Range: \"tag\"\r\n", 200},
		{"GET", "/big.txt",
			"Range: bytes=0-1\r\nIf-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n", 304},
	} {
		resp, _, _ := ask(t, s, tt.method+" "+tt.target+" HTTP/1.0\r\n"+tt.headers+"\r\n")
		if resp.StatusCode != tt.code {
			t.Errorf("%s %s %q: %d, want %d", tt.method, tt.target, tt.headers, resp.StatusCode, tt.code)
		}
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	s := newTestSite(t, map[string]string{"a.txt": pattern(5000), "big.bin": pattern(500_000),
		"noext": "<html>", "sub/x": ""})
	for _, target := range []string{"/a.txt", "/big.bin", "/noext", "/sub", "/sub/", "/", "/no"} {
		got, _ := exchange(t, s, "GET "+target+" HTTP/1.0\r\n\r\n")
		want, _, _ := strings.Cut(got, "\r\n\r\n")
		if head, _ := exchange(t, s, "HEAD "+target+" HTTP/1.0\r\n\r\n"); head != want+"\r\n\r\n" {
			t.Errorf("HEAD %s: %q, want %q", target, head, want)
		}
	}
}

func TestContentType(t *testing.T) {
	files := map[string]string{
		"a.html": "x", "a.css": "x", "a.js": "x", "a.png": "x", "A.HTML": "x",
		"page": "<!DOCTYPE html><p>", "text": "plain", "picture": "\x89PNG\x0D\x0A\x1A\x0A",
		"a.unheard-of": "\x00\x01", "empty": "",
	}
	want := map[string]string{
		"a.html": web.HTML, "a.css": "text/css; charset=utf-8", "a.js": "text/javascript; charset=utf-8",
		"a.png": "image/png", "A.HTML": web.HTML, "page": web.HTML, "text": "text/plain; charset=utf-8",
		"picture": "image/png", "a.unheard-of": "application/octet-stream",
		"empty": "text/plain; charset=utf-8",
	}
	s := newTestSite(t, files)
	for name, kind := range want {
		resp, _ := get(t, s, "/"+name, "Range: bytes=0-0")
		if got := resp.Header.Get("Content-Type"); got != kind {
			t.Errorf("%s: %q, want %q", name, got, kind)
		}
	}
}

func TestRefuseFor(t *testing.T) {
	tests := []struct {
		err  error
		code int
	}{
		{fs.ErrNotExist, 404},
		{&fs.PathError{Op: "openat", Err: syscall.ENOENT}, 404},
		{&fs.PathError{Op: "openat", Err: syscall.ENOTDIR}, 404},
		{&fs.PathError{Op: "openat", Err: syscall.ENAMETOOLONG}, 404},
		{&fs.PathError{Op: "openat", Err: syscall.EINVAL}, 404},
		{&fs.PathError{Op: "openat", Err: syscall.EACCES}, 403},
		{&fs.PathError{Op: "openat", Err: syscall.EPERM}, 403},
		{&fs.PathError{Op: "openat", Err: syscall.ELOOP}, 403},
		{&fs.PathError{Op: "openat", Err: syscall.EIO}, 403},
		{&fs.PathError{Op: "openat", Err: syscall.EMFILE}, 503},
		{&fs.PathError{Op: "openat", Err: syscall.ENFILE}, 503},
	}
	for _, tt := range tests {
		if r := refuseFor(tt.err); r.Code != tt.code {
			t.Errorf("refuseFor(%v) = %d, want %d", tt.err, r.Code, tt.code)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	s, root := newJail(t)
	require.NoError(t, os.Chmod(filepath.Join(root, "in.txt"), 0))
	require.NoError(t, os.Chmod(filepath.Join(root, "sub"), 0))
	for _, target := range []string{"/in.txt", "/sub/", "/sub/deep.txt"} {
		if resp, _ := get(t, s, target); resp.StatusCode != 403 {
			t.Errorf("GET %s: %d, want 403", target, resp.StatusCode)
		}
	}
	require.NoError(t, os.Chmod(filepath.Join(root, "sub"), 0o700))
}

func codeOf(r *web.Refusal) int {
	if r == nil {
		return 0
	}
	return r.Code
}
