package web

import (
	"context"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// Handler makes h answer all requests of a connection. h may be a ServeMux, a FileServer, or any
// other handler of net/http. It is the Handler of a [chat.Server]. See [Site.Handle].
func Handler(h http.Handler) chat.NewHandler {
	s := &Site{}
	s.Handle("/", h)
	return s.NewSession
}

// Handle makes h answer requests of all methods to a path. If the path ends with a slash, h also
// answers all paths below it. A path with its own route, and a longer path that ends with a slash,
// take precedence.
//
// For each request h runs on a goroutine. It begins when the head has come, and also the body if
// its length is known and at most 16 KiB. The goroutine ends with the answer, so an idle connection
// has none. A longer body is read as h reads it, and the answer is sent as the client takes it. The
// ResponseWriter is an [http.Flusher], an [io.ReaderFrom], and an [http.Hijacker], which gives the
// connection away by [chat.Channel.Detach]. The deadlines of [http.ResponseController] work too. If
// h copies 64 KiB or more from an *os.File, as [http.FileServer] does, the loop sends the file. If
// the file is not in memory, the loop waits for the disk. The context of the request is done when
// the client has gone, or has ended its direction, and when h has returned. If h panics, the panic
// is logged by the logger of the loop, unless it is [http.ErrAbortHandler], and the connection is
// closed.
//
// MaxBody, and the refusal by Post of requests from other sites, do not apply to h: use
// [http.MaxBytesHandler] and [http.CrossOriginProtection]. The number of goroutines is bounded by
// MaxConns of the server.
func (s *Site) Handle(path string, h http.Handler) {
	s.anyMethod = true
	if !strings.HasSuffix(path, "/") {
		r := s.routes[path]
		r.serve = h
		s.set(path, r)
		return
	}
	s.trees = append(s.trees, tree{path, h})
	slices.SortStableFunc(s.trees, func(a, b tree) int { return len(b.path) - len(a.path) })
}

// A tree is what is below a path.
type tree struct {
	path    string
	handler http.Handler
}

// findTree returns the handler of the longest tree that has a path, nil if there is none. That of
// "/" has all targets but "*", also those of CONNECT.
func (s *Site) findTree(path string) http.Handler {
	for _, t := range s.trees {
		if strings.HasPrefix(path, t.path) || t.path == "/" && path != "*" {
			return t.handler
		}
	}
	return nil
}

// wholeBody is how long a body may be that is awaited before its handler begins.
const wholeBody = 16 << 10

// serve has a handler of net/http answer.
func (s *session) serve(h http.Handler) {
	u, err := parseTarget(s.Method, s.target())
	if err != nil {
		s.skipBody()
		s.Refuse(Refuse(http.StatusBadRequest, "The request target is malformed."))
		return
	}
	x := s.Exchange
	x.run = newRun(s, h, u)
	if !s.hasBody() {
		x.run.begin()
		s.listen()
		return
	}
	s.awaitBody()
	switch {
	case s.length > wholeBody, s.expects:
		x.run.begin()
	case s.length < 0:
		s.Loop().Post(x.run.beginUnlessBegun)
	}
}

// listen lets the end of the stream be noticed while a handler is at work, and no more be read than
// that takes.
func (s *session) listen() {
	s.state = running
	s.SetTerminator(terminator.None)
}

// target returns what the request line has between its blanks.
func (r *Request) target() string {
	_, rest, _ := strings.Cut(r.line, " ")
	target, _, _ := strings.Cut(rest, " ")
	return target
}

func parseTarget(method, target string) (*url.URL, error) {
	if method == http.MethodConnect {
		return &url.URL{Host: target}, nil
	}
	return url.ParseRequestURI(target)
}

var blankRequest = &http.Request{ProtoMajor: 1}

// newRequest returns the request as net/http has it.
func newRequest(ctx context.Context, x *Exchange, u *url.URL, body io.ReadCloser) *http.Request {
	r := blankRequest.WithContext(ctx)
	r.Method, r.URL, r.RequestURI = x.Method, u, x.target()
	r.Proto, r.ProtoMinor = "HTTP/1.1", int(x.minor)
	if x.minor != 1 {
		r.Proto = "HTTP/1." + string('0'+x.minor)
	}
	r.Host, r.RemoteAddr = x.Host, x.session.RemoteAddr().String()
	r.Header = x.Header()
	for _, name := range []string{"Host", "Transfer-Encoding", "Trailer"} {
		delete(r.Header, name)
	}
	if lengths := r.Header["Content-Length"]; len(lengths) > 1 {
		r.Header["Content-Length"] = lengths[:1] // they are equal
	}
	if p := r.Header["Pragma"]; len(p) > 0 && p[0] == "no-cache" && !has(r.Header, "Cache-Control") {
		r.Header["Cache-Control"] = []string{"no-cache"}
	}
	r.Close = !x.keeps()
	r.ContentLength = max(x.length, 0)
	if x.chunked {
		r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
	}
	r.Body = http.NoBody
	if x.hasBody() {
		r.Body = body
	}
	if state, ok := x.session.ConnectionState(); ok {
		r.TLS = &state
	}
	return r
}

func has(h http.Header, name string) bool {
	_, ok := h[textproto.CanonicalMIMEHeaderKey(name)]
	return ok
}
