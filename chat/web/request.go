package web

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/terminator"
)

// The limits of a request.
const (
	MaxLine    = 8 << 10  // bytes of a request line
	MaxHeaders = 32 << 10 // bytes of all header lines of a request
	MaxFields  = 100      // of them
	MaxBody    = 1 << 20  // bytes of a body
)

// A Request is what its head says.
type Request struct {
	Method   string // http.MethodGet …
	Path     string // as it came, still escaped, without the query
	RawQuery string // without its question mark, still escaped

	line      string // as it came
	minor     byte   // of HTTP/1.minor
	count     int    // header lines read
	size      int    // and their bytes
	fields    []byte // of each: its name in lower case, ":", the value, LF
	hosts     int
	length    int64       // of the body; -1: none given
	coded     bool        // has a Transfer-Encoding
	close     bool        // Connection: close
	keepAlive bool        // Connection: keep-alive
	expects   bool        // Expect: 100-continue
	header    http.Header // from when somebody asks for it
}

var (
	served = []string{"GET", "HEAD", "POST"}
	others = []string{"CONNECT", "DELETE", "OPTIONS", "PATCH", "PUT", "TRACE"}
)

// parseRequestLine reads a line without its end. The request holds the line also if it is refused.
func parseRequestLine(line string) (Request, *Refusal) {
	r := Request{line: line, length: -1}
	method, rest, _ := strings.Cut(line, " ")
	target, version, ok := strings.Cut(rest, " ")
	switch {
	case !ok || !isToken(method):
		return r, Refuse(http.StatusBadRequest, "The request line is not METHOD TARGET VERSION.")
	case len(version) != len("HTTP/1.1") || version[:5] != "HTTP/" || version[6] != '.' ||
		!isDigit(version[5]) || !isDigit(version[7]):
		return r, Refuse(http.StatusBadRequest, "The version is not HTTP/DIGIT.DIGIT.")
	case version[5] != '1':
		return r, Refuse(http.StatusHTTPVersionNotSupported, "This server speaks HTTP/1.0 and HTTP/1.1.")
	}
	r.minor = version[7] - '0'
	if !slices.Contains(served, method) && !slices.Contains(others, method) {
		return r, Refuse(http.StatusNotImplemented, "This server does not know the method.")
	}
	r.Method = method
	if !r.setTarget(target) {
		return r, Refuse(http.StatusBadRequest, "The request target is malformed.")
	}
	return r, nil
}

// setTarget takes the four forms of a target: /path, http://host/path, * of OPTIONS and host:port
// of CONNECT.
func (r *Request) setTarget(target string) bool {
	if target == "" ||
		strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '#' }) {
		return false
	}
	if r.Method == "CONNECT" || r.Method == "OPTIONS" && target == "*" {
		r.Path = target
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
	r.Path, r.RawQuery, _ = strings.Cut(target, "?")
	return strings.HasPrefix(r.Path, "/")
}

// addField reads a header line without its end. It changes letters of the line to lower case.
func (r *Request) addField(line []byte) *Refusal {
	if r.count++; r.count > MaxFields {
		return Refuse(http.StatusRequestHeaderFieldsTooLarge, "The request has too many header fields.")
	}
	r.size += len(line) + len(crlf)
	i := bytes.IndexByte(line, ':')
	// This also refuses a folded line and a space before the colon.
	if i < 0 || !isToken(string(line[:i])) {
		return Refuse(http.StatusBadRequest, "A header line is not NAME: VALUE.")
	}
	value := bytes.Trim(line[i+1:], " \t")
	if bytes.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return Refuse(http.StatusBadRequest, "A header value has control characters.")
	}
	name := lower(line[:i])
	r.fields = append(r.fields, name...)
	r.fields = append(r.fields, ':')
	r.fields = append(r.fields, value...)
	r.fields = append(r.fields, '\n')
	return r.setField(name, value)
}

func (r *Request) setField(name, value []byte) *Refusal {
	switch string(name) {
	case "host":
		if r.hosts++; r.hosts > 1 || bytes.ContainsAny(value, " \t/?#@\\,") {
			return Refuse(http.StatusBadRequest, "The Host header is malformed or repeated.")
		}
	case "content-length":
		n, err := terminator.ParseLength(value, -1)
		if err != nil || r.length >= 0 && r.length != n {
			return Refuse(http.StatusBadRequest, "The Content-Length is malformed or contradicts another.")
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
	}
	return nil
}

// check looks at the whole head. Whoever is in doubt about where a body ends must not look for a
// request behind it.
func (r *Request) check() *Refusal {
	switch {
	case r.minor > 0 && r.hosts == 0:
		return Refuse(http.StatusBadRequest, "The Host header is missing.")
	case r.coded && r.length >= 0:
		return Refuse(http.StatusBadRequest, "The request has a Transfer-Encoding and a Content-Length.")
	case r.coded:
		return Refuse(http.StatusNotImplemented, "This server knows no transfer encodings.")
	case r.length < 0 && r.Method == "POST":
		return Refuse(http.StatusLengthRequired, "A POST needs a Content-Length.")
	case r.length > MaxBody:
		return Refuse(http.StatusRequestEntityTooLarge, "The body is longer than 1 MiB.")
	}
	return nil
}

// keeps reports whether the client wants to go on using the connection.
func (r *Request) keeps() bool { return !r.close && (r.minor > 0 || r.keepAlive) }

// Header returns the header fields of the request, Host included. It is made by the first call, and
// is the caller's.
func (r *Request) Header() http.Header {
	if r.header != nil {
		return r.header
	}
	r.header = make(http.Header, r.count)
	for line := range strings.Lines(string(r.fields)) {
		name, value, _ := strings.Cut(line[:len(line)-1], ":")
		r.header.Add(name, value)
	}
	return r.header
}

// field returns the value of a header field, empty if it is not there. The values of one that comes
// several times are joined by ", ", which means the same (RFC 9110, 5.3). name is in lower case. It
// costs O(the length of the head), and makes no map.
func (r *Request) field(name string) string {
	value, _ := r.lookUp(name)
	return value
}

func (r *Request) lookUp(name string) (value string, found bool) {
	for rest := r.fields; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		line := rest[:end]
		rest = rest[end+1:]
		switch {
		case len(line) <= len(name) || line[len(name)] != ':' || string(line[:len(name)]) != name:
		case found:
			value += ", " + string(line[len(name)+1:])
		default:
			value, found = string(line[len(name)+1:]), true
		}
	}
	return value, found
}

// NotModified reports whether the client has the file of that date. If-None-Match, which asks for
// an entity tag, goes before the date; there are none here, so it never matches.
func (r *Request) NotModified(date time.Time) bool {
	field := r.field("if-modified-since")
	if _, tagged := r.lookUp("if-none-match"); field == "" || tagged {
		return false
	}
	since, err := http.ParseTime(field)
	return err == nil && !date.Truncate(time.Second).After(since)
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

// foreign reports whether a browser says that the page of another site has made it send this. What
// is no browser says nothing.
func (r *Request) foreign() bool {
	switch r.field("sec-fetch-site") {
	case "same-origin", "none":
		return false
	case "":
	default:
		return true
	}
	origin := r.field("origin")
	_, host, _ := strings.Cut(origin, "://")
	return origin != "" && !strings.EqualFold(host, r.field("host"))
}

// isToken reports whether s is what RFC 9110 calls a token, of which methods and header names are
// made.
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
