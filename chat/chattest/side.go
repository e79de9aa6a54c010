package chattest

import (
	"errors"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// ErrOpen is returned by Reason as long as HandleClose has not been called.
var ErrOpen = errors.New("chattest: the channel is open")

// A Side is a channel under test, with a record of the calls of its handler. The channel is a real
// one, on a loop of the simulated kernel. The loop runs only during calls of the test. The slice
// with the input of the handler, also a line of chat.Lines or a message of chat.Messages, is
// overwritten when the callback returns: a handler that keeps the slice finds garbage in it.
type Side struct {
	w       *world
	fd      int
	conn    *core.Conn
	channel *chat.Channel
	rec     recorder
}

func (s *Side) open(w *world, fd int, h chat.NewHandler) {
	s.w, s.fd, s.rec.tb = w, fd, w.tb
	s.conn = core.NewConn(w.loops[0], fd)
	s.channel = chat.NewChannel(s.conn, s.rec.wrap(h))
}

// Channel returns the channel under test.
func (s *Side) Channel() *chat.Channel { return s.channel }

// Do calls f on the channel's loop, as Channel.Post does.
func (s *Side) Do(f func()) {
	s.w.tb.Helper()
	if err := s.w.loops[0].Post(f); err != nil {
		s.w.tb.Fatalf("chattest: Do: %v", err)
	}
	s.w.run()
}

// Calls returns the callbacks of the handler since the last call, in order: `Connect`, `Collect
// "data"`, `Found`, `TooLong`, `Drained`, `EOF`, `Error reason`, `Shutdown`, `Close reason`, where
// the reason is the first line of the error, or nil. Callbacks for which the handler has no method
// are left out. Neighbouring calls of CollectIncomingData are joined, since how the bytes are
// divided among them is not promised.
func (s *Side) Calls() []string { return s.rec.take(false) }

// Reason returns the reason of the close, even if the handler has no HandleClose: nil if the
// channel was closed from this side. Before the close, it returns [ErrOpen]. A lingering channel is
// still open.
func (s *Side) Reason() error {
	if !s.rec.ended {
		return ErrOpen
	}
	return s.rec.reason
}

// Paused reports whether the channel lets input wait, because of PauseReading or because its own
// output waits.
func (s *Side) Paused() bool {
	return !s.rec.ended && s.conn.Want()&core.Readable == 0 && !s.w.kernel.Ended(s.fd)
}

// Queued returns the number of pushed bytes that the system has not taken yet.
func (s *Side) Queued() int { return s.channel.Queued() }
