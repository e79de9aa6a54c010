package main

import (
	"fmt"
	"log/slog"
	"time"
)

const (
	maxClients  = 10_000
	maxRetained = 10_000    // retained messages
	maxKept     = 64 << 20  // bytes of them
	maxWaiting  = 256 << 20 // bytes of messages that wait for clients
)

// A broker is on one loop, with all of its sessions.
type broker struct {
	clients  map[string]*client
	topics   node
	retained int // messages
	kept     int // bytes of them
	waiting  int // bytes of messages that wait, counted for each client
	made     int // clients without a name of their own
	round    uint64
	targets  []*client // of the message in progress
	down     bool      // it shuts down: nobody is missed
	lost     int       // messages that were dropped since the log has told
	told     time.Time
}

func newBroker() *broker { return &broker{clients: map[string]*client{}} }

// publish sends a message to all who have subscribed to its topic: once to each, with the highest
// QoS of its subscriptions.
func (b *broker) publish(m *message) {
	if m.retain {
		b.keep(m)
	}
	b.round++
	b.targets = b.targets[:0]
	b.topics.subscribersOf(m.topic, func(c *client, qos byte) {
		if c.round != b.round {
			c.round, c.qos = b.round, qos
			b.targets = append(b.targets, c)
		}
		c.qos = max(c.qos, qos)
	})
	for _, c := range b.targets {
		c.deliver(m, min(m.qos, c.qos), false)
	}
	clear(b.targets)
}

// keep retains a message in place of the last one of its topic. An empty one takes that away.
func (b *broker) keep(m *message) {
	drop := func(n *node) {
		if n.retained != nil {
			b.retained--
			b.kept -= n.retained.size()
			n.retained = nil
		}
	}
	if b.topics.change(m.topic, drop); len(m.payload) == 0 {
		return
	}
	if b.retained >= maxRetained || b.kept+m.size() > maxKept {
		b.lost++
		return
	}
	b.retained++
	b.kept += m.size()
	b.topics.at(m.topic).retained = m
}

// subscribe returns the QoS that a client gets for a filter, or false if it has too many, or that
// is none.
func (b *broker) subscribe(c *client, s subscription) (qos byte, ok bool) {
	if !isFilter(s.filter) || !c.filters[s.filter] && len(c.filters) >= maxSubscribed {
		return 0, false
	}
	qos = min(s.qos, 1)
	n := b.topics.at(s.filter)
	if n.subscribers == nil {
		n.subscribers = map[*client]byte{}
	}
	n.subscribers[c] = qos
	c.filters[s.filter] = true
	return qos, true
}

func (b *broker) unsubscribe(c *client, filter string) {
	delete(c.filters, filter)
	b.topics.change(filter, func(n *node) { delete(n.subscribers, c) })
}

// connect returns the client that a session is, and whether it was known. It is nil if there are
// too many.
func (b *broker) connect(s *session, hello connect) (c *client, present bool) {
	id := hello.id
	if id == "" {
		b.made++
		id = fmt.Sprintf("\x00%d", b.made) // which no name from elsewhere can be
	}
	if c = b.clients[id]; c != nil {
		if old := c.session; old != nil { // it has connected anew: the old one is over
			old.leave()
			old.Close()
		}
		if c = b.clients[id]; c != nil && hello.clean {
			b.forget(c)
			c = nil
		}
	}
	if present = c != nil; !present {
		if len(b.clients) >= maxClients && !b.forgetOldest() {
			return nil, false
		}
		c = &client{broker: b, id: id, filters: map[string]bool{}}
		b.clients[id] = c
	}
	c.clean, c.session = hello.clean, s
	return c, present
}

func (b *broker) forget(c *client) {
	for filter := range c.filters {
		b.unsubscribe(c, filter)
	}
	c.count(-c.waiting)
	c.queue, c.sent = nil, nil
	delete(b.clients, c.id)
}

// forgetOldest makes room for a client, if one is there that is not connected: the one that has
// been away longest goes.
func (b *broker) forgetOldest() bool {
	var oldest *client
	for _, c := range b.clients {
		if c.session == nil && (oldest == nil || c.since.Before(oldest.since)) {
			oldest = c
		}
	}
	if oldest != nil {
		b.forget(oldest)
	}
	return oldest != nil
}

// lose is called for a message that is dropped, since too much waits. The log tells now and then.
func (b *broker) lose(c *client) {
	b.lost++
	if now := time.Now(); now.Sub(b.told) > time.Second {
		slog.Warn("messages are dropped, since too many wait", "messages", b.lost,
			"client", c.id)
		b.lost, b.told = 0, now
	}
}
