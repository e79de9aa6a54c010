package main

import (
	"bytes"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxKey  = 250     // bytes of a key
	maxItem = 1 << 20 // bytes of an item, its cost included
	maxLine = 2 << 10 // bytes of a line
	keep    = 512     // bytes of memory that a session keeps for the next command
)

type state uint8

const (
	inLine  state = iota
	inData        // of a command that stores, and CR LF
	inWaste       // the same, too much of it
	inRest        // of a line that was refused before its end
)

// binary is the first byte of the binary protocol, which is not spoken here.
const binary = 0x80

var lineEnd = terminator.String("\n") // and people type it so

// A session is one connection. It collects a line or the data behind it, and says where the next
// element ends.
type session struct {
	*chat.Channel
	*site
	state   state
	element []byte  // the line or the data in progress
	pending storage // the command that waits for its data
	out     []byte  // the answer to the command that is run
	quiet   bool    // it said noreply
	goesOn  bool    // the line that is run is the beginning of one
	began   bool    // something has come
}

func (s *site) newSession(c *chat.Channel) chat.Handler {
	s.counts.connections.Add(1)
	s.counts.open.Add(1)
	h := &session{Channel: c, site: s}
	c.SetMaxElement(chat.NoLimit, false) // CollectIncomingData knows better
	h.nextLine()
	return h
}

func (s *session) nextLine() {
	s.state = inLine
	s.SetTerminator(lineEnd)
}

// CollectIncomingData bounds lines: what is long and no get is not this protocol.
func (s *session) CollectIncomingData(data []byte) {
	switch {
	case s.state == inWaste || s.state == inRest:
		return
	case !s.began && data[0] == binary: // its client would wait for an answer
		s.Close()
		return
	}
	s.began = true
	s.element = append(s.element, data...)
	switch {
	case s.state != inLine:
	case len(s.element) > maxLine && beforeKeys(s.element) == 0:
		s.element = nil
		s.answer("ERROR")
		s.flush()
		s.CloseWhenDone()
	case len(s.element) > s.maxKeys:
		s.someKeys()
	}
}

func (s *session) FoundTerminator() {
	element := s.element
	s.element = s.element[:0]
	switch s.state {
	case inLine:
		if chat.ForeignProtocol(element) != "" { // a page may post commands
			s.Close()
			return
		}
		s.run(bytes.TrimSuffix(element, []byte("\r")))
	case inData:
		s.nextLine()
		s.foundData(element)
	case inWaste:
		s.nextLine()
		s.answer(s.pending.refusal)
	case inRest:
		s.nextLine()
	}
	s.flush()
	if cap(s.element) > keep {
		s.element = nil
	}
}

// expectData waits for the data of a command, which belongs to it as far as time is concerned.
func (s *session) expectData(st storage, state state) {
	s.pending, s.state = st, state
	s.SetTerminator(terminator.Length(int64(st.size) + int64(len("\r\n"))))
	s.ExpectMore()
}

var _ chat.CloseHandler = (*session)(nil)

func (s *session) HandleClose(error) { s.counts.open.Add(-1) }

// answer appends a line to what the command answers, unless it said noreply: then even an error is
// not told.
func (s *session) answer(line string) {
	if !s.quiet {
		s.out = append(append(s.out, line...), '\r', '\n')
	}
}

// flush sends the answer.
func (s *session) flush() {
	s.Push(s.out)
	s.out = s.out[:0]
	if cap(s.out) > keep {
		s.out = nil
	}
	s.quiet = s.quiet && s.state != inLine
}
