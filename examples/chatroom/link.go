package main

import (
	"encoding/json"
	"errors"
	"log"
	"slices"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/nats"
)

// Processes are joined by packets over NATS. One to toAll is for everybody, one to toOne and the id
// of a process for that one.
const (
	toAll = "chatroom.all"
	toOne = "chatroom.to."
)

const (
	heartbeat   = 3 * time.Second
	quietAfter  = 10 * time.Second // without a word of a process, its users do not count
	forgetAfter = 10 * time.Minute // and what it says then is the word of a stranger
	askAgain    = time.Second
	maxPeers    = 100
)

// A packet is what a process tells others.
type packet struct {
	What string `json:"what"`
	From string `json:"from"` // its id, new at each start
	Name string `json:"name"` // what its users are shown with
	Head uint64 `json:"head"` // the number of its last event
	// Of events: of the first; of ask: of the first that is wanted.
	Number uint64              `json:"number,omitempty"`
	Events []event             `json:"events,omitempty"`
	Users  map[string][]string `json:"users,omitempty"` // of state: their rooms
}

// What packets are for.
const (
	alive  = "alive"
	events = "events" // that are new, or were asked for
	ask    = "ask"    // for events, or with the number 0 for the state
	state  = "state"  // all that is to be known in place of events
	bye    = "bye"
)

// A link joins the house with those of other processes.
//
// What the users of a process do are events with numbers, which it tells all. NATS may lose some:
// when it is away, or a connection breaks. Who sees a gap in the numbers, in front of an event or
// of the number of the last one that each process tells every few seconds, asks for what is
// missing; who hears an event again passes over it. So all processes hear the events of one in
// their order and once, as long as that one still has them: see maxLog. What it does not have any
// more is lost, and the state takes its place; the users are told. Events of several processes may
// be heard in another order there than here.
//
// The users of one process hear each other without NATS, whatever becomes of it.
//
// Its fields are under the lock of the house, its client on a loop of its own.
type link struct {
	house  *house
	client *nats.Client
	id     string
	name   string
	up     bool
	upAt   time.Time
	lost   bool // and the users know
	log    eventLog
	peers  map[string]*peer
}

// newLink joins the house by a client that is not started yet.
func newLink(h *house, client *nats.Client, id, name string) *link {
	l := &link{house: h, client: client, id: id, name: name, peers: map[string]*peer{}}
	client.Name = "chatroom " + name
	client.OnUp, client.OnDown = l.onUp, l.onDown
	client.Subscribe(toAll, l.hear)
	client.Subscribe(toOne+id, l.hear)
	h.link = l
	return l
}

// start is called on the loop of the client.
func (l *link) start() {
	l.client.Start()
	l.client.Loop.Every(heartbeat, l.beat)
}

// close says goodbye, and calls done when that was heard. It is called on the loop of the client.
func (l *link) close(done func()) {
	l.house.Lock()
	l.send(toAll, packet{What: bye})
	l.house.Unlock()
	l.client.Loop.Post(func() { l.client.Close(done) }) // behind what is still to be sent
}

func (l *link) onUp() {
	l.house.Lock()
	defer l.house.Unlock()
	log.Printf("linked by %s", l.client.Server.Addr)
	l.up, l.upAt = true, l.client.Loop.Now()
	if l.lost {
		l.lost = false
		l.house.noteAll("the link to the other servers is back")
	}
	l.send(toAll, packet{What: alive})
	l.house.refresh()
}

func (l *link) onDown(err error) {
	l.house.Lock()
	defer l.house.Unlock()
	l.up = false
	if l.lost {
		return
	}
	l.lost = true
	log.Printf("no link by %s: %v", l.client.Server.Addr, err)
	l.house.noteAll(lostText)
	l.house.refresh()
}

const lostText = "the link to the other servers is lost; this one goes on by itself"

// greet tells a newcomer what the others were told.
func (l *link) greet(u *user) {
	if l.lost {
		u.note(lostText)
	}
}

// publish tells the other processes of an event, now or when they ask.
func (l *link) publish(e event) {
	l.log.add(e)
	l.send(toAll, packet{What: events, Number: l.log.head, Events: []event{e}})
}

// send sends a packet, if there is a connection. From whatever loop they come, packets leave in the
// order of the lock.
func (l *link) send(subject string, p packet) {
	if !l.up {
		return
	}
	p.From, p.Name, p.Head = l.id, l.name, l.log.head
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // there are no values but strings and numbers
	}
	l.client.Loop.Post(func() {
		if err := l.client.Publish(subject, b); err != nil && !errors.Is(err, nats.ErrDown) &&
			!errors.Is(err, chat.ErrClosed) {
			log.Print(err)
		}
	})
}

// beat tells the others that we are here, and finds out who is not.
func (l *link) beat() {
	l.house.Lock()
	defer l.house.Unlock()
	if !l.up {
		return
	}
	l.send(toAll, packet{What: alive})
	now := l.client.Loop.Now()
	for id, p := range l.peers {
		silent := now.Sub(later(p.heard, l.upAt))
		if silent > quietAfter && !p.away {
			p.away = true
			l.tellOf(p, "is not heard any more")
		}
		if silent > forgetAfter {
			delete(l.peers, id)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// tellOf tells our users what becomes of another process.
func (l *link) tellOf(p *peer, what string) {
	if p.known {
		l.house.noteAll("the server " + p.name + " " + what)
		l.house.refresh()
	}
}

// present returns who of the others is in a room.
func (l *link) present(room string) (names []string) {
	for p := range l.reachable {
		for _, g := range p.users {
			if slices.Contains(g.rooms, room) {
				names = append(names, p.shown(g.name))
			}
		}
	}
	return names
}

// whisper sends a message for one user of another process. The name may be with or without that of
// the process, if it is clear who is meant.
func (l *link) whisper(e *event) error {
	if !l.up {
		return errors.New("nobody here is called " + e.To + ", and the link to the other servers is lost")
	}
	name, server, _ := strings.Cut(e.To, "@")
	var found []string
	for p := range l.reachable {
		if g := p.users[fold(name)]; g != nil && (server == "" || fold(server) == fold(p.name)) {
			found = append(found, p.shown(g.name))
			e.To, e.At = g.name, p.id
		}
	}
	switch len(found) {
	case 0:
		return errors.New("nobody is called " + e.To)
	case 1:
		l.publish(*e)
		e.To = found[0]
		return nil
	}
	slices.Sort(found)
	return errors.New("who is meant: " + strings.Join(found, ", ") + "?")
}

// reachable yields the processes whose users can be talked to.
func (l *link) reachable(yield func(*peer) bool) {
	for _, p := range l.peers {
		if l.up && !p.away && !yield(p) {
			return
		}
	}
}
