package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// A head is what an answer begins with.
type head struct {
	code     int
	kind     string // Content-Type; empty: neither type nor length, the answer has no body by its nature
	size     int64  // Content-Length
	modified time.Time
	more     string // further header lines, each with its end
}

// append adds the head to b. The status line has the version of the request: a 1.1 client (browsers, curl, wrk) then keeps the
// connection without being told to, and a 1.0 client (ab) is never shown a version whose rules it does not know; it
// keeps the connection if it asked for that and is told "keep-alive".
func (h *head) append(b []byte, minor byte, keep bool, now time.Time) []byte {
	b = append(b, "HTTP/1."...)
	b = append(b, '0'+min(minor, 1), ' ')
	b = strconv.AppendInt(b, int64(h.code), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(h.code)...)
	b = append(b, "\r\nServer: asynchat\r\nDate: "...)
	b = now.UTC().AppendFormat(b, http.TimeFormat)
	switch {
	case !keep:
		b = append(b, "\r\nConnection: close"...)
	case minor == 0:
		b = append(b, "\r\nConnection: keep-alive"...)
	}
	if h.kind != "" {
		b = append(b, "\r\nContent-Type: "...)
		b = append(b, h.kind...)
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, h.size, 10)
	}
	if !h.modified.IsZero() {
		b = append(b, "\r\nLast-Modified: "...)
		b = h.modified.UTC().AppendFormat(b, http.TimeFormat)
	}
	b = append(b, crlf...)
	b = append(b, h.more...)
	return append(b, crlf...)
}

// A refusal is the answer to a request that is not served.
type refusal struct {
	code int
	why  string
	more string // further header lines, each with its end
}

func refuse(code int, why string) *refusal { return &refusal{code: code, why: why} }

// with adds a header line.
func (r *refusal) with(line string) *refusal {
	r.more += line + crlf
	return r
}

// final reports whether it is in doubt where the next request begins.
func (r *refusal) final() bool {
	switch r.code {
	case 400, 408, 411, 413, 414, 431, 501, 505:
		return true
	}
	return false
}

const statusPage = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%[1]d %[2]s</title>
<style>:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }</style>
<h1>%[1]d %[2]s</h1>
<p>%[3]s</p>
</html>
`

// refuse answers with a page that says why. Nothing in it comes from the client.
func (s *session) refuse(r *refusal) {
	if r.final() {
		s.req.close = true
	}
	page := fmt.Appendf(nil, statusPage, r.code, http.StatusText(r.code), r.why)
	s.reply(head{code: r.code, kind: htmlType, more: r.more}, page)
}

// reply answers with a body that is in memory, which may be changed afterwards.
func (s *session) reply(h head, body []byte) {
	keep := s.keeps()
	h.size = int64(len(body))
	buf := buffers.Get().(*buffer)
	s.Push(h.append(buf[:0], s.req.minor, keep, s.Loop().Now()))
	buffers.Put(buf)
	if s.req.method != "HEAD" {
		s.Push(body)
	}
	s.record(h)
	s.ended(keep)
}

// record writes a line in common log format. What came from the client is quoted: it must not be able to forge a line.
func (s *session) record(h head) {
	if s.site.log == nil {
		return
	}
	size := "-"
	if h.kind != "" && s.req.method != "HEAD" {
		size = strconv.FormatInt(h.size, 10)
	}
	line := s.req.line[:min(len(s.req.line), 1<<10)]
	fmt.Fprintf(s.site.log, "%s - - [%s] %+q %d %s\n", s.host(), s.now(), line, h.code, size)
}

func (s *session) host() string {
	if addr, ok := s.RemoteAddr().(*net.TCPAddr); ok {
		return addr.IP.String()
	}
	return "-"
}

func (s *session) now() string { return s.Loop().Now().Format("02/Jan/2006:15:04:05 -0700") }
