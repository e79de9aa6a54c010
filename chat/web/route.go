package web

import (
	"net/http"
	"slices"
	"strings"
)

var (
	tooLarge      = Refuse(http.StatusRequestEntityTooLarge, "The body is longer than 1 MiB.")
	tooManyFields = Refuse(http.StatusRequestHeaderFieldsTooLarge,
		"The request has too many header fields.")
)

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodConnect,
	http.MethodDelete, http.MethodOptions, http.MethodPatch, http.MethodPut, http.MethodTrace}

// checkMethod refuses methods that nothing here has heard of. A handler of net/http may know more.
func (s *Site) checkMethod(method string) *Refusal {
	if s.anyMethod || slices.Contains(methods, method) {
		return nil
	}
	return Refuse(http.StatusNotImplemented, "This server does not know the method.")
}

// foundHead answers, or lets the body come first if a handler wants it. What needs no body is not
// kept waiting for it.
func (s *session) foundHead() {
	r := s.site.find(s.Path)
	s.state = answering
	switch get := s.Method == http.MethodGet || s.Method == http.MethodHead; {
	case get && r.get != nil:
		s.skipBody()
		s.call(r.get)
	case s.Method == http.MethodPost && r.post != nil:
		s.foundPost()
	case r.serve != nil:
		s.serve(r.serve)
	default:
		s.skipBody()
		s.answerWithout(r)
	}
}

// foundPost has the body come, if that is for the route.
func (s *session) foundPost() {
	refused := tooLarge
	switch {
	case s.length > MaxBody:
	case s.length < 0 && !s.chunked:
		refused = Refuse(http.StatusLengthRequired, "A POST needs a Content-Length.")
	case s.Foreign():
		refused = Refuse(http.StatusForbidden, "This was sent by the page of another site.")
	default:
		s.awaitBody()
		return
	}
	s.skipBody()
	s.Refuse(refused)
}

// call calls a handler.
func (s *session) call(h HandlerFunc) {
	if h(s.Exchange); s.state == answering {
		s.Refuse(Refuse(http.StatusInternalServerError, "The server has no answer."))
	}
}

// answerWithout answers a request that no handler is for.
func (s *session) answerWithout(r route) {
	switch {
	case s.Path[0] == '/' && r.isEmpty():
		s.Refuse(Refuse(http.StatusNotFound, "There is no such page."))
	case s.Method == http.MethodOptions:
		s.Reply(Head{Code: http.StatusNoContent, Header: http.Header{"Allow": {r.allows(s.Path)}}}, nil)
	default:
		s.Refuse(Refuse(http.StatusMethodNotAllowed, "This resource does not take the method.").
			With("Allow", r.allows(s.Path)))
	}
}

// A route has the handlers of a path.
type route struct {
	get, post HandlerFunc
	serve     http.Handler // for what they do not answer
}

func (r route) isEmpty() bool { return r.get == nil && r.post == nil && r.serve == nil }

// allows returns the methods of a route, "*" standing for all.
func (r route) allows(path string) string {
	var all []string
	if r.get != nil || path == "*" {
		all = append(all, http.MethodGet, http.MethodHead)
	}
	all = append(all, http.MethodOptions)
	if r.post != nil || path == "*" {
		all = append(all, http.MethodPost)
	}
	return strings.Join(all, ", ")
}

// find returns the route of a path, the default one included.
func (s *Site) find(path string) route {
	r := s.routes[path]
	if r.isEmpty() {
		r.serve = s.findTree(path)
	}
	if r.get == nil && r.serve == nil && path[0] == '/' {
		r.get = s.Default
	}
	return r
}
