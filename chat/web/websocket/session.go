package websocket

import (
	"io"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A session is the handler of a channel that has been upgraded. It joins the payloads of frames to
// messages.
type session struct {
	Conn
	framer
	user    Handler
	buffer  *buffer // nil: nothing of a message or a control frame has come
	checked int     // bytes of a text in progress that are good
}

// newSession makes a session, and its user's handler: nil if that is nil.
func newSession(c *chat.Channel, client bool, newHandler NewHandler, set func(*Conn)) *session {
	s := &session{Conn: Conn{Channel: c, key: randomKey, client: client, opened: !client},
		framer: framer{client: client}}
	s.limit = s.maxMessage
	set(&s.Conn)
	if s.user = newHandler(&s.Conn); s.user == nil {
		return nil
	}
	return s
}

// use makes s the handler of c, which calls HandleDrained only if the user wants that.
func (s *session) use(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.Custom(func() terminator.Framer { return &s.framer }))
	if d, ok := s.user.(chat.DrainedHandler); ok {
		return &drained{s, d}
	}
	return s
}

type drained struct {
	*session
	chat.DrainedHandler
}

func (s *session) maxMessage() int64 { return s.Channel.Limits().MaxElement }

// CollectIncomingData copies: data is the channel's, and not to be unmasked where it is.
func (s *session) CollectIncomingData(data []byte) {
	if s.buffer == nil {
		s.buffer = borrow()
	}
	dst := s.buffer.extend(len(data))
	if s.framer.client {
		copy(dst, data)
	} else {
		s.framer.key = mask(dst, data, s.framer.key)
	}
	if s.message == opText && s.op&controlBit == 0 {
		s.checkText()
	}
}

func (s *session) checkText() {
	good := false
	if s.checked, good = checkText(s.buffer.data, s.checked); !good {
		s.fail(notUTF8)
	}
}

var notUTF8 = &ProtocolError{CodeInvalid, "text is not UTF-8"}

func (s *session) FoundTerminator() {
	switch {
	case s.fault != nil:
		s.fail(s.fault)
	case s.op&controlBit != 0:
		s.control()
	case s.fin:
		s.found()
	}
	if s.message != 0 {
		s.Channel.ExpectMore()
	}
}

// bytes returns what has come, after the first n bytes.
func (s *session) bytes(n int64) []byte {
	if s.buffer == nil {
		return nil
	}
	return s.buffer.data[n:]
}

// control is called with a control frame, which may have come within a message.
func (s *session) control() {
	payload := s.bytes(s.size)
	switch s.op {
	case opClose:
		s.closed(payload)
	case opPing:
		s.push(opPong, payload)
	case opPong:
		if h, ok := s.user.(PongHandler); ok {
			h.HandlePong(payload)
		}
	}
	if s.buffer == nil {
		return
	}
	if s.buffer.data = s.buffer.data[:s.size]; s.size == 0 {
		s.release()
	}
}

// found is called with a whole message.
func (s *session) found() {
	message, kind := s.bytes(0), Kind(s.message)
	s.endMessage()
	if kind == Text && s.checked < len(message) {
		s.fail(notUTF8)
	} else {
		s.checked = 0
		s.user.HandleMessage(kind, message)
	}
	s.release()
}

func (s *session) release() {
	if b := s.buffer; b != nil {
		s.buffer = nil
		b.giveBack()
	}
}

// HandleTooLong is called where the limit of the matcher is lower than what the framer was told.
func (s *session) HandleTooLong() { s.fail(tooLong) }

func (s *session) HandleConnect() {
	s.opened = true
	if h, ok := s.user.(chat.ConnectHandler); ok {
		h.HandleConnect()
	}
}

// HandleError and HandleTimeout send a close frame after what the user pushes.
func (s *session) HandleError(err error) {
	if h, ok := s.user.(chat.ErrorHandler); ok {
		h.HandleError(err)
	}
	s.pushClose(CodeInternal, "")
}

func (s *session) HandleTimeout(reason error) {
	if h, ok := s.user.(chat.TimeoutHandler); ok {
		h.HandleTimeout(reason)
	}
	s.pushClose(CodeGoingAway, "")
}

func (s *session) HandleShutdown() {
	if h, ok := s.user.(chat.ShutdownHandler); ok {
		h.HandleShutdown()
		return
	}
	s.end = chat.ErrShutdown
	s.CloseWith(CodeGoingAway, "")
}

func (s *session) HandleClose(err error) {
	s.release()
	switch {
	case s.end != nil:
		err = s.end
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	if h, ok := s.user.(chat.CloseHandler); ok {
		h.HandleClose(err)
	}
}
