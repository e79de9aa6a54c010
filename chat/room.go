package chat

import (
	"bytes"
	"iter"
	"slices"
	"sync"

	"github.com/go-asynchat/asynchat/core"
)

// A Room is a set of channels that get the same messages, on any loops and servers. Any goroutine
// may use it, and the zero value is an empty Room. A channel leaves its rooms when it is closed,
// and may be in any number of rooms. A Room must not be copied.
type Room struct {
	mu     sync.Mutex
	parts  []roomPart // one for each loop that has members
	places map[*shared]place
}

type roomPart struct {
	loop     *core.Loop
	channels []*Channel
}

// A place is where a member is.
type place struct {
	loop *core.Loop
	i    int // among the channels of that part
}

// Add makes c a member, and reports whether it did: it returns false if c is closed or is a member
// already. c gets all later messages.
func (r *Room) Add(c *Channel) bool {
	memberships.Lock()
	defer memberships.Unlock()
	if c.shared.Or(hasRooms)&isGone != 0 || !r.add(c) {
		return false
	}
	memberships.join(&c.shared, r)
	return true
}

// Remove removes c, and reports whether c was a member.
func (r *Room) Remove(c *Channel) bool {
	memberships.Lock()
	defer memberships.Unlock()
	if !r.remove(&c.shared) {
		return false
	}
	memberships.leave(&c.shared, r)
	return true
}

func (r *Room) add(c *Channel) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.places[&c.shared]; ok {
		return false
	}
	p := r.part(c.Loop())
	if p == nil {
		r.parts = append(r.parts, roomPart{loop: c.Loop()})
		p = &r.parts[len(r.parts)-1]
	}
	if r.places == nil {
		r.places = map[*shared]place{}
	}
	r.places[&c.shared] = place{p.loop, len(p.channels)}
	p.channels = append(p.channels, c)
	return true
}

func (r *Room) remove(s *shared) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.places[s]
	if !ok {
		return false
	}
	delete(r.places, s)
	p := r.part(at.loop)
	last := len(p.channels) - 1
	if moved := p.channels[last]; at.i != last {
		p.channels[at.i] = moved
		r.places[&moved.shared] = at
	}
	p.channels[last] = nil
	if p.channels = p.channels[:last]; last == 0 {
		r.parts = slices.DeleteFunc(r.parts, func(p roomPart) bool { return len(p.channels) == 0 })
	}
	return true
}

func (r *Room) part(l *core.Loop) *roomPart {
	for i := range r.parts {
		if r.parts[i].loop == l {
			return &r.parts[i]
		}
	}
	return nil
}

// Send sends a message to all members. In a callback of a channel, pass this channel as from, even
// if it is closed or not a member: Send then works as its [Channel.Broadcast]. If the channel is a
// member, it gets the message too. Other goroutines pass nil. The bytes are copied once, not for
// each member. All members get all messages of a room in the same order.
func (r *Room) Send(from *Channel, message []byte) {
	if len(message) == 0 {
		return
	}
	if from == nil {
		r.send(nil, nil, bytes.Clone(message))
		return
	}
	from.handOut(r.send(from, nil, from.letter(message)))
}

// SendEach sends a message that begins differently for each member: see [Channel.BroadcastEach].
// head must not use the room.
func (r *Room) SendEach(from *Channel, head func(to *Channel) []byte, body []byte) {
	if from == nil {
		var heads letters
		r.send(nil, func(to *Channel) []byte { return heads.copy(head(to), 0) }, bytes.Clone(body))
		return
	}
	r.send(from, func(to *Channel) []byte { return from.letter(head(to)) }, from.letter(body))
	outboxOf(from.Loop()).Empty()
}

// send holds the lock until the message is in all outboxes, in which the order is kept. There may
// be no head. The result is that of onlyOf.
func (r *Room) send(from *Channel, head func(*Channel) []byte, message []byte) *delivery {
	var few [8]*delivery
	deliveries := few[:0]
	r.mu.Lock()
	defer r.mu.Unlock()
	if from != nil && head == nil && len(r.parts) == 1 && from.joins(r.parts[0].channels, message) {
		return from.joined()
	}
	for _, p := range r.parts {
		d := newDelivery(p.loop)
		d.channels = append(d.channels, p.channels...)
		for _, c := range p.channels {
			if head != nil {
				d.heads = append(d.heads, head(c))
			}
		}
		deliveries = append(deliveries, d)
	}
	here := onlyOf(deliveries, from) // before other loops have their deliveries
	mail(deliveries, message, from)
	return here
}

// Len returns the number of members.
func (r *Room) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.places)
}

// All returns an iterator of the current members, in no particular order. The room may be changed
// during the iteration.
func (r *Room) All() iter.Seq[*Channel] {
	r.mu.Lock()
	defer r.mu.Unlock()
	members := make([]*Channel, 0, len(r.places))
	for _, p := range r.parts {
		members = append(members, p.channels...)
	}
	return slices.Values(members)
}
