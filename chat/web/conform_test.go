package web

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newMux has what handlers of net/http do.
func newMux(t *testing.T) http.Handler {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("0123456789"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big.txt"),
		bytes.Repeat([]byte("0123456789"), 20_000), 0o644))
	date := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range []string{"a.txt", "big.txt"} {
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), date, date))
	}
	mux := http.NewServeMux()
	mux.Handle("/files/", http.StripPrefix("/files", http.FileServer(http.Dir(dir))))
	mux.HandleFunc("GET /only-get", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
	})
	mux.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/bytes/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		io.WriteString(w, strings.Repeat("x", n))
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
		w.WriteHeader(500)
		_, err := io.WriteString(w, "body")
		w.Header().Set("X-Late", fmt.Sprint(err)) // which is not sent
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %v", body, err)
	})
	mux.HandleFunc("/request", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Method, r.URL, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host,
			r.ContentLength, r.TransferEncoding, r.Close, r.TLS == nil, r.URL.Host, r.FormValue("a"))
		r.Header.Write(w)
		fmt.Fprintln(w, r.Context().Value(http.LocalAddrContextKey) != nil, r.Context().Err())
	})
	mux.HandleFunc("/flush", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Late", "y")
		io.WriteString(w, "two")
		http.NewResponseController(w).Flush()
	})
	mux.HandleFunc("/trailer", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Trailer", "X-Sum")
		h.Add("Trailer", "X-Unset, Content-Length")
		io.WriteString(w, "body")
		h.Set("X-Sum", "4")
		h.Set(http.TrailerPrefix+"X-More", "z")
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Two"] = []string{"a", "b\r\nEvil: c"}
		h["Bad name"] = []string{"x"}
		h.Set("Content-Type", "a/b")
		h.Set("Date", "today")
		io.WriteString(w, "<p>")
	})
	mux.HandleFunc("/typed", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>")
	})
	mux.HandleFunc("/encoded", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "x")
		io.WriteString(w, "<html>")
	})
	mux.HandleFunc("/close", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "bye")
	})
	mux.HandleFunc("/length/{n}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", r.PathValue("n"))
		_, err := io.WriteString(w, "12345")
		if err != nil {
			io.WriteString(w, "123")
		}
	})
	mux.HandleFunc("/early", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a>")
		w.WriteHeader(103)
		w.Header().Del("Link")
		io.WriteString(w, "then")
	})
	mux.HandleFunc("/copy", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(w, strings.NewReader(strings.Repeat("y", 5000)))
		fmt.Fprint(w, n, err)
	})
	mux.HandleFunc("/unread", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "no") })
	mux.HandleFunc("/error", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "sorry", http.StatusTeapot)
	})
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/abort-late", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "begun")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	return mux
}

const hostField = " HTTP/1.1\r\nHost: h\r\n"

// What is the same from net/http's server and from Handler. Each request is followed by another
// one, so that the place where it ends, and whether the connection goes on, is compared too.
var conformTable = []string{
	"GET /only-get" + hostField + "\r\n",
	"HEAD /only-get" + hostField + "\r\n",
	"POST /only-get" + hostField + "Content-Length: 0\r\n\r\n",
	"GET /nothing" + hostField + "\r\n",
	"HEAD /nothing" + hostField + "\r\n",
	"POST /nothing" + hostField + "\r\n",
	"PROPFIND /nothing" + hostField + "\r\n",
	"OPTIONS /nothing" + hostField + "\r\n",
	"TRACE /nothing" + hostField + "\r\n",
	"GET /nothing HTTP/1.0\r\n\r\n",
	"GET /nothing HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"GET /missing" + hostField + "\r\n",
	"GET //nothing" + hostField + "\r\n",
	"GET /a/../nothing" + hostField + "\r\n",
	"GET /bytes/0" + hostField + "\r\n",
	"GET /bytes/1" + hostField + "\r\n",
	"GET /bytes/2048" + hostField + "\r\n",
	"GET /bytes/2049" + hostField + "\r\n",
	"GET /bytes/100000" + hostField + "\r\n",
	"GET /bytes/1000000" + hostField + "\r\n",
	"HEAD /bytes/100" + hostField + "\r\n",
	"HEAD /bytes/100000" + hostField + "\r\n",
	"GET /bytes/100 HTTP/1.0\r\n\r\n",
	"GET /bytes/100 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"GET /bytes/100000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"HEAD /bytes/100000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"GET /bytes/100" + hostField + "Connection: close\r\n\r\n",
	"GET /bytes/100000" + hostField + "Connection: close\r\n\r\n",
	"GET /status/200" + hostField + "\r\n",
	"GET /status/204" + hostField + "\r\n",
	"GET /status/304" + hostField + "\r\n",
	"GET /status/404" + hostField + "\r\n",
	"GET /status/599" + hostField + "\r\n",
	"GET /status/999" + hostField + "\r\n",
	"GET /status/204 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"HEAD /status/200" + hostField + "\r\n",
	"POST /echo" + hostField + "Content-Length: 0\r\n\r\n",
	"POST /echo" + hostField + "Content-Length: 3\r\n\r\nabc",
	"PUT /echo" + hostField + "Content-Length: 100000\r\n\r\n" + strings.Repeat("z", 100_000),
	"POST /echo" + hostField + "\r\n",
	"GET /echo" + hostField + "Content-Length: 3\r\n\r\nabc",
	"POST /echo" + hostField + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
	"POST /echo" + hostField + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n",
	"POST /echo" + hostField + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"POST /echo" + hostField + "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" +
		strings.Repeat("z", 100_000) + "\r\n0\r\n\r\n",
	"POST /echo HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
	"POST /echo" + hostField + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
	"POST /echo" + hostField + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"3\r\nabc\r\n0\r\n\r\n",
	"POST /unread" + hostField + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
	"POST /unread" + hostField + "Content-Length: 3\r\n\r\nabc",
	"POST /unread" + hostField + "Content-Length: 60000\r\n\r\n" + strings.Repeat("z", 60_000),
	"POST /missing" + hostField + "Content-Length: 3\r\n\r\nGET",
	"GET /request?a=b&c" + hostField + "X-Y: z\r\nx-y: w\r\nAccept: */*\r\n\r\n",
	"POST /request" + hostField + "Content-Type: application/x-www-form-urlencoded\r\n" +
		"Content-Length: 3\r\n\r\na=b",
	"POST /request" + hostField + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"GET /request" + hostField + "Connection: close\r\nPragma: no-cache\r\n\r\n",
	"GET /request HTTP/1.0\r\n\r\n",
	"GET /request HTTP/1.0\r\nHost: x:80\r\nConnection: Keep-Alive\r\n\r\n",
	"GET http://other:1/request?q" + hostField + "\r\n",
	"GET /%72equest?x=%2f" + hostField + "\r\n",
	"GET /flush" + hostField + "\r\n",
	"HEAD /flush" + hostField + "\r\n",
	"GET /flush HTTP/1.0\r\n\r\n",
	"GET /trailer" + hostField + "\r\n",
	"GET /trailer" + hostField + "TE: trailers\r\n\r\n",
	"GET /headers" + hostField + "\r\n",
	"GET /typed" + hostField + "\r\n",
	"GET /encoded" + hostField + "\r\n",
	"GET /close" + hostField + "\r\n",
	"GET /close HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"GET /length/5" + hostField + "\r\n",
	"GET /length/3" + hostField + "\r\n",
	"GET /length/9" + hostField + "\r\n",
	"HEAD /length/5" + hostField + "\r\n",
	"GET /length/5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"GET /early" + hostField + "\r\n",
	"GET /copy" + hostField + "\r\n",
	"GET /error" + hostField + "\r\n",
	"GET /abort" + hostField + "\r\n",
	"GET /abort-late" + hostField + "\r\n",
	"GET /files/a.txt" + hostField + "\r\n",
	"HEAD /files/a.txt" + hostField + "\r\n",
	"GET /files/big.txt" + hostField + "\r\n",
	"GET /files/a.txt" + hostField + "Range: bytes=2-4\r\n\r\n",
	"GET /files/a.txt" + hostField + "Range: bytes=100-\r\n\r\n",
	"GET /files/a.txt" + hostField + "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT\r\n\r\n",
	"GET /files/a.txt" + hostField + "If-Unmodified-Since: Tue, 01 Jan 2019 00:00:00 GMT\r\n\r\n",
	"GET /files/" + hostField + "\r\n",
	"GET /files" + hostField + "\r\n",
	"GET /files/../../x" + hostField + "\r\n",
	"GET /files/nothing" + hostField + "\r\n",
	"GET /nothing" + hostField + "Content-Length: 3\r\n\r\nabc",
	"GET /nothing" + hostField + "Connection: upgrade\r\nUpgrade: x\r\n\r\n",
}

// both returns the addresses of a server of net/http and of one of ours, with the same handler.
func both(t *testing.T) (theirs, ours string) {
	mux := newMux(t)
	s := httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), listen(t, Handler(mux))
}

func TestHandlerIsAsNetHTTP(t *testing.T) {
	theirs, ours := both(t)
	for _, in := range conformTable {
		want, got := converse(t, theirs, in), converse(t, ours, in)
		if got != want {
			t.Errorf("%.120q:\nours %.900s\nnet/http %.900s", in, got, want)
		}
	}
}

const lastRequest = "GET /only-get HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

// converse returns what comes back, in a form that does not depend on the order of fields and on
// how the body is cut.
func converse(t *testing.T, addr, in string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	go io.WriteString(c, in+lastRequest)
	var all strings.Builder
	r := bufio.NewReader(c)
	method, _, _ := strings.Cut(strings.TrimLeft(in, "\r\n"), " ")
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return all.String()
		}
		body, err := io.ReadAll(resp.Body)
		if d := resp.Header["Date"]; len(d) == 1 && d[0] != "today" {
			_, err := http.ParseTime(d[0])
			resp.Header.Set("Date", fmt.Sprint(err))
		}
		fmt.Fprintln(&all, resp.Proto, resp.Status, resp.Close, resp.ContentLength,
			resp.TransferEncoding, err)
		for _, h := range []http.Header{resp.Header, resp.Trailer} {
			var fields bytes.Buffer
			h.Write(&fields)
			lines := strings.Split(fields.String(), "\r\n")
			slices.Sort(lines)
			fmt.Fprintln(&all, strings.Join(lines, "\n"))
		}
		fmt.Fprintf(&all, "%q\n", body)
		if resp.StatusCode >= 200 {
			method = "GET"
		}
	}
}
