package web

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/chat/web/internal/token"
	"github.com/go-asynchat/asynchat/terminator"
)

// The limits of a request.
const (
	MaxLine    = 8 << 10  // bytes of a request line
	MaxHeaders = 32 << 10 // bytes of all header lines of a request
	MaxFields  = 100      // header lines of a request
	MaxBody    = 1 << 20  // bytes of a body that a HandlerFunc gets
)

// A Request has the contents of a request's head.
type Request struct {
	Method   string // http.MethodGet …
	Path     string // as it came, still escaped, without the query
	RawQuery string // without its question mark, still escaped
	Host     string // with its port: of the target if that has one, else the Host header

	line      string // as it came
	absolute  bool   // the target is http://…, or that of CONNECT
	minor     byte   // of HTTP/1.minor
	count     int    // header lines read
	size      int    // and their bytes
	fields    []byte // of each: its name in lower case, ":", the value, LF
	hosts     int
	length    int64       // of the body; -1: none given
	coded     bool        // has a Transfer-Encoding
	chunked   bool        // and that is chunked, and nothing else
	close     bool        // Connection: close
	keepAlive bool        // Connection: keep-alive
	expects   bool        // Expect: 100-continue
	wonders   bool        // Expect: something else
	header    http.Header // from when somebody asks for it
}

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
		return r, Refuse(http.StatusHTTPVersionNotSupported,
			"This server speaks HTTP/1.0 and HTTP/1.1.")
	}
	r.minor = version[7] - '0'
	r.Method = method
	if !r.setTarget(target) {
		return r, Refuse(http.StatusBadRequest, "The request target is malformed.")
	}
	return r, nil
}

// addField reads a header line without its end. It changes letters of the line to lower case.
func (r *Request) addField(line []byte) *Refusal {
	if r.count++; r.count > MaxFields {
		return tooManyFields
	}
	r.size += len(line) + len(crlf)
	i := bytes.IndexByte(line, ':')
	// This also refuses a folded line and a space before the colon.
	if i < 0 || !isToken(string(line[:i])) {
		return Refuse(http.StatusBadRequest, "A header line is not NAME: VALUE.")
	}
	value := bytes.Trim(line[i+1:], " \t")
	if hasControls(value) {
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
		if r.hosts++; r.hosts > 1 || !validHost(string(value)) {
			return Refuse(http.StatusBadRequest, "The Host header is malformed or repeated.")
		}
		if !r.absolute { // else the target counts (RFC 9112, 3.2.2)
			r.Host = string(value)
		}
	case "content-length":
		n, err := terminator.ParseLength(value, -1)
		if err != nil || r.length >= 0 && r.length != n {
			return Refuse(http.StatusBadRequest, "The Content-Length is malformed or contradicts another.")
		}
		r.length = n
	case "transfer-encoding":
		r.chunked = !r.coded && string(lower(value)) == "chunked"
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
		r.wonders = !r.expects
	}
	return nil
}

// check looks at the whole head. Whoever is in doubt about where a body ends must not look for a
// request after it.
func (r *Request) check() *Refusal {
	switch {
	case r.minor > 0 && r.hosts == 0:
		return Refuse(http.StatusBadRequest, "The Host header is missing.")
	case r.coded && r.length >= 0:
		return Refuse(http.StatusBadRequest,
			"The request has a Transfer-Encoding and a Content-Length.")
	case r.coded && r.minor == 0:
		return Refuse(http.StatusBadRequest, "HTTP/1.0 has no transfer encodings.")
	case r.coded && !r.chunked:
		return r.refuseCoding()
	case r.wonders && r.minor > 0:
		return Refuse(http.StatusExpectationFailed, "This server cannot do what is expected.")
	}
	return nil
}

// refuseCoding refuses encodings other than chunked. Where chunked is there, but is not the last,
// nobody knows where the body ends (RFC 9112, 6.3).
func (r *Request) refuseCoding() *Refusal {
	all := slices.Collect(token.All(r.field("transfer-encoding")))
	if len(all) > 0 && token.Has("chunked", all[:len(all)-1]...) {
		return Refuse(http.StatusBadRequest, "The request is chunked before it is encoded.")
	}
	return Refuse(http.StatusNotImplemented, "This server knows no encoding but chunked.")
}

// hasBody reports whether bytes follow the head.
func (r *Request) hasBody() bool { return r.chunked || r.length > 0 }

// keeps reports whether the client wants to go on using the connection.
func (r *Request) keeps() bool { return !r.close && (r.minor > 0 || r.keepAlive) }

// Header returns the header fields of the request, Host included. The first call makes it, and the
// caller may change it.
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

// isToken reports whether s is what RFC 9110 calls a token, of which methods and header names are
// made.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isLetter(c) && !isDigit(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

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
