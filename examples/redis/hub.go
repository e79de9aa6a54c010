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

// An audience is the subscribers of one name: those who speak version 2 of the protocol, and those
// who speak version 3.
type audience [2]chat.Room

func (a *audience) len() int { return a[0].Len() + a[1].Len() }

func newHub() *hub {
	return &hub{channels: map[string]*audience{}, patterns: map[string]*audience{}}
}

// add subscribes c to a name, in one of the two maps.
func (h *hub) add(to map[string]*audience, name string, c *chat.Channel, protocol int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if to[name] == nil {
		to[name] = &audience{}
	}
	to[name][protocol-2].Add(c)
}

// remove takes c out, which has left by itself if it is closed.
func (h *hub) remove(from map[string]*audience, name string, c *chat.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := from[name]; a != nil {
		a[0].Remove(c)
		if a[1].Remove(c); a.len() == 0 {
			delete(from, name)
		}
	}
}

// move lets c have what it has subscribed to in another version of the protocol.
func (h *hub) move(c *chat.Channel, t *topics, protocol int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	move := func(names map[string]bool, in map[string]*audience) {
		for name := range names {
			in[name][0].Remove(c)
			in[name][1].Remove(c)
			in[name][protocol-2].Add(c)
		}
	}
	move(t.channels, h.channels)
	move(t.patterns, h.patterns)
}

// publish hands a message of a client to all who have subscribed to the channel, or to a pattern
// that it fits, and returns how many there are.
func (h *hub) publish(from *chat.Channel, channel, message []byte) (receivers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.channels[string(channel)]; a != nil {
		receivers += a.send(from, "message", channel, message)
	}
	for pattern, a := range h.patterns {
		if match([]byte(pattern), channel) {
			receivers += a.send(from, "pmessage", []byte(pattern), channel, message)
		}
	}
	return receivers
}

func (a *audience) send(from *chat.Channel, kind string, parts ...[]byte) (receivers int) {
	for i := range a {
		n := a[i].Len()
		if n == 0 {
			continue
		}
		r := reply{protocol: 2 + i, maxReply: math.MaxInt}
		r.push(1 + len(parts))
		r.bulkString(kind)
		for _, p := range parts {
			r.bulk(p)
		}
		a[i].Send(from, r.out)
		receivers += n
	}
	return receivers
}

// names returns those of the channels that have subscribers and fit a pattern; nil: all.
func (h *hub) names(pattern []byte) (found []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.channels {
		if pattern == nil || match(pattern, name) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// count returns how many have subscribed to a channel.
func (h *hub) count(name []byte) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.channels[string(name)]; a != nil {
		return a.len()
	}
	return 0
}

// countPatterns returns how many patterns there are.
func (h *hub) countPatterns() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.patterns)
}

// topics are what one session has subscribed to.
type topics struct{ channels, patterns map[string]bool }

func (t *topics) len() int { return len(t.channels) + len(t.patterns) }

// sorted returns the names in an order that does not change from run to run.
func sorted(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }
