package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/go-asynchat/asynchat/terminator"
)

// maxSkipped is how much of a body that nobody wants is read to keep the connection. It is dropped
// as it comes. After a longer one the connection is closed.
const maxSkipped = 64 << 10

// skipBody is called before an answer that does not need the body: that is not waited for.
func (s *session) skipBody() {
	switch {
	case s.chunked, s.expects && s.length > 0, s.length > maxSkipped:
		s.close = true // the client may send it or not, or send too much
	case s.length > 0:
		s.rest = s.length
	}
}

const goAhead = "HTTP/1.1 100 Continue\r\n\r\n"

// awaitBody expects the body, which a handler wants.
func (s *session) awaitBody() {
	if s.Exchange.run == nil && s.expects && s.minor > 0 && s.hasBody() {
		s.PushString(goAhead)
	}
	if s.chunked {
		s.awaitChunk()
		return
	}
	s.state, s.need = inBody, s.length
	s.SetMaxElement(MaxBody, false) // what we hold of it counts for MaxTotalBuffered
	if s.run != nil {
		s.SetMaxElement(1, false) // that says by itself what it holds
	}
	s.SetTerminator(terminator.Length(s.length))
	s.ExpectMore()
}

func (s *session) awaitChunk() {
	s.state = inSize
	s.SetMaxElement(maxSizeLine, false)
	s.SetTerminator(terminator.String(crlf))
	s.ExpectMore()
}

// gotBody takes a part of the body.
func (s *session) gotBody(data []byte) {
	s.need -= int64(len(data))
	if s.run != nil {
		s.run.body.add(data)
		s.run.account()
		return
	}
	s.body = append(s.body, data...)
}

// foundPart is called at the end of an element of the body.
func (s *session) foundPart(data []byte) {
	switch s.state {
	case inBody:
		s.gotAll()
	case inSize:
		s.foundSize(data)
	case inChunk:
		s.state = inChunkEnd
		s.SetTerminator(terminator.Length(int64(len(crlf))))
		s.ExpectMore()
	case inChunkEnd:
		if string(data) != crlf {
			s.badBody(Refuse(http.StatusBadRequest, "A chunk is longer than its size."))
			return
		}
		s.awaitChunk()
	case inTrailers:
		s.foundTrailer(data)
	}
}

func (s *session) foundSize(line []byte) {
	size, ok := parseChunkSize(line)
	switch {
	case !ok:
		s.badBody(Refuse(http.StatusBadRequest, "The size of a chunk is malformed."))
	case size == 0:
		s.state = inTrailers
		s.limitFields()
		s.ExpectMore()
	case s.run == nil && size > MaxBody-int64(len(s.body)):
		s.badBody(tooLarge)
	default:
		s.state, s.need = inChunk, size
		s.SetTerminator(terminator.Length(size))
		s.ExpectMore()
	}
}

// foundTrailer reads a field after the last chunk, and forgets it: what is said there must not
// change what was said in the head.
func (s *session) foundTrailer(line []byte) {
	if len(line) == 0 {
		s.gotAll()
		return
	}
	s.count++
	s.size += len(line) + len(crlf)
	name, value, ok := bytes.Cut(line, []byte(":"))
	switch {
	case s.count > MaxFields:
		s.badBody(tooManyFields)
	case !ok || !isToken(string(name)) || hasControls(value):
		s.badBody(Refuse(http.StatusBadRequest, "A trailer line is not NAME: VALUE."))
	default:
		s.limitFields()
		s.ExpectMore()
	}
}

// gotAll is called when the whole request is here.
func (s *session) gotAll() {
	if s.run == nil {
		s.state = answering
		s.call(s.site.find(s.Path).post)
		return
	}
	s.run.body.end(io.EOF)
	if !s.run.begun {
		s.run.begin()
	}
	s.listen()
}

// badBody refuses a request whose body is malformed. If its handler is at work already, that learns
// it from its next Read, and the connection ends with its answer.
func (s *session) badBody(r *Refusal) {
	if s.run == nil {
		s.Refuse(r)
		return
	}
	s.run.gone = true
	s.run.body.end(errors.New("web: " + r.Why))
	s.listen()
}
