package main

import (
	"encoding/json"
	"strings"

	"github.com/go-asynchat/asynchat/chat/web"
	"github.com/go-asynchat/asynchat/chat/web/websocket"
)

// An event is what people hear of. It has four forms: a line for a terminal, a message or an event
// of a stream for a page, and JSON for other processes.
type event struct {
	Kind  kind     `json:"kind"`
	Room  string   `json:"room,omitempty"`
	From  string   `json:"from,omitempty"`
	To    string   `json:"to,omitempty"` // of a whisper, or the new name
	At    string   `json:"at,omitempty"` // of a whisper: the process of To
	Text  string   `json:"text,omitempty"`
	Names []string `json:"names,omitempty"`
	When  int64    `json:"when,omitempty"` // it was said: seconds since 1970, of its own process
	Old   bool     `json:"old,omitempty"`  // it comes from the history
}

type kind string

const (
	said      kind = "say"
	acted     kind = "me"
	joined    kind = "join"
	parted    kind = "part"
	quitted   kind = "quit"
	renamed   kind = "nick"
	whispered kind = "msg"
	whispers  kind = "msgto" // what one has whispered oneself
	present   kind = "here"
	noted     kind = "note"
	welcomed  kind = "welcome" // of a page: Text is what it proves with that it is this user
	dismissed kind = "bye"     // of a page: Text is why
)

// line is the form for terminals. What people say stands behind their name, so that nobody can say
// what looks as if the room had said it.
func (e *event) line() []byte {
	b := make([]byte, 0, 32+len(e.Room)+len(e.From)+len(e.To)+len(e.Text))
	add := func(parts ...string) {
		for _, p := range parts {
			b = append(b, p...)
		}
	}
	if e.Room != "" {
		add("[", e.Room, "] ")
	}
	switch e.Kind {
	case said:
		add(e.From, ": ", e.Text)
	case acted:
		add("* ", e.From, " ", e.Text)
	case joined:
		add("-- ", e.From, " has joined")
	case parted:
		add("-- ", e.From, " has left")
	case quitted:
		add("-- ", e.From, " has gone")
		if e.Text != "" {
			add(" (", e.Text, ")")
		}
	case renamed:
		add("-- ", e.From, " is now ", e.To)
	case whispered:
		add("[", e.From, " -> you] ", e.Text)
	case whispers:
		add("[you -> ", e.To, "] ", e.Text)
	case present:
		add("-- here: ", strings.Join(e.Names, ", "), e.Text)
	default:
		add("-- ", e.Text)
	}
	add("\r\n")
	return b
}

// sse is the form for pages, an event of a text/event-stream. In JSON no line ends.
func (e *event) sse() []byte { return web.AppendEvent(nil, "", e.json()) }

// frame is the form for pages that speak WebSocket.
func (e *event) frame() []byte { return websocket.Append(nil, websocket.Text, e.json()) }

func (e *event) json() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // it has strings only
	}
	return b
}

// hear sends events to one user.
func (u *user) hear(events ...event) {
	var b []byte
	for i := range events {
		if u.socket {
			b = append(b, events[i].frame()...)
		} else if u.page {
			b = append(b, events[i].sse()...)
		} else {
			b = append(b, events[i].line()...)
		}
	}
	broadcast(u.self, b)
}

func (u *user) note(text ...string) { u.hear(event{Kind: noted, Text: strings.Join(text, "")}) }
