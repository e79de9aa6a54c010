package main

import "time"

const (
	window        = 20       // messages that wait for the answer of one client
	maxQueued     = 32 << 20 // bytes of messages that wait for a client, or for its answer
	maxUnsent     = 64 << 10 // bytes before a client; behind that, messages wait or are dropped
	maxSubscribed = 200      // filters of a client
)

// A client is what the broker knows of a client, also while it is not connected.
type client struct {
	broker  *broker
	id      string
	clean   bool     // it is forgotten with its connection
	session *session // nil: it is not connected
	since   time.Time
	filters map[string]bool
	queue   []delivery // those that wait, in order
	sent    []delivery // those that wait for their answer, in order
	waiting int        // bytes of both
	lastID  uint16

	round uint64 // the message for which it was last found
	qos   byte   // of the subscription that was found
}

// A delivery is a message of QoS 1 on its way to a client.
type delivery struct {
	*message
	id       uint16 // 0: it has none yet
	dup      bool   // it may have got there
	retained bool
}

// deliver sends a message, or has it wait. One of QoS 0 is dropped where it would wait.
func (c *client) deliver(m *message, qos byte, retained bool) {
	switch {
	case qos > 0:
		c.enqueue(delivery{message: m, retained: retained})
	case c.session != nil && c.session.Queued() < maxUnsent:
		c.session.Push(m.packet(0, 0, false, retained))
	}
}

func (c *client) enqueue(d delivery) {
	if c.waiting+d.size() > maxQueued || c.broker.waiting+d.size() > maxWaiting {
		c.broker.lose(c)
		return
	}
	c.count(d.size())
	c.queue = append(c.queue, d)
	c.send()
}

func (c *client) count(bytes int) {
	c.waiting += bytes
	c.broker.waiting += bytes
}

// send sends what waits, as far as the client answers and takes it.
func (c *client) send() {
	for len(c.queue) > 0 && c.session != nil && len(c.sent) < window &&
		c.session.Queued() < maxUnsent {
		d := c.queue[0]
		c.queue[0] = delivery{}
		if c.queue = c.queue[1:]; len(c.queue) == 0 {
			c.queue = nil
		}
		if d.id == 0 {
			d.id = c.newID()
		}
		c.sent = append(c.sent, d)
		c.session.Push(d.packet(1, d.id, d.dup, d.retained))
	}
}

// newID returns an identifier that no message has which waits for its answer.
func (c *client) newID() uint16 {
	for {
		if c.lastID++; c.lastID != 0 && c.find(c.lastID) < 0 {
			return c.lastID
		}
	}
}

func (c *client) find(id uint16) int {
	for i := range c.sent {
		if c.sent[i].id == id {
			return i
		}
	}
	return -1
}

// acked is called for an answer. One that nobody waits for may be of an earlier connection.
func (c *client) acked(id uint16) {
	i := c.find(id)
	if i < 0 {
		return
	}
	c.count(-c.sent[i].size())
	copy(c.sent[i:], c.sent[i+1:])
	c.sent[len(c.sent)-1] = delivery{}
	c.sent = c.sent[:len(c.sent)-1]
	c.send()
}

// disconnected is called when there is no connection any more. What was sent and not answered is
// sent again, before what waits, in the next one.
func (c *client) disconnected() {
	c.session = nil
	for i := range c.sent {
		c.sent[i].dup = true
	}
	c.queue = append(c.sent, c.queue...)
	c.sent = nil
}
