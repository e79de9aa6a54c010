package sim

import (
	"context"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// A forwarder passes connections on, as examples/forward does: two channels that feed each other,
// end by end.
type forwarder struct {
	w      *world
	remote interface{ String() string }
}

const (
	forwardQueued = 64 << 10 // more than this for one side, and the other is not read
	forwardFlush  = 10 * time.Second
)

func (f *forwarder) accept(c *chat.Channel) chat.Handler {
	client := f.newSide(c)
	_, err := f.w.dialer().Dial(context.Background(), c.Loop(), "tcp", f.remote.String(),
		func(c *chat.Channel) chat.Handler {
			c.Push(f.w.claim(nil, nil))
			client.other = f.newSide(c)
			client.other.other = client
			return client.other
		})
	if err != nil {
		client.closed = true
		delete(f.w.open, client.audit)
		return nil
	}
	return client
}

type side struct {
	*chat.Channel
	*audit
	other *side
	moved bool
}

func (f *forwarder) newSide(c *chat.Channel) *side {
	limits := c.Limits()
	limits.HighWater, limits.FirstTimeout = chat.NoLimit, chat.NoLimit
	if f.w.unsteady() {
		limits = limits.WithoutTimeouts()
	}
	c.SetLimits(limits)
	s := &side{Channel: c, audit: f.w.newAudit("forwarder", c)}
	s.most = forwardQueued + 64<<10
	return s
}

func (s *side) HandleConnect() {
	defer s.enter("HandleConnect")()
	s.connected()
}

func (s *side) CollectIncomingData(data []byte) {
	defer s.enter("CollectIncomingData")()
	s.input(len(data))
	s.moved = true
	s.other.Push(data)
	if s.other.Queued() > forwardQueued {
		s.PauseReading()
	}
}

func (s *side) FoundTerminator() {}

func (s *side) HandleDrained() {
	defer s.enter("HandleDrained")()
	s.other.ResumeReading()
}

func (s *side) HandleEOF() {
	defer s.enter("HandleEOF")()
	s.other.CloseWrite()
}

func (s *side) HandleClose(err error) {
	defer s.enter("HandleClose")()
	s.ended(err)
	s.other.CloseWhenDone()
	if err != nil {
		s.other.After(forwardFlush, func() { s.other.Close() })
	}
}

func (s *side) HandleShutdown() {
	defer s.enter("HandleShutdown")()
	s.shutdown()
}

func (s *side) shutdown() {
	if !s.moved && !s.other.moved && s.Queued()+s.other.Queued() == 0 {
		s.other.CloseWhenDone()
		s.CloseWhenDone()
		return
	}
	s.moved, s.other.moved = false, false
	s.After(time.Second, s.shutdown)
}
