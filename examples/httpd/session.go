package main

import (
	"io"
	"os"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const crlf = "\r\n"

// A site is what all sessions share, on whatever loop they are.
type site struct {
	root *os.Root
	log  io.Writer // one Write a request; nil: no log
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
	site   *site
	req    request
	data   []byte // the element in progress
	state  state
	blank  uint8 // empty lines before this request
	ending bool  // the server shuts down: this request is the last
}

func (s *site) newSession(c *chat.Channel) chat.Handler {
	h := &session{Channel: c, site: s}
	h.nextRequest()
	return h
}

func (s *session) nextRequest() {
	s.state, s.blank = inLine, 0
	s.req = request{}
	if cap(s.data) > 1<<10 {
		s.data = nil // idle connections are many: they keep no large buffer
	}
	s.SetMaxElement(maxLine, false)
	s.SetTerminator(terminator.String(crlf))
}

func (s *session) CollectIncomingData(data []byte) {
	if s.state != inBody || s.req.isEcho() {
		s.data = append(s.data, data...)
	}
}

func (s *session) FoundTerminator() {
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

// ended is called when the answer is queued.
func (s *session) ended(keep bool) {
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
	if s.state == inLine && len(s.data) == 0 {
		s.CloseWhenDone()
	}
}
