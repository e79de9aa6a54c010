package main

import (
	"slices"
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

const (
	maxRooms     = 10_000 // of the network: LIST is no longer than that
	maxRoomsEach = 20
)

// A network is what all sessions share, on whatever loop they are.
type network struct {
	name      string
	since     time.Time
	password  string // empty: none
	motd      []string
	pace      time.Duration
	pingAfter time.Duration

	// mu is held for a whole command. It does not wait for anything: a push queues, and Broadcast
	// hands over to the loops, which do the sending, each on its own.
	mu sync.Mutex
	// By their fold; also those that are not registered yet, or two could register as one.
	nicks map[string]*session
	rooms map[string]*room // by the fold of their names; none of them is empty
	// The keys of rooms, in order; nil: not known any more. Others have it, so it never changes.
	sorted []string
	down   bool            // the server shuts down
	out    []byte          // the answer to the command in progress
	list   []*chat.Channel // who is told of it
	round  uint64          // of looking for acquaintances
}

func newNetwork() *network {
	return &network{name: "irc.example", since: time.Now(), motd: []string{"Be kind."},
		pace: 500 * time.Millisecond, pingAfter: 2 * time.Minute, nicks: map[string]*session{},
		rooms: map[string]*room{}}
}

// A room is what IRC calls a channel.
type room struct {
	name    string
	members []*member // in the order in which they came
	since   time.Time

	topic   string
	topicBy string
	topicAt time.Time

	inside    bool   // +n: only members may talk
	guarded   bool   // +t: only operators set the topic
	moderated bool   // +m: only operators and those with a voice may talk
	key       string // +k: what JOIN must say
	limit     int    // +l: how many members there may be; 0: any number
}

// A member is a session in a room.
type member struct {
	*session
	room      *room
	op, voice bool
}

// prefix is what is before the nick in a list.
func (m *member) prefix() string {
	switch {
	case m.op:
		return "@"
	case m.voice:
		return "+"
	}
	return ""
}

// member returns what s is in r, nil if it is not there. A session is in few rooms, a room has many
// members.
func (s *session) member(r *room) *member {
	for _, m := range s.in {
		if m.room == r {
			return m
		}
	}
	return nil
}

// user returns the session of a nick, nil if nobody is known by it.
func (n *network) user(nick string) *session {
	if s := n.nicks[fold(nick)]; s != nil && s.joined {
		return s
	}
	return nil
}

func (n *network) room(name string) *room { return n.rooms[fold(name)] }

// mask is who s is, as the source of a line.
func (s *session) mask() string { return s.nick + "!" + s.user + "@" + s.host }

// rename gives s a nick, unless somebody else has it.
func (s *session) rename(nick string) bool {
	n := s.net
	if other := n.nicks[fold(nick)]; other != nil && other != s {
		return false
	}
	delete(n.nicks, fold(s.nick))
	s.nick = nick
	n.nicks[fold(nick)] = s
	return true
}

// enter makes s a member of the room of that name, which is made if there is none, with s as its
// operator.
func (s *session) enter(r *room, name string) *member {
	now := s.Loop().Now()
	first := r == nil
	if first {
		r = &room{name: name, since: now, inside: true, guarded: true}
		s.net.rooms[fold(name)], s.net.sorted = r, nil
	}
	m := &member{session: s, room: r, op: first}
	r.members = append(r.members, m)
	s.in = append(s.in, m)
	return m
}

// exit ends a membership. A room that is empty is forgotten.
func (m *member) exit() {
	r := m.room
	without := func(other *member) bool { return other == m }
	r.members = slices.DeleteFunc(r.members, without)
	m.in = slices.DeleteFunc(m.in, without)
	if len(r.members) == 0 {
		delete(m.net.rooms, fold(r.name))
		m.net.sorted = nil
	}
}

// leave takes s out of the network, and tells those who have seen it. At a shutdown it does not:
// everybody would be told of everybody.
func (s *session) leave(reason string) {
	if s.left {
		return
	}
	s.left = true
	if s.joined && !s.net.down {
		s.tell(s.acquaintances(), ":%s QUIT :%s", s.mask(), reason)
	}
	for len(s.in) > 0 {
		s.in[len(s.in)-1].exit()
	}
	if s.nick != "" {
		delete(s.net.nicks, fold(s.nick))
	}
}

// tell broadcasts a line, to the client too if it is among those who are told.
func (s *session) tell(to []*chat.Channel, format string, args ...any) {
	s.send(to, appendLine(nil, format, args...))
}

func (s *session) send(to []*chat.Channel, lines []byte) {
	s.flush() // what was replied before comes before it
	s.Broadcast(to, lines)
	clear(to) // the list is used again, and must not keep them
}

// announce tells all members of r, s among them.
func (s *session) announce(r *room, format string, args ...any) {
	s.tell(s.others(r, nil), format, args...)
}

// others returns the channels of all members of r but one.
func (s *session) others(r *room, but *session) []*chat.Channel {
	list := s.net.list[:0]
	for _, m := range r.members {
		if m.session != but {
			list = append(list, m.Channel)
		}
	}
	s.net.list = list
	return list
}

// only returns the channel of one session.
func (s *session) only(one *session) []*chat.Channel {
	s.net.list = append(s.net.list[:0], one.Channel)
	return s.net.list
}

// acquaintances returns the channels of all who share a room with s, each once, without s.
func (s *session) acquaintances() []*chat.Channel {
	s.net.round++
	s.met = s.net.round
	list := s.net.list[:0]
	for _, mine := range s.in {
		for _, m := range mine.room.members {
			if m.met != s.met {
				m.met = s.met
				list = append(list, m.Channel)
			}
		}
	}
	s.net.list = list
	return list
}
