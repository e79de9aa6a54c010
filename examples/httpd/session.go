package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const crlf = "\r\n"

// A site is what all sessions share, on whatever loop they are.
type site struct {
	root   *os.Root
	log    io.Writer // one Write a request; nil: no log
	faults io.Writer // one Write a connection that did not end as it should; nil: none
}

type state uint8

const (
	inLine    state = iota // before or in a request line
	inFields               // in the headers
	inBody                 // in a body of Content-Length bytes
	streaming              // a file is being sent, reading is paused
)

// maxBlank is how many empty lines may precede a request: some clients send one behind the body of a POST.
const maxBlank = 2

// A session is one connection. It collects an element, acts on it, and says where the next one ends.
type session struct {
	*chat.Channel
	*current // nil: no request has begun
	site     *site
	state    state
	blank    uint8 // empty lines before this request
	ending   bool  // the server shuts down: this request is the last
}

// A current is what a session has from the first byte of a request to its answer. Idle connections are many, and own none.
type current struct {
	req  request
	data []byte // the element in progress
}

var currents = sync.Pool{New: func() any { return new(current) }}

func (s *session) begin() {
	if s.current == nil {
		s.current = currents.Get().(*current)
	}
}

func (s *session) end() {
	e := s.current
	if e == nil {
		return
	}
	s.current = nil
	if cap(e.data) <= maxHeaders {
		*e = current{data: e.data[:0]}
		currents.Put(e)
	}
}

func (s *site) newSession(c *chat.Channel) chat.Handler {
	h := &session{Channel: c, site: s}
	h.nextRequest()
	return h
}

func (s *session) nextRequest() {
	s.state, s.blank = inLine, 0
	s.end()
	s.SetMaxElement(maxLine, false)
	s.SetTerminator(terminator.String(crlf))
}

func (s *session) CollectIncomingData(data []byte) {
	s.begin()
	if s.state != inBody || s.req.isEcho() {
		s.data = append(s.data, data...)
	}
}

func (s *session) FoundTerminator() {
	s.begin()
	data := s.data
	s.data = data[:0]
	switch s.state {
	case inLine:
		s.foundLine(data)
	case inFields:
		s.foundField(data)
	case inBody:
		s.answer(data)
	}
}

func (s *session) foundLine(line []byte) {
	if len(line) == 0 {
		if s.blank++; s.blank > maxBlank {
			s.refuse(refuse(400, "The request line is empty."))
		} else {
			s.end()
		}
		return
	}
	var r *refusal
	if s.req, r = parseRequestLine(string(line)); r != nil {
		s.refuse(r)
		return
	}
	s.state = inFields
	s.SetMaxElement(maxHeaders, false)
	s.ExpectMore()
}

func (s *session) foundField(line []byte) {
	if len(line) == 0 {
		s.foundHead()
		return
	}
	if r := s.req.addField(line); r != nil {
		s.refuse(r)
		return
	}
	s.SetMaxElement(int64(max(1, maxHeaders-s.req.size)), false) // 0 would be the default
	s.ExpectMore()
}

func (s *session) foundHead() {
	if r := s.req.check(); r != nil {
		s.refuse(r)
		return
	}
	if s.req.length < 0 {
		s.answer(nil)
		return
	}
	if s.req.expects && s.req.minor > 0 && s.req.length > 0 {
		s.PushString("HTTP/1.1 100 Continue\r\n\r\n")
	}
	s.state = inBody
	if s.req.isEcho() {
		s.SetMaxElement(maxBody, false) // what we hold of it counts for MaxTotalBuffered
	}
	s.ExpectMore()
	s.SetTerminator(terminator.Length(s.req.length))
}

// HandleTooLong is called for a request line of more than maxLine bytes, or headers of more than maxHeaders.
func (s *session) HandleTooLong() {
	if s.state == inLine {
		s.req.line = string(s.data)
		s.refuse(refuse(414, "The request line is longer than 8 KiB."))
	} else {
		s.refuse(refuse(431, "The headers are longer than 32 KiB."))
	}
}

func (s *session) answer(body []byte) {
	switch {
	case s.req.isEcho():
		s.reply(head{code: 200, kind: "application/octet-stream"}, body)
	case s.req.method == "GET" || s.req.method == "HEAD":
		s.serve()
	default:
		s.refuse(refuse(405, "This resource does not take the method.").with("Allow: " + s.req.allowed()))
	}
}

// HandleTimeout answers who has begun a request and was too slow with it. Who is idle is not told anything.
func (s *session) HandleTimeout(error) {
	if s.current == nil {
		return
	}
	if s.state == inLine {
		s.req.line = string(s.data)
	}
	s.refuse(refuse(408, "The request did not arrive in time."))
}

// ended is called when the answer is queued.
func (s *session) ended(keep bool) {
	s.end()
	if !keep {
		s.CloseWhenDone()
	} else if s.state != streaming {
		s.nextRequest()
	}
}

// keeps reports whether the connection stays open after the answer.
func (s *session) keeps() bool { return s.req.keeps() && !s.ending }

// HandleDrained goes on with the requests that have waited until a file was sent.
func (s *session) HandleDrained() {
	switch {
	case s.state != streaming:
	case s.ending:
		s.CloseWhenDone()
	default:
		s.nextRequest()
		s.ResumeReading()
	}
}

// HandleShutdown lets a request that has begun finish.
func (s *session) HandleShutdown() {
	s.ending = true
	if s.state == inLine && s.current == nil {
		s.CloseWhenDone()
	}
}

// HandleClose records a connection that did not end as it should.
func (s *session) HandleClose(err error) {
	if err != nil && err != io.EOF && s.site.faults != nil {
		fmt.Fprintf(s.site.faults, "%s - - [%s] closed: %v\n", s.host(), s.now(), err)
	}
}
