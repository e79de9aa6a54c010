package main

import (
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
)

// A room is who is in it, and what was last said there.
type room struct {
	name    string
	members []*user         // in the order of their names: so a list of them is no work
	lines   []*chat.Channel // of those of them who have a terminal
	pages   []*chat.Channel // of those who have a page
	sockets []*chat.Channel // of those whose page speaks WebSocket
	history history
}

func (r *room) add(u *user) {
	r.place(u)
	to := r.channels(u)
	*to = append(*to, u.self[0])
	u.rooms = append(u.rooms, r)
	u.current = r
}

// place puts a user where the name belongs.
func (r *room) place(u *user) {
	i, _ := slices.BinarySearchFunc(r.members, u, func(a, b *user) int {
		return strings.Compare(fold(a.name), fold(b.name))
	})
	r.members = slices.Insert(r.members, i, u)
}

func (r *room) remove(u *user) {
	r.members = without(r.members, u)
	to := r.channels(u)
	*to = without(*to, u.self[0])
	u.rooms = without(u.rooms, r)
	if u.current == r {
		u.current = nil
		if n := len(u.rooms); n > 0 {
			u.current = u.rooms[n-1]
		}
	}
}

func (r *room) channels(u *user) *[]*chat.Channel {
	switch {
	case u.socket:
		return &r.sockets
	case u.page:
		return &r.pages
	}
	return &r.lines
}

func without[T comparable](s []T, v T) []T {
	if i := slices.Index(s, v); i >= 0 {
		s = slices.Delete(s, i, i+1)
	}
	return s
}

// tell tells all who are in the room, on whatever loop they are. Each form is made once, and copied
// for nobody. It is called under the lock of the house: so everybody hears the same in the same
// order.
func (r *room) tell(e event) {
	e.Room = r.name
	if len(r.lines) > 0 {
		broadcast(r.lines, e.line())
	}
	if len(r.pages) > 0 {
		broadcast(r.pages, e.sse())
	}
	if len(r.sockets) > 0 {
		broadcast(r.sockets, e.frame())
	}
	if e.Kind == said || e.Kind == acted {
		r.history.add(e)
	}
}

// broadcast is chat.Broadcast: whoever has the lock of the house may be on any loop. What a
// callback pushes to its own channel stays in order with that.
func broadcast(channels []*chat.Channel, message []byte) { chat.Broadcast(channels, message) }

// maxHistory bounds what a room remembers, in bytes.
const maxHistory = 64 << 10

// A history is the last events of a room: not more than most, nor than maxHistory.
type history struct {
	most   int
	size   int
	events []event
}

func (h *history) add(e event) {
	if h.most == 0 {
		return
	}
	e.Old = true
	h.events = append(h.events, e)
	h.size += cost(e)
	for len(h.events) > h.most || h.size > maxHistory {
		h.size -= cost(h.events[0])
		h.events[0] = event{}
		h.events = h.events[1:]
	}
}

func cost(e event) int { return 100 + len(e.From) + len(e.Text) }
