package web

import (
	"bytes"
	"net/http"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// heartbeat is how often an open answer is given a line that means nothing, in which a peer that is
// gone is noticed, and proxies see that one is not.
const heartbeat = 15 * time.Second

type events struct {
	closed func()
	heart  *core.Timer
}

// Events answers with server-sent events, for as long as both sides like, and returns the channel,
// to which events are pushed: in the form of AppendEvent, on its loop by Push, from any goroutine
// by Post or chat.Broadcast, until CloseWhenDone. A client that does not take them is closed as any
// slow reader. closed is called when the channel is closed, on its loop; it is the place to forget
// the channel. It may be nil. For HEAD, and while the server shuts down, Events returns nil, and
// closed is not called.
func (x *Exchange) Events(closed func()) *chat.Channel {
	s := x.session
	h := Head{Code: http.StatusOK, Type: "text/event-stream", Size: -1,
		Header: http.Header{"Cache-Control": {"no-store"}}}
	x.close = true
	buf := buffers.Get().(*buffer)
	s.Push(h.append(buf[:0], x.minor, false, s.Loop().Now()))
	buffers.Put(buf)
	s.record(h)
	if x.Method == "HEAD" || s.ending {
		s.ended(false)
		return nil
	}
	s.end()
	s.state, s.Exchange = open, &Exchange{session: s, events: &events{closed: closed}}
	s.SetTerminator(terminator.None)
	l := s.Limits()
	l.IdleTimeout = chat.NoLimit // the client listens, and need not speak
	s.SetLimits(l)
	s.events.heart = s.After(heartbeat, s.beat)
	return s.Channel
}

func (s *session) beat() {
	if s.PushString(":\n\n") == nil {
		s.events.heart = s.After(heartbeat, s.beat)
	}
}

func (e *events) end() {
	e.heart.Stop()
	if e.closed != nil {
		e.closed()
	}
}

// AppendEvent appends an event to b. name may be empty, and is not for what comes from a client: a
// line end in it would begin another field. In data it does not: each line of it is sent as one.
func AppendEvent(b []byte, name string, data []byte) []byte {
	if name != "" {
		b = append(append(append(b, "event: "...), name...), '\n')
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		b = append(append(append(b, "data: "...), line...), '\n')
	}
	return append(b, '\n')
}
