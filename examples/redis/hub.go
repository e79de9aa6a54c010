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
	channels map[string]*chat.Room
	patterns map[string]*chat.Room
}

func newHub() *hub {
	return &hub{channels: map[string]*chat.Room{}, patterns: map[string]*chat.Room{}}
}

// add subscribes c to a name, in one of the two maps.
func (h *hub) add(to map[string]*chat.Room, name string, c *chat.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if to[name] == nil {
		to[name] = &chat.Room{}
	}
	to[name].Add(c)
}

// remove takes c out, which has left by itself if it is closed.
func (h *hub) remove(from map[string]*chat.Room, name string, c *chat.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if room := from[name]; room != nil {
		if room.Remove(c); room.Len() == 0 {
			delete(from, name)
		}
	}
}

// publish hands a message of a client to all who have subscribed to the channel, or to a pattern
// that it fits, and returns how many there are.
func (h *hub) publish(from *chat.Channel, channel, message []byte) (receivers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := request{maxReply: math.MaxInt}
	if a := h.channels[string(channel)]; a != nil {
		r.message("message", channel, message)
		a.Send(from, r.out)
		receivers += a.Len()
	}
	for pattern, a := range h.patterns {
		if match([]byte(pattern), channel) {
			r.out = r.out[:0]
			r.message("pmessage", []byte(pattern), channel, message)
			a.Send(from, r.out)
			receivers += a.Len()
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
