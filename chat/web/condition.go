package web

import (
	"net/http"
	"strings"
	"time"
)

// Condition returns the status of a conditional request for a resource that was last modified at
// that time: 304 if the client already has it, 412 if the client wants another version, and 0 if
// the request should be served. It does not support entity tags, so only the tag "*" matches. The
// order is that of RFC 9110, 13.2.2.
func (r *Request) Condition(modified time.Time) (code int) {
	modified = modified.Truncate(time.Second)
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if match, has := r.lookUp("if-match"); has {
		if match != "*" {
			return http.StatusPreconditionFailed
		}
	} else if since, ok := r.date("if-unmodified-since"); ok && modified.After(since) {
		return http.StatusPreconditionFailed
	}
	match, has := r.lookUp("if-none-match")
	since, dated := r.date("if-modified-since")
	switch {
	case has && match == "*" && !reads:
		return http.StatusPreconditionFailed
	case has && match == "*", !has && reads && dated && !modified.After(since):
		return http.StatusNotModified
	}
	return 0
}

// date returns the time that a field has. One that cannot be read is none.
func (r *Request) date(name string) (t time.Time, ok bool) {
	field := r.field(name)
	if field == "" {
		return t, false
	}
	t, err := http.ParseTime(field)
	return t, err == nil
}

// Range returns the requested part of a file that was last modified at that date. The result has
// the form of the Range header; an empty string means the whole file. If the field If-Range names
// another version, Range returns the whole file. For HEAD a range is ignored (RFC 9110, 14.2).
func (r *Request) Range(date time.Time) string {
	if r.Method != "GET" {
		return ""
	}
	if of := r.field("if-range"); of != "" && of != date.UTC().Format(http.TimeFormat) {
		return ""
	}
	return r.field("range")
}

// Foreign reports whether, according to the browser, a page of another site caused this request.
// For clients other than browsers it returns false. Routes for POST are not called for foreign
// requests. A route for GET that changes something has to call Foreign.
func (r *Request) Foreign() bool {
	switch r.field("sec-fetch-site") {
	case "same-origin", "none":
		return false
	case "":
	default:
		return true
	}
	origin := r.field("origin")
	_, host, _ := strings.Cut(origin, "://")
	return origin != "" && !strings.EqualFold(host, r.Host)
}
