package main

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// A peer is what is known of another process.
type peer struct {
	id, name string
	last     uint64 // the number of the last event that our users have heard
	known    bool   // it has told its state
	away     bool   // nothing was heard for some time
	heard    time.Time
	asked    time.Time         // for what is missing; zero: nothing is
	users    map[string]*guest // by the names, folded
}

// A guest is a user of another process.
type guest struct {
	name  string
	rooms []string
}

// shown is the name of a user as it is shown here. The one of the server in it keeps names apart
// that two people have: so nobody has to be renamed when servers meet.
func (p *peer) shown(name string) string { return name + "@" + p.name }

// hear takes a packet. Whatever is in it, nothing comes of it but what the checks here let pass.
func (l *link) hear(payload []byte) {
	var k packet
	if json.Unmarshal(payload, &k) != nil || k.From == l.id || len(k.From) != len(l.id) ||
		!validName(k.Name) {
		return
	}
	l.house.Lock()
	defer l.house.Unlock()
	p := l.peer(&k)
	if p == nil {
		return
	}
	p.heard = l.client.Loop.Now()
	switch k.What {
	case bye:
		delete(l.peers, p.id)
		l.tellOf(p, "has gone")
		return
	case ask:
		l.answer(p, k.Number)
	case state:
		l.takeState(p, &k)
	case events:
		l.takeEvents(p, &k)
	}
	if p.away {
		p.away = false
		l.tellOf(p, "is back")
	}
	if !p.known || p.last < k.Head {
		l.ask(p)
	}
}

func (l *link) peer(k *packet) *peer {
	p := l.peers[k.From]
	if p == nil && len(l.peers) < maxPeers {
		p = &peer{id: k.From, name: k.Name}
		l.peers[p.id] = p
	}
	return p
}

// ask asks for what has not been heard, unless that was done just now.
func (l *link) ask(p *peer) {
	now := l.client.Loop.Now()
	if now.Sub(p.asked) < askAgain {
		return
	}
	p.asked = now
	k := packet{What: ask}
	if p.known {
		k.Number = p.last + 1
	}
	l.send(toOne+p.id, k)
}

func (l *link) answer(p *peer, number uint64) {
	list, ok := l.log.from(number)
	if ok && number > 0 {
		l.send(toOne+p.id, packet{What: events, Number: number, Events: list})
		return
	}
	users := map[string][]string{}
	for _, u := range l.house.users {
		rooms := []string{}
		for _, r := range u.rooms {
			rooms = append(rooms, r.name)
		}
		users[u.name] = rooms
	}
	l.send(toOne+p.id, packet{What: state, Users: users})
}

// takeState goes on with what is, in place of what has happened.
func (l *link) takeState(p *peer, k *packet) {
	if p.known && k.Head <= p.last || len(k.Users) > maxUsers {
		return
	}
	missed := p.known
	p.known, p.last, p.asked = true, k.Head, time.Time{}
	p.users = map[string]*guest{}
	for name, rooms := range k.Users {
		if validName(name) && len(rooms) <= maxRooms &&
			!slices.ContainsFunc(rooms, func(r string) bool { return !validName(r) }) {
			p.users[fold(name)] = &guest{name, rooms}
		}
	}
	if missed {
		l.tellOf(p, "has said more than it remembers; some of it is lost")
	} else {
		p.away = false
		l.tellOf(p, "is here too; people: "+strconv.Itoa(len(p.users)))
	}
}

// takeEvents takes those that are next, and none twice.
func (l *link) takeEvents(p *peer, k *packet) {
	if !p.known {
		return
	}
	for i, e := range k.Events {
		switch number := k.Number + uint64(i); {
		case number <= p.last:
		case number == p.last+1:
			p.last, p.asked = number, time.Time{}
			l.take(p, e)
		default:
			return // it comes again, behind what is missing
		}
	}
}

// take lets our users hear an event of another process.
func (l *link) take(p *peer, e event) {
	if !validName(e.From) || e.Room != "" && !validName(e.Room) {
		return
	}
	e = event{Kind: e.Kind, Room: fold(e.Room), From: e.From, To: e.To, At: e.At,
		Text: clean(e.Text), When: e.When}
	if e.Kind == joined && e.Room != "" {
		p.join(e.From, e.Room)
	}
	g := p.users[fold(e.From)]
	if g == nil {
		return
	}
	e.From = p.shown(g.name)
	switch e.Kind {
	case said, acted, joined:
		l.tell(e, e.Room)
	case parted:
		g.rooms = without(g.rooms, e.Room)
		l.tell(e, e.Room)
	case quitted:
		delete(p.users, fold(g.name))
		l.tell(e, g.rooms...)
	case renamed:
		if validName(e.To) {
			delete(p.users, fold(g.name))
			g.name = e.To
			p.users[fold(g.name)] = g
			e.To = p.shown(g.name)
			l.tell(e, g.rooms...)
		}
	case whispered:
		if u := l.house.users[fold(e.To)]; u != nil && e.At == l.id {
			u.hear(event{Kind: whispered, From: e.From, To: u.name, Text: e.Text})
		}
	}
}

func (p *peer) join(name, room string) {
	g := p.users[fold(name)]
	if g == nil {
		if len(p.users) == maxUsers {
			return
		}
		g = &guest{name: name}
		p.users[fold(name)] = g
	}
	if len(g.rooms) < maxRooms && !slices.Contains(g.rooms, room) {
		g.rooms = append(g.rooms, room)
	}
}

// tell tells rooms, as far as there are such rooms here.
func (l *link) tell(e event, rooms ...string) {
	for _, name := range rooms {
		if r := l.house.rooms[name]; r != nil {
			r.tell(e)
		}
	}
}
