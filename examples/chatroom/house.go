package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
)

const (
	lobby    = "lobby" // where everybody comes in; it is always there
	maxUsers = 2000
	maxRooms = 5   // for one user to be in at a time
	maxNames = 100 // in a list of who is there
)

// A house is what all sessions of this process share: who is there, and in which rooms. Whoever
// comes in by session.go or web.go takes its lock for one line of a user; all other methods, and
// those of user and room, are called with the lock held.
type house struct {
	sync.Mutex
	users   map[string]*user // by the name, folded
	rooms   map[string]*room
	history int   // how many messages a room remembers
	link    *link // to other processes; nil: there is none
}

func newHouse(history int) *house {
	h := &house{users: map[string]*user{}, rooms: map[string]*room{}, history: history}
	h.room(lobby)
	return h
}

// A user is somebody who has a name.
type user struct {
	house   *house
	name    string
	self    []*chat.Channel // the one to which goes what the user hears
	page    bool            // it is that of a page, not a terminal
	socket  bool            // of a page that speaks WebSocket: see socket.go
	token   string          // with which the page proves who it is
	rooms   []*room
	current *room // in which the user talks; nil: none
	flood   flood
	quit    func(word string) // ends the channel, behind what it is still to hear
}

// enter lets somebody in, into the lobby.
func (h *house) enter(name string, u *user) error {
	switch _, taken := h.users[fold(name)]; {
	case !validName(name):
		return errName
	case taken:
		return errors.New(name + " is taken")
	case len(h.users) >= maxUsers:
		return errors.New("the house is full")
	}
	u.house, u.name = h, name
	h.users[fold(name)] = u
	if u.page {
		u.hear(event{Kind: welcomed, From: name, Text: u.token})
	}
	if h.link != nil {
		h.link.greet(u)
	}
	h.join(u, h.room(lobby))
	return nil
}

// has reports whether a user has come in, and not left.
func (h *house) has(u *user) bool { return h.users[fold(u.name)] == u }

// leave is the end of a user, for whatever reason.
func (h *house) leave(u *user, why string) {
	if !h.has(u) {
		return
	}
	delete(h.users, fold(u.name))
	h.publish(event{Kind: quitted, From: u.name, Text: why})
	for len(u.rooms) > 0 {
		r := u.rooms[0]
		h.remove(u, r)
		r.tell(event{Kind: quitted, From: u.name, Text: why})
	}
}

// room returns the room of that name, and makes it if there is none.
func (h *house) room(name string) *room {
	r := h.rooms[name]
	if r == nil {
		r = &room{name: name, history: history{most: h.history}}
		h.rooms[name] = r
	}
	return r
}

// remove takes a user out of a room. A room in which nobody is left is forgotten, but for the
// lobby.
func (h *house) remove(u *user, r *room) {
	r.remove(u)
	if len(r.members) == 0 && r.name != lobby {
		delete(h.rooms, r.name)
	}
}

// join tells the newcomer what was said before, then all of the newcomer, then the newcomer of all.
func (h *house) join(u *user, r *room) {
	if len(r.history.events) > 0 {
		u.hear(event{Kind: noted, Room: r.name, Text: "said before:", Old: true})
		u.hear(r.history.events...)
	}
	r.add(u)
	h.tell(r, event{Kind: joined, From: u.name})
	u.hear(h.present(r))
}

func (h *house) part(u *user, r *room) {
	h.tell(r, event{Kind: parted, From: u.name})
	h.remove(u, r)
}

func (h *house) rename(u *user, name string) error {
	if !validName(name) {
		return errName
	}
	if other := h.users[fold(name)]; other != nil && other != u {
		return errors.New(name + " is taken")
	}
	e := event{Kind: renamed, From: u.name, To: name}
	delete(h.users, fold(u.name))
	h.users[fold(name)] = u
	u.name = name
	h.publish(e)
	for _, r := range u.rooms {
		r.members = without(r.members, u)
		r.place(u)
		r.tell(e)
	}
	if len(u.rooms) == 0 {
		u.hear(e)
	}
	return nil
}

// whisper brings a message to one user. Who is here comes before who has the same name elsewhere.
func (h *house) whisper(u *user, to, text string) error {
	e := event{Kind: whispered, From: u.name, To: to, Text: text}
	if other := h.users[fold(to)]; other != nil {
		e.To = other.name
		other.hear(e)
	} else if h.link == nil {
		return errors.New("nobody here is called " + to)
	} else if err := h.link.whisper(&e); err != nil {
		return err
	}
	u.hear(event{Kind: whispers, From: u.name, To: e.To, Text: text})
	return nil
}

// present is the event that lists who is in a room. Everybody waits for it, so it looks at no more
// names of this process than it shows.
func (h *house) present(r *room) event {
	names, count := []string(nil), len(r.members)
	for _, u := range r.members[:min(maxNames, count)] {
		names = append(names, u.name)
	}
	if h.link != nil {
		others := h.link.present(r.name)
		names, count = append(names, others...), count+len(others)
		slices.SortFunc(names, func(a, b string) int { return strings.Compare(fold(a), fold(b)) })
	}
	e := event{Kind: present, Room: r.name, Names: names[:min(maxNames, len(names))]}
	if more := count - len(e.Names); more > 0 {
		e.Text = " and " + strconv.Itoa(more) + " more"
	}
	return e
}

// tell tells a room, here and in other processes.
func (h *house) tell(r *room, e event) {
	e.Room = r.name
	h.publish(e)
	r.tell(e)
}

func (h *house) publish(e event) {
	if h.link != nil {
		h.link.publish(e)
	}
}

// noteAll tells everybody.
func (h *house) noteAll(text string) {
	var lines, pages []*chat.Channel
	for _, u := range h.users {
		if u.page {
			pages = append(pages, u.self[0])
		} else {
			lines = append(lines, u.self[0])
		}
	}
	e := event{Kind: noted, Text: text}
	broadcast(lines, e.line())
	broadcast(pages, e.sse())
}

// refresh tells the pages who is in their rooms, when others have gone or come with a whole server.
func (h *house) refresh() {
	for _, r := range h.rooms {
		if len(r.pages) > 0 {
			e := h.present(r)
			broadcast(r.pages, e.sse())
		}
	}
}
