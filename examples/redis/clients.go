package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
)

// A client is what a session is known by. Other loops read it, and so may not ask the channel: what
// changes is guarded by the lock of clients.
type client struct {
	id            int64
	remote, local net.Addr
	name          string
	protocol      int // 2 or 3
}

// clients are all sessions, in the order in which they came. The zero value is none.
type clients struct {
	mu   sync.Mutex
	last int64
	open map[int64]*session
}

func (c *clients) add(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[int64]*session{}
	}
	c.last++
	c.open[c.last] = s
	s.client = client{id: c.last, remote: s.RemoteAddr(), local: s.LocalAddr(), protocol: 2}
}

func (c *clients) remove(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, s.client.id)
}

func (c *clients) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// list has a line for each client.
func (c *clients) list() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var lines []string
	ids := make([]int64, 0, len(c.open))
	for id := range c.open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		lines = append(lines, c.open[id].client.describe())
	}
	return strings.Join(lines, "")
}

func (c *client) describe() string {
	return fmt.Sprintf("id=%d addr=%s laddr=%s name=%s db=0 user=default resp=%d\n", c.id,
		c.remote, c.local, c.name, c.protocol)
}

func (s *session) clientID([][]byte)   { s.integer(s.client.id) }
func (s *session) clientInfo([][]byte) { s.text(s.client.describe()) }

func (s *session) clientGetName([][]byte) {
	if s.client.name == "" {
		s.null()
	} else {
		s.bulkString(s.client.name)
	}
}

func (s *session) clientSetName(args [][]byte) {
	if s.setName(args[2]) {
		s.status("OK")
	}
}

func (s *session) clientList(args [][]byte) {
	if len(args) > 2 {
		s.fail(errSyntax)
		return
	}
	s.text(s.db.clients.list())
}

// setName takes a name that can be shown in a line of CLIENT LIST, or says why not.
func (s *session) setName(name []byte) (ok bool) {
	for _, c := range name {
		if c < '!' || c > '~' {
			s.fail("ERR Client names cannot contain spaces, newlines or special characters.")
			return false
		}
	}
	s.db.clients.mu.Lock()
	s.client.name = string(name)
	s.db.clients.mu.Unlock()
	return true
}

// speak changes the version of the protocol, also of the messages to come.
func (s *session) speak(protocol int) {
	s.protocol = protocol
	if s.client.protocol == protocol {
		return
	}
	s.db.clients.mu.Lock()
	s.client.protocol = protocol
	s.db.clients.mu.Unlock()
	if s.topics != nil {
		s.db.hub.move(s.Channel, s.topics, protocol)
	}
}
