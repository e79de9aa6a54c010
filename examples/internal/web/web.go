// Package web is HTTP/1.0 and the part of HTTP/1.1 that a small server needs, for examples that
// have pages: httpd is nothing but handlers on top of it.
//
//	site := &web.Site{Default: serveFile}
//	site.Get("/hello", func(x *web.Exchange) {
//		x.Reply(web.Head{Code: 200, Type: web.Text}, []byte("hello\n"))
//	})
//	site.Post("/say", say)
//	server := &chat.Server{Handler: site.NewSession, OnRefuse: web.TooMany, Limits: web.Limits()}
//
// Read session.go first: it is the protocol, in four states and three terminators. request.go and
// form.go are pure functions, reply.go and stream.go send what a handler answers, events.go leaves
// an answer open.
package web

import (
	"io"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// A Handler answers a request, on the loop of its connection: it calls exactly one method of x that
// answers, before it returns. One that calls none has the client told that it failed (500).
type Handler func(x *Exchange)

// A Site is what all connections share, on whatever loop they are. It is not changed once it
// serves.
type Site struct {
	// Default answers GET and HEAD of paths that have no handler; without it, that is 404.
	Default Handler
	// Log gets a line for each answer, in common log format, with one Write. nil is no log.
	Log io.Writer
	// Faults gets a line, with one Write, for each connection that did not end as it should. nil is
	// none.
	Faults io.Writer

	routes map[string]route
}

// A route has the handlers of a path.
type route struct{ get, post Handler }

// Get has h answer GET and HEAD of a path. The path of a request is compared as it came, without
// its query: an escape in it is not undone.
func (s *Site) Get(path string, h Handler) {
	r := s.routes[path]
	r.get = h
	s.set(path, r)
}

// Post has h answer POST to a path. It is called when the whole body is here, of up to MaxBody
// bytes. A browser that sends what a page of another site has told it to is refused before (403).
func (s *Site) Post(path string, h Handler) {
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

// handlers returns those of a path, the default one included.
func (s *Site) handlers(path string) route {
	r := s.routes[path]
	if r.get == nil && path[0] == '/' {
		r.get = s.Default
	}
	return r
}

// allowed returns the methods that a path takes, "*" standing for all.
func (s *Site) allowed(path string) string {
	switch r := s.handlers(path); {
	case path == "*", r.get != nil && r.post != nil:
		return "GET, HEAD, POST"
	case r.post != nil:
		return "POST"
	default:
		return "GET, HEAD"
	}
}

// keepAlive is shorter than the default of package chat: a client of HTTP loses nothing but time by
// connecting anew.
const keepAlive = time.Minute

// Limits returns those of package chat with the time between two requests that is usual for HTTP.
func Limits() chat.Limits { return chat.Limits{IdleTimeout: keepAlive} }

// TooMany is for chat.Server.OnRefuse: it answers a client over the limit of connections, whose
// request is not read.
func TooMany(c *chat.Channel) {
	h := Head{Code: 503, More: "Retry-After: 10\r\n"}
	c.Push(h.append(nil, 0, false, c.Loop().Now()))
}
