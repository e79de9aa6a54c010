package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-asynchat/asynchat/chat/web/internal/token"
)

// makeHead returns the head of the answer, and decides how the body is framed and whether the
// connection goes on, as net/http does. whole says that the buffer has the whole body.
func (w *response) makeHead(whole bool) []byte {
	w.begun = true
	r, h := w.request, w.head
	w.noteTrailers()
	body := bodyAllowed(w.code)
	isHead := r.Method == http.MethodHead
	if whole && body && w.length < 0 && len(w.trailers) == 0 && !w.hasTrailerPrefix() &&
		!has(h, "Transfer-Encoding") && (!isHead || len(w.buf) > 0) {
		w.length = int64(len(w.buf))
		h.Set("Content-Length", strconv.Itoa(len(w.buf)))
	}
	w.typeOf(body)
	w.decideFraming(body, isHead)
	w.decideEnd(body, isHead)
	if !has(h, "Date") {
		h.Set("Date", w.run.session.Loop().Now().UTC().Format(http.TimeFormat))
	}
	b := append(appendStatus(nil, min(r.ProtoMinor, 1), w.code), crlf...)
	return append(appendFields(b, h), crlf...)
}

// typeOf guesses the type of the body, or takes the fields away that an answer without a body does
// not have.
func (w *response) typeOf(body bool) {
	h := w.head
	switch {
	case !body:
		if w.code == http.StatusNotModified {
			h.Del("Content-Type")
		}
		h.Del("Content-Length")
		h.Del("Transfer-Encoding")
		w.length = -1
	case len(w.buf) > 0 && !has(h, "Content-Type") && h.Get("Content-Encoding") == "" &&
		!has(h, "Transfer-Encoding"):
		h.Set("Content-Type", http.DetectContentType(w.buf))
	}
}

func (w *response) decideFraming(body, isHead bool) {
	h := w.head
	coding := h.Get("Transfer-Encoding")
	h.Del("Transfer-Encoding")
	switch {
	case isHead || !body:
	case w.length >= 0:
	case w.request.ProtoMinor == 0 || coding == "identity":
		w.close = true // the end of the connection is that of the body
	default:
		w.chunked = true
		h.Set("Transfer-Encoding", "chunked")
		h.Del("Content-Length")
	}
}

func (w *response) decideEnd(body, isHead bool) {
	r, h := w.request, w.head
	said := has(h, "Connection")
	switch {
	case r.Close, token.Has("close", h.Get("Connection")):
		w.close = true
	case r.ProtoMinor == 0:
		if w.close = w.close || !isHead && body && w.length < 0; !w.close && !said {
			h.Set("Connection", "keep-alive")
		}
	}
	if w.close = w.close || w.run.body.tooMuchIsLeft() || w.run.shutsDown(); w.close &&
		!token.Has("close", h.Get("Connection")) {
		h.Del("Connection")
		if r.ProtoMinor > 0 {
			h.Set("Connection", "close")
		}
	}
}

// noteTrailers remembers the fields that are announced to come after the body.
func (w *response) noteTrailers() {
	for _, list := range w.head["Trailer"] {
		for name := range strings.SplitSeq(list, ",") {
			name = http.CanonicalHeaderKey(strings.Trim(name, " \t"))
			switch name {
			case "", "Transfer-Encoding", "Content-Length", "Trailer":
			default:
				w.trailers = append(w.trailers, name)
			}
		}
	}
	for name := range w.head {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			delete(w.head, name)
		}
	}
}

// trailer returns the fields after the body: those that were announced, and those with the prefix
// of net/http.
func (w *response) trailer() http.Header {
	t := http.Header{}
	for _, name := range w.trailers {
		if values, ok := w.header[name]; ok {
			t[name] = values
		}
	}
	for name, values := range w.header {
		if name, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			t[http.CanonicalHeaderKey(name)] = values
		}
	}
	return t
}

func (w *response) hasTrailerPrefix() bool {
	for name := range w.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// bodyAllowed reports whether answers of a status may have a body.
func bodyAllowed(code int) bool {
	return code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified
}

// appendStatus adds a status line, without its end.
func appendStatus(b []byte, minor, code int) []byte {
	b = append(append(b, "HTTP/1."...), byte('0'+minor), ' ')
	b = append(strconv.AppendInt(b, int64(code), 10), ' ')
	if text := http.StatusText(code); text != "" {
		return append(b, text...)
	}
	return strconv.AppendInt(append(b, "status code "...), int64(code), 10)
}
