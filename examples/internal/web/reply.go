package web

import (
	"fmt"
	"html"
	"net/http"
	"strconv"
	"time"
)

// HTML and Text are types for Head.
const (
	HTML = "text/html; charset=utf-8"
	Text = "text/plain; charset=utf-8"
)

// A Head is what an answer begins with.
type Head struct {
	Code int
	// Content-Type; empty: neither type nor length, the answer has no body by its nature.
	Type     string
	Size     int64     // Content-Length; negative: not known. Reply sets it
	Modified time.Time // Last-Modified, if it is not zero
	// Further header lines, each with its end; what comes from a client is to be escaped.
	More string
}

// append adds the head to b. The status line has the version of the request: a 1.1 client
// (browsers, curl, wrk) then keeps the connection without being told to, and a 1.0 client (ab) is
// never shown a version whose rules it does not know; it keeps the connection if it asked for that
// and is told "keep-alive".
func (h *Head) append(b []byte, minor byte, keep bool, now time.Time) []byte {
	b = append(b, "HTTP/1."...)
	b = append(b, '0'+min(minor, 1), ' ')
	b = strconv.AppendInt(b, int64(h.Code), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(h.Code)...)
	b = append(b, "\r\nServer: asynchat\r\nDate: "...)
	b = now.UTC().AppendFormat(b, http.TimeFormat)
	switch {
	case !keep:
		b = append(b, "\r\nConnection: close"...)
	case minor == 0:
		b = append(b, "\r\nConnection: keep-alive"...)
	}
	if h.Type != "" {
		b = append(b, "\r\nContent-Type: "...)
		b = append(b, h.Type...)
		switch {
		case h.Size >= 0:
			b = append(b, "\r\nContent-Length: "...)
			b = strconv.AppendInt(b, h.Size, 10)
		case minor > 0 && keep:
			b = append(b, "\r\nTransfer-Encoding: chunked"...)
		}
	}
	if !h.Modified.IsZero() {
		b = append(b, "\r\nLast-Modified: "...)
		b = h.Modified.UTC().AppendFormat(b, http.TimeFormat)
	}
	b = append(b, crlf...)
	b = append(b, h.More...)
	return append(b, crlf...)
}

// A Refusal is the answer to a request that is not served.
type Refusal struct {
	Code int
	Why  string
	more string // further header lines, each with its end
}

// Refuse returns one with a status and a sentence for people, which is HTML, so that nothing of it
// may come from a client.
func Refuse(code int, why string) *Refusal { return &Refusal{Code: code, Why: why} }

// With adds a header line, without its end, and returns r.
func (r *Refusal) With(line string) *Refusal {
	r.more += line + crlf
	return r
}

// final reports whether it is in doubt where the next request begins.
func (r *Refusal) final() bool {
	switch r.Code {
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
<style>:root { color-scheme: light dark } ` +
	`body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; ` +
	`padding: 0 1rem }</style>
<h1>%[1]d %[2]s</h1>
<p>%[3]s</p>
</html>
`

// Refuse answers with a page that says why.
func (x *Exchange) Refuse(r *Refusal) {
	if r.final() {
		x.close = true
	}
	page := fmt.Appendf(nil, statusPage, r.Code, http.StatusText(r.Code), r.Why)
	x.Reply(Head{Code: r.Code, Type: HTML, More: r.more}, page)
}

// Reply answers with a body that is in memory, which may be changed afterwards.
func (x *Exchange) Reply(h Head, body []byte) {
	s := x.session
	keep := s.keeps()
	h.Size = int64(len(body))
	buf := buffers.Get().(*buffer)
	s.Push(h.append(buf[:0], x.minor, keep, s.Loop().Now()))
	buffers.Put(buf)
	if x.Method != "HEAD" {
		s.Push(body)
	}
	s.record(h)
	s.ended(keep)
}

// Redirect answers that the page is elsewhere: at a path or address that is escaped already.
func (x *Exchange) Redirect(code int, location string) {
	page := fmt.Appendf(nil, "<!DOCTYPE html>\n<title>Moved</title>\n"+
		"<p><a href=\"%s\">Moved here</a></p>\n", html.EscapeString(location))
	x.Reply(Head{Code: code, Type: HTML, More: "Location: " + location + crlf}, page)
}

// record writes a line in common log format. What came from the client is quoted: it must not be
// able to forge a line.
func (s *session) record(h Head) {
	if s.site.Log == nil {
		return
	}
	size := "-"
	if h.Type != "" && h.Size >= 0 && s.Method != "HEAD" {
		size = strconv.FormatInt(h.Size, 10)
	}
	line := s.line[:min(len(s.line), 1<<10)]
	fmt.Fprintf(s.site.Log, "%s - - [%s] %+q %d %s\n", s.host(), s.now(), line, h.Code, size)
}
