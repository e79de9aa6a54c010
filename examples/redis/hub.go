package main

import (
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
)

// A hub knows who has subscribed to what, on whatever loop. It is locked while a message is handed
// to the loops, so all subscribers get all messages in the same order.
type hub struct {
	mu       sync.Mutex
	channels map[string]*audience
	patterns map[string]*audience
}

// An audience are those who get a message. members is what Broadcast takes, index finds one to
// remove.
type audience struct {
	members []*chat.Channel
	index   map[*chat.Channel]int
}

func newHub() *hub {
	return &hub{channels: map[string]*audience{}, patterns: map[string]*audience{}}
}

// add subscribes c to a name, in one of the two maps.
func (h *hub) add(to map[string]*audience, name string, c *chat.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := to[name]
	if a == nil {
		a = &audience{index: map[*chat.Channel]int{}}
		to[name] = a
	}
	a.index[c] = len(a.members)
	a.members = append(a.members, c)
}

func (h *hub) remove(from map[string]*audience, name string, c *chat.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := from[name]
	i, last := a.index[c], len(a.members)-1
	a.members[i] = a.members[last]
	a.index[a.members[i]] = i
	a.members[last] = nil
	a.members = a.members[:last]
	if delete(a.index, c); last == 0 {
		delete(from, name)
	}
}

// publish hands a message to all who have subscribed to the channel, or to a pattern that it fits,
// and returns how many there are.
func (h *hub) publish(channel, message []byte) (receivers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := request{maxReply: math.MaxInt}
	if a := h.channels[string(channel)]; a != nil {
		r.message("message", channel, message)
		chat.Broadcast(a.members, r.out)
		receivers += len(a.members)
	}
	for pattern, a := range h.patterns {
		if match([]byte(pattern), channel) {
			r.out = r.out[:0]
			r.message("pmessage", []byte(pattern), channel, message)
			chat.Broadcast(a.members, r.out)
			receivers += len(a.members)
		}
	}
	return receivers
}

func (r *request) message(kind string, parts ...[]byte) {
	r.array(1 + len(parts))
	r.bulkString(kind)
	for _, p := range parts {
		r.bulk(p)
	}
}

// topics are what one session has subscribed to.
type topics struct{ channels, patterns map[string]bool }

func (t *topics) len() int { return len(t.channels) + len(t.patterns) }

// sorted returns the names in an order that does not change from run to run.
func sorted(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }
