package web

import (
	"io"
	"net/http"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const crlf = "\r\n"

type state uint8

const (
	inLine     state = iota // before or in a request line
	inFields                // in the headers
	inBody                  // in a body of Content-Length bytes
	inSize                  // in the line before a chunk
	inChunk                 // in a chunk
	inChunkEnd              // in the line end after it
	inTrailers              // in the fields after the last chunk, which nobody reads
	answering               // a handler runs, and has not answered yet
	working                 // its work is not done, after which the answer comes: see work.go
	running                 // a handler of net/http works, and the whole request is here
	streaming               // a body is being sent, reading is paused
	skipping                // the request is answered: the rest of its body is dropped
	open                    // an answer goes on for as long as both sides like: see events.go
)

// maxBlank is how many empty lines may precede a request: some clients send one after the body of
// a POST.
const maxBlank = 2

// A session is one connection. It collects an element, acts on it, and says where the next one
// ends.
type session struct {
	*chat.Channel
	*Exchange // nil: no request has begun
	site      *Site
	rest      int64 // of the body of the request that is being answered: nobody wants it
	state     state
	blank     uint8 // empty lines before this request
	ending    bool  // the server shuts down: this request is the last
}

// An Exchange is a request and its answer. A connection has an Exchange from the first byte of a
// request to its answer, so an idle connection has none. A route must not keep it: after the answer
// it is reused for another request.
type Exchange struct {
	Request
	session *session
	data    []byte  // the element in progress
	body    []byte  // what has come of the body
	need    int64   // of the body, or of the chunk: bytes that are still to come
	events  *events // of an open answer
	run     *run    // of a handler of net/http
}

// Channel returns the connection, for its loop and addresses. Do not use its input or push to it,
// since this package does both.
func (x *Exchange) Channel() *chat.Channel { return x.session.Channel }

var exchanges = sync.Pool{New: func() any { return new(Exchange) }}

func (s *session) begin() {
	if s.Exchange == nil {
		s.Exchange = exchanges.Get().(*Exchange)
		s.Exchange.session = s
	}
}

func (s *session) end() {
	x := s.Exchange
	if x == nil {
		return
	}
	s.Exchange = nil
	fields, data, body := x.fields[:0], x.data[:0], x.body[:0]
	*x = Exchange{}
	if cap(data) <= MaxHeaders && cap(body) <= MaxHeaders && cap(fields) <= 2*MaxHeaders {
		x.fields, x.data, x.body = fields, data, body
		exchanges.Put(x)
	}
}

// NewSession makes the handler of a connection: it is the Handler of a [chat.Server].
func (s *Site) NewSession(c *chat.Channel) chat.Handler {
	h := &session{Channel: c, site: s}
	h.nextRequest()
	return h
}

// nextRequest expects a request, after the rest of the body that nobody wanted.
func (s *session) nextRequest() {
	s.end()
	if s.rest > 0 {
		s.state = skipping
		s.SetTerminator(terminator.Length(s.rest))
		s.rest = 0
		return
	}
	s.state, s.blank = inLine, 0
	s.SetMaxElement(MaxLine, false)
	s.SetTerminator(terminator.String(crlf))
}

func (s *session) CollectIncomingData(data []byte) {
	switch s.state {
	case open, skipping:
		return
	case inBody, inChunk:
		s.gotBody(data)
		return
	case running: // of the next request
		s.Unread(data)
		s.PauseReading()
		return
	}
	s.begin()
	s.data = append(s.data, data...)
}

func (s *session) FoundTerminator() {
	if s.state == skipping {
		s.nextRequest()
		return
	}
	s.begin()
	data := s.data
	s.data = data[:0]
	switch s.state {
	case inLine:
		s.foundLine(data)
	case inFields:
		s.foundField(data)
	default:
		s.foundPart(data)
	}
}

func (s *session) foundLine(line []byte) {
	if len(line) == 0 {
		if s.blank++; s.blank > maxBlank {
			s.Refuse(Refuse(http.StatusBadRequest, "The request line is empty."))
		} else {
			s.end()
		}
		return
	}
	fields := s.fields
	var r *Refusal
	s.Request, r = parseRequestLine(string(line))
	s.fields = fields
	if r == nil {
		r = s.site.checkMethod(s.Method)
	}
	if r != nil {
		s.Refuse(r)
		return
	}
	s.state = inFields
	s.SetMaxElement(MaxHeaders, false)
	s.ExpectMore()
}

func (s *session) foundField(line []byte) {
	if len(line) == 0 {
		if r := s.check(); r != nil {
			s.Refuse(r)
		} else {
			s.foundHead()
		}
		return
	}
	if r := s.addField(line); r != nil {
		s.Refuse(r)
		return
	}
	s.limitFields()
	s.ExpectMore()
}

func (s *session) limitFields() {
	s.SetMaxElement(int64(max(1, MaxHeaders-s.size)), false) // 0 would be the default
}

// HandleTooLong is called for a request line of more than MaxLine bytes, headers of more than
// MaxHeaders, or the line of a chunk.
func (s *session) HandleTooLong() {
	s.begin()
	switch s.state {
	case inLine:
		s.line = string(s.data)
		s.Refuse(Refuse(http.StatusRequestURITooLong, "The request line is longer than 8 KiB."))
	case inSize:
		s.badBody(Refuse(http.StatusBadRequest, "The size of a chunk is malformed."))
	default:
		s.badBody(Refuse(http.StatusRequestHeaderFieldsTooLarge,
			"The headers are longer than 32 KiB."))
	}
}

// HandleTimeout answers a client that has begun a request and was too slow with it. An idle client
// is not answered.
func (s *session) HandleTimeout(reason error) {
	if reason == chat.ErrFirstTimeout && s.Exchange == nil {
		s.Channel.Close() // a connection that a browser keeps spare is not too slow
		return
	}
	if s.Exchange == nil || s.state == open {
		return
	}
	if s.run != nil && s.run.begun {
		s.run.body.end(reason)
		return
	}
	if s.state == inLine {
		s.line = string(s.data)
	}
	s.Refuse(Refuse(http.StatusRequestTimeout, "The request did not arrive in time."))
}

// ended is called when the answer is queued.
func (s *session) ended(keep bool) {
	s.end()
	switch {
	case !keep:
		s.state = streaming // whether or not there is more than what was pushed
		s.CloseWhenDone()
	case s.state != streaming:
		s.nextRequest()
	}
}

// keeps reports whether the connection stays open after the answer.
func (s *session) keeps() bool { return s.Request.keeps() && !s.ending }

// HandleDrained goes on with the requests that have waited until a body was sent.
func (s *session) HandleDrained() {
	switch {
	case s.Exchange != nil && s.run != nil:
		s.run.take()
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
	if s.Exchange != nil && s.run != nil {
		s.run.shutDown()
	}
	if s.state == open || s.state == inLine && s.Exchange == nil {
		s.CloseWhenDone()
	}
}

// HandleEOF ends the connection when the request in progress is answered. A request that has not
// come whole is not answered.
func (s *session) HandleEOF() {
	switch {
	case s.Exchange == nil:
	case s.run != nil && s.run.begun:
		s.run.clientEnded()
		return
	case s.state < answering:
		s.logEnd(io.ErrUnexpectedEOF)
	}
	s.CloseWhenDone()
}

// HandleClose records a connection that did not end as it should.
func (s *session) HandleClose(err error) {
	switch {
	case s.Exchange == nil:
	case s.state == open:
		s.events.end()
	case s.run != nil:
		s.run.closed(err)
	}
	s.logEnd(err)
}
