package main

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine    = 8 << 10  // bytes of a request line
	maxHeaders = 32 << 10 // bytes of all header lines of a request
	maxFields  = 100
	maxBody    = 1 << 20
)

const echoPath = "/echo"

// A request is what its head says, as far as this server cares.
type request struct {
	line      string // as it came
	method    string
	path      string // still escaped, without the query
	query     string // with its question mark, or empty
	minor     byte   // of HTTP/1.minor
	fields    int    // header lines read
	size      int    // and their bytes
	hosts     int
	length    int64 // of the body; -1: none given
	coded     bool  // has a Transfer-Encoding
	close     bool  // Connection: close
	keepAlive bool  // Connection: keep-alive
	expects   bool  // Expect: 100-continue
	ranges    string
	ifRange   string
	since     string // If-Modified-Since
	noneMatch bool   // has an If-None-Match
}

var (
	served = []string{"GET", "HEAD", "POST"}
	others = []string{"CONNECT", "DELETE", "OPTIONS", "PATCH", "PUT", "TRACE"}
)

// parseRequestLine reads a line without its end. The request holds the line also if it is refused.
func parseRequestLine(line string) (request, *refusal) {
	r := request{line: line, length: -1}
	method, rest, _ := strings.Cut(line, " ")
	target, version, ok := strings.Cut(rest, " ")
	switch {
	case !ok || !isToken(method):
		return r, refuse(400, "The request line is not METHOD TARGET VERSION.")
	case len(version) != len("HTTP/1.1") || version[:5] != "HTTP/" || version[6] != '.' || !isDigit(version[5]) || !isDigit(version[7]):
		return r, refuse(400, "The version is not HTTP/DIGIT.DIGIT.")
	case version[5] != '1':
		return r, refuse(505, "This server speaks HTTP/1.0 and HTTP/1.1.")
	}
	r.minor = version[7] - '0'
	if !slices.Contains(served, method) && !slices.Contains(others, method) {
		return r, refuse(501, "This server does not know the method.")
	}
	r.method = method
	if !r.setTarget(target) {
		return r, refuse(400, "The request target is malformed.")
	}
	return r, nil
}

// setTarget takes the four forms of a target: /path, http://host/path, * of OPTIONS and host:port of CONNECT.
func (r *request) setTarget(target string) bool {
	if target == "" || strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '#' }) {
		return false
	}
	if r.method == "CONNECT" || r.method == "OPTIONS" && target == "*" {
		r.path = target
		return true
	}
	const scheme = "http://"
	if len(target) >= len(scheme) && strings.EqualFold(target[:len(scheme)], scheme) {
		target = target[len(scheme):]
		if i := strings.IndexAny(target, "/?"); i >= 0 {
			target = target[i:]
		} else {
			target = ""
		}
		if !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
	}
	i := strings.IndexByte(target, '?')
	if i < 0 {
		i = len(target)
	}
	r.path, r.query = target[:i], target[i:]
	return strings.HasPrefix(r.path, "/")
}

// addField reads a header line without its end. It changes letters of the line to lower case.
func (r *request) addField(line []byte) *refusal {
	if r.fields++; r.fields > maxFields {
		return refuse(431, "The request has too many header fields.")
	}
	r.size += len(line) + len(crlf)
	i := bytes.IndexByte(line, ':')
	if i < 0 || !isToken(string(line[:i])) { // this also refuses a folded line and a space before the colon
		return refuse(400, "A header line is not NAME: VALUE.")
	}
	value := bytes.Trim(line[i+1:], " \t")
	if bytes.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return refuse(400, "A header value has control characters.")
	}
	return r.setField(lower(line[:i]), value)
}

func (r *request) setField(name, value []byte) *refusal {
	switch string(name) {
	case "host":
		if r.hosts++; r.hosts > 1 || bytes.ContainsAny(value, " \t/?#@\\,") {
			return refuse(400, "The Host header is malformed or repeated.")
		}
	case "content-length":
		n, err := terminator.ParseLength(value, -1)
		if err != nil || r.length >= 0 && r.length != n {
			return refuse(400, "The Content-Length is malformed or contradicts another.")
		}
		r.length = n
	case "transfer-encoding":
		r.coded = true
	case "connection":
		for option := range bytes.SplitSeq(lower(value), []byte(",")) {
			switch string(bytes.Trim(option, " \t")) {
			case "close":
				r.close = true
			case "keep-alive":
				r.keepAlive = true
			}
		}
	case "expect":
		r.expects = string(lower(value)) == "100-continue"
	case "range":
		r.ranges = string(value)
	case "if-range":
		r.ifRange = string(value)
	case "if-modified-since":
		r.since = string(value)
	case "if-none-match":
		r.noneMatch = true
	}
	return nil
}

// check looks at the whole head. Whoever is in doubt about where a body ends must not look for a request behind it.
func (r *request) check() *refusal {
	switch {
	case r.minor > 0 && r.hosts == 0:
		return refuse(400, "The Host header is missing.")
	case r.coded && r.length >= 0:
		return refuse(400, "The request has a Transfer-Encoding and a Content-Length.")
	case r.coded:
		return refuse(501, "This server knows no transfer encodings.")
	case r.length < 0 && r.method == "POST":
		return refuse(411, "A POST needs a Content-Length.")
	case r.length > maxBody:
		return refuse(413, "The body is longer than 1 MiB.")
	}
	return nil
}

// keeps reports whether the client wants to go on using the connection.
func (r *request) keeps() bool { return !r.close && (r.minor > 0 || r.keepAlive) }

// isEcho reports whether the request is the one whose body is of interest.
func (r *request) isEcho() bool { return r.method == "POST" && r.path == echoPath }

// notModified reports whether the client has the file of that date. If-None-Match, which asks for an entity tag, goes before
// the date; there are none here, so it never matches.
func (r *request) notModified(date time.Time) bool {
	if r.since == "" || r.noneMatch {
		return false
	}
	since, err := http.ParseTime(r.since)
	return err == nil && !date.Truncate(time.Second).After(since)
}

// unchanged reports whether a range may be taken out of the file of that date: If-Range says of which version the client has
// the rest.
func (r *request) unchanged(date time.Time) bool {
	return r.ifRange == "" || r.ifRange == date.UTC().Format(http.TimeFormat)
}

// allowed returns the methods that the resource takes.
func (r *request) allowed() string {
	if r.path == echoPath || r.path == "*" {
		return "GET, HEAD, POST"
	}
	return "GET, HEAD"
}

// isToken reports whether s is what RFC 9110 calls a token, of which methods and header names are made.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && !isDigit(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// lower changes ASCII letters in place.
func lower(s []byte) []byte {
	for i, c := range s {
		if 'A' <= c && c <= 'Z' {
			s[i] = c + 'a' - 'A'
		}
	}
	return s
}
