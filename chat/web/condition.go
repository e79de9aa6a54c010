package web

import (
	"net/http"
	"strings"
	"time"
)

// Condition returns the status with which a request for something of that date ends by its
// conditions: 304 if the client has it already, 412 if it wants another version, and 0 if the
// request is to be served. It knows no entity tags, so that of those only "*" matches. The order is
// that of RFC 9110, 13.2.2.
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

// Range returns what part of a file of that date is asked for, as its Range header says it, empty
// for the whole. If-Range says of which version the client has the rest; and a range means nothing
// to HEAD (RFC 9110, 14.2).
func (r *Request) Range(date time.Time) string {
	if r.Method != "GET" {
		return ""
	}
	if of := r.field("if-range"); of != "" && of != date.UTC().Format(http.TimeFormat) {
		return ""
	}
	return r.field("range")
}

// Foreign reports whether a browser says that the page of another site has made it send this. What
// is not a browser says nothing. A route for POST is not called then. One for GET has to ask, if it
// changes something.
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
