package main

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web"
	"github.com/go-asynchat/asynchat/chat/web/websocket"
)

// pingEvery is how often a page is pinged, so that neither we nor a proxy takes it for idle.
const pingEvery = 15 * time.Second

// A socket is a page that speaks WebSocket: what it hears and what it says goes over it. A message
// of the page is a room, a line end, and a line.
type socket struct {
	*websocket.Conn
	pages *pages
	user  *user
	enter func() // with the name and the room of the request
}

// socket is the beginning of a visit, "/socket?nick=NAME&room=ROOM".
func (p *pages) socket(x *web.Exchange) {
	form, ok := x.Form()
	if !ok {
		return
	}
	name, room := clean(form.Get("nick")), fold(clean(form.Get("room")))
	x.WebSocket(&websocket.Upgrader{}, func(c *websocket.Conn) websocket.Handler {
		u := &user{page: true, socket: true, token: rand.Text(), self: []*chat.Channel{c.Channel}}
		u.quit = func(word string) {
			u.hear(event{Kind: dismissed, Text: word})
			c.Channel.Post(c.CloseWhenDone)
		}
		c.Channel.Every(pingEvery, func() { c.Ping(nil) })
		return &socket{c, p, u, func() { p.enter(u, name, room) }}
	})
}

func (s *socket) HandleConnect() { s.enter() }

// HandleMessage takes a line. A page that sends too fast is not read for a while, as a terminal.
func (s *socket) HandleMessage(_ websocket.Kind, message []byte) {
	name, text, _ := strings.Cut(string(message), "\n")
	s.pages.house.Lock()
	defer s.pages.house.Unlock()
	if !s.pages.house.has(s.user) {
		return
	}
	if room := s.user.in(name); room != nil {
		s.user.current = room
	}
	now := s.Channel.Loop().Now()
	if len(text) > maxText {
		s.user.flood.count(now)
		s.user.note("that was too long, and nobody has heard it")
	} else {
		s.user.flood.count(now)
		s.user.do(clean(text))
	}
	if wait := s.user.flood.wait(now); wait > 0 {
		s.Channel.PauseReading()
		s.Channel.After(wait, s.Channel.ResumeReading)
	}
}

func (s *socket) HandleClose(err error) {
	s.pages.house.Lock()
	defer s.pages.house.Unlock()
	delete(s.pages.users, s.user.token)
	s.pages.house.leave(s.user, farewell(err))
}
