package chat

import (
	"crypto/tls"

	"github.com/go-asynchat/asynchat/terminator"
)

// Session returns a handler that calls f with each whole element that t ends, as [Messages] does,
// and with the state of its channel, which newSession makes. The element is valid only during the
// call. S is usually a pointer to a session that embeds its *Channel, and may have any of the
// optional methods of a [Handler], HandleRest and HandleClose among them. HandleTooLong and
// HandleSkipped are called for an element over the channel's MaxElement, whatever the terminator.
// newSession and f may change the terminator. To refuse the channel, newSession closes it.
func Session[S any](
	t terminator.Terminator, newSession func(*Channel) S, f func(S, []byte),
) NewHandler {
	return func(c *Channel) Handler {
		c.SetTerminator(t)
		state := newSession(c)
		return &session{messages{c: c, f: func(_ *Channel, msg []byte) { f(state, msg) }}, state}
	}
}

// A session gathers as messages do. It has every optional method, and hands the call to its state.
type session struct {
	messages
	state any
}

func (s *session) parts() (gathers, state any) { return &s.messages, s.state }

func (s *session) CollectIncomingData(data []byte) {
	if !s.drops() && s.c.overLimit(len(s.data)+len(data)) {
		s.tellTooLong()
	}
	s.messages.CollectIncomingData(data)
}

func (s *session) FoundTerminator() {
	if s.drops() {
		s.forget()
		s.HandleSkipped()
		return
	}
	s.messages.FoundTerminator()
}

// HandleTooLong is for messages, too.
func (s *session) HandleTooLong() {
	s.messages.HandleTooLong()
	s.tellTooLong()
}

func (s *session) tellTooLong() {
	if h, ok := s.state.(TooLongHandler); ok {
		h.HandleTooLong()
	}
}

func (s *session) HandleSkipped() {
	if h, ok := s.state.(SkippedHandler); ok {
		h.HandleSkipped()
	}
}

func (s *session) HandleClose(reason error) {
	if h, ok := s.state.(CloseHandler); ok {
		h.HandleClose(reason)
	}
}

func (s *session) HandleConnect()             { s.state.(ConnectHandler).HandleConnect() }
func (s *session) HandleRest(rest []byte)     { s.state.(RestHandler).HandleRest(rest) }
func (s *session) HandleEOF()                 { s.state.(EOFHandler).HandleEOF() }
func (s *session) HandleDrained()             { s.state.(DrainedHandler).HandleDrained() }
func (s *session) HandleError(err error)      { s.state.(ErrorHandler).HandleError(err) }
func (s *session) HandleTimeout(reason error) { s.state.(TimeoutHandler).HandleTimeout(reason) }
func (s *session) HandleShutdown()            { s.state.(ShutdownHandler).HandleShutdown() }
func (s *session) HandleSecured(state tls.ConnectionState) {
	s.state.(SecuredHandler).HandleSecured(state)
}
