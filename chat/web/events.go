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

// Events answers with server-sent events, until either side ends the stream. It returns the
// channel, to which you push events in the form of AppendEvent: by Push on its loop, and by Post or
// chat.Broadcast from any goroutine. End the stream by CloseWhenDone. A client that does not read
// is disconnected as any slow reader. closed, which may be nil, is called on the loop when the
// channel is closed, so that you can forget the channel. For HEAD, and while the server shuts down,
// Events returns nil, and closed is not called.
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

// AppendEvent appends an event to b. name may be empty, and must not contain data of a client,
// because a line end in it would begin another field. data may contain line ends: each of its lines
// is sent as a separate data field.
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
