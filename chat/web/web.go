package web

import (
	"io"
	"net/http"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// A HandlerFunc answers a request on the loop of its connection. It calls exactly one of the
// methods of x that answer, before it returns. If it calls none, the client gets a 500.
type HandlerFunc func(x *Exchange)

// A Site has the routes that all connections share, on all loops. It is not changed once it serves.
type Site struct {
	// Default answers GET and HEAD of paths without a handler. If it is nil, they get a 404.
	Default HandlerFunc
	// Log gets a line for each answer, in common log format, with one Write. If it is nil, answers are
	// not logged.
	Log io.Writer
	// Errors gets a line, with one Write, for each connection that ended with an error. It gets at
	// most one line per second for each kind of error, with the number of lines left out. If it is
	// nil, errors are not logged.
	Errors io.Writer

	routes    map[string]route
	trees     []tree // longer paths first
	anyMethod bool
	ends      ends
}

// Get makes h answer GET and HEAD of a path. The path of a request is compared without its query,
// and escapes in it are not decoded.
func (s *Site) Get(path string, h HandlerFunc) {
	r := s.routes[path]
	r.get = h
	s.set(path, r)
}

// Post makes h answer POST to a path. h is called when the whole body of up to MaxBody bytes has
// come. If the page of another site caused the request, it is refused with 403.
func (s *Site) Post(path string, h HandlerFunc) {
	r := s.routes[path]
	r.post = h
	s.set(path, r)
}

func (s *Site) set(path string, r route) {
	if s.routes == nil {
		s.routes = map[string]route{}
	}
	s.routes[path] = r
}

// keepAlive is shorter than the default of package chat: a client of HTTP loses nothing but time by
// connecting anew.
const keepAlive = time.Minute

// Limits returns the limits of package chat with an IdleTimeout of 1 min, which is usual for HTTP.
func Limits() chat.Limits { return chat.Limits{IdleTimeout: keepAlive} }

// TooMany answers on a refused connection with 503. Use it as OnRefuse of a [chat.Server]. The
// request of the connection is not read.
func TooMany(c *chat.Channel) {
	h := Head{Code: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"10"}}}
	c.Push(h.append(nil, 0, false, c.Loop().Now()))
}
