package web

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// HTML and Text are values for the Type of a [Head].
const (
	HTML = "text/html; charset=utf-8"
	Text = "text/plain; charset=utf-8"
)

// A Head is the status and the header of an answer.
type Head struct {
	Code int // http.StatusOK …
	// Type is the Content-Type. If it is empty, the answer has neither type nor length, for answers
	// that never have a body.
	Type     string
	Size     int64     // Content-Length; negative: not known. Reply sets it
	Modified time.Time // Last-Modified, unless it is zero
	// Header has further fields, except those above and those about the connection. A line break or
	// another control character in a value is sent as a blank, so that it cannot begin another field.
	Header http.Header
}

// append adds the head to b. The status line has the version of the request: a 1.1 client
// (browsers, curl, wrk) then keeps the connection without being told to, and a 1.0 client (ab) is
// never shown a version whose rules it does not know; it keeps the connection if it asked for that
// and is told "keep-alive".
func (h *Head) append(b []byte, minor byte, keep bool, now time.Time) []byte {
	b = appendStatus(b, int(min(minor, 1)), h.Code)
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
	return append(appendFields(append(b, crlf...), h.Header), crlf...)
}

// appendFields adds the lines of fields, in the order of their names. A name that is not a token is
// left out.
func appendFields(b []byte, fields http.Header) []byte {
	if len(fields) == 0 {
		return b
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !isToken(name) {
			continue
		}
		for _, value := range fields[name] {
			b = append(append(b, name...), ": "...)
			for i := range len(value) {
				b = append(b, printable(value[i]))
			}
			b = append(b, crlf...)
		}
	}
	return b
}

func printable(c byte) byte {
	if c < ' ' && c != '\t' || c == 0x7f {
		return ' '
	}
	return c
}

// A Refusal is an error answer.
type Refusal struct {
	Code   int    // http.StatusNotFound …
	Why    string // HTML
	header http.Header
}

// Refuse returns a Refusal with a status and a sentence in HTML, which must not contain data of a
// client.
func Refuse(code int, why string) *Refusal { return &Refusal{Code: code, Why: why} }

// With adds a header field to the answer, and returns r.
func (r *Refusal) With(name, value string) *Refusal {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Add(name, value)
	return r
}

// final reports whether it is in doubt where the next request begins.
func (r *Refusal) final() bool {
	switch r.Code {
	case http.StatusBadRequest, http.StatusRequestTimeout, http.StatusExpectationFailed,
		http.StatusLengthRequired,
		http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong,
		http.StatusRequestHeaderFieldsTooLarge, http.StatusNotImplemented,
		http.StatusHTTPVersionNotSupported:
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

// Refuse answers with an error page.
func (x *Exchange) Refuse(r *Refusal) {
	if r.final() {
		x.close = true
	}
	page := fmt.Appendf(nil, statusPage, r.Code, http.StatusText(r.Code), r.Why)
	x.Reply(Head{Code: r.Code, Type: HTML, Header: r.header}, page)
}

// Reply answers with a body in memory, which the caller may change afterwards.
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

// Redirect answers with a redirect to location, a path or URL that is already escaped.
func (x *Exchange) Redirect(code int, location string) {
	page := fmt.Appendf(nil, "<!DOCTYPE html>\n<title>Moved</title>\n"+
		"<p><a href=\"%s\">Moved here</a></p>\n", html.EscapeString(location))
	x.Reply(Head{Code: code, Type: HTML, Header: http.Header{"Location": {location}}}, page)
}
