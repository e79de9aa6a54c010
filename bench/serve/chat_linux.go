package main

import (
	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// All of ours have their limits and timeouts on, as they are by default.

var crlf = terminator.String("\r\n")

func listen(addr string, h chat.NewHandler) error {
	if secure {
		return listenTLS(addr, h)
	}
	return (&chat.Server{Addr: addr, Handler: h}).ListenAndServe()
}

// converse is examples/echo in straight-line code.
func converse(v *chat.Conversation) error {
	for {
		line, err := v.ReadUntil(crlf)
		if err != nil {
			return err
		}
		v.Write(line)
		if _, err := v.WriteString("\r\n"); err != nil {
			return err
		}
	}
}

func serveConversation(addr string) error { return listen(addr, chat.Converse(converse)) }

func serveThreaded(addr string) error { return listen(addr, chat.Threaded(converse)) }

// A member gets every line that any of them sends. One loop serves all, so the list needs no lock.
type member struct {
	*chat.Channel
	chat.Collector
	room *room
}

type room struct {
	channels []*chat.Channel
	places   map[*chat.Channel]int
}

func (m *member) FoundTerminator() {
	m.Broadcast(m.room.channels, append(m.Take(), '\r', '\n'))
}

func (m *member) HandleClose(error) {
	r := m.room
	i, last := r.places[m.Channel], len(r.channels)-1
	r.channels[i] = r.channels[last]
	r.places[r.channels[i]] = i
	r.channels = r.channels[:last]
	delete(r.places, m.Channel)
}

func serveAll(addr string) error {
	r := &room{places: map[*chat.Channel]int{}}
	// Who only listens sends nothing, so FirstTimeout would end it.
	s := &chat.Server{Addr: addr, Limits: chat.Limits{FirstTimeout: chat.DefaultLimits().IdleTimeout},
		Handler: func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			r.places[c] = len(r.channels)
			r.channels = append(r.channels, c)
			return &member{Channel: c, room: r}
		}}
	return s.ListenAndServe()
}
