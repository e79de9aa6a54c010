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
	s.client = client{id: c.last, remote: s.RemoteAddr(), local: s.LocalAddr()}
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
	return fmt.Sprintf("id=%d addr=%s laddr=%s name=%s db=0 user=default resp=2\n", c.id,
		c.remote, c.local, c.name)
}

func (s *session) clientCommand(args [][]byte) {
	want := 2
	switch name := subcommand(args); name {
	case "setname":
		want = 3
		fallthrough
	case "id", "getname", "info":
		if len(args) != want {
			s.wrongArguments("client|" + name)
			return
		}
	}
	switch subcommand(args) {
	case "id":
		s.integer(s.client.id)
	case "getname":
		if s.client.name == "" {
			s.null()
		} else {
			s.bulkString(s.client.name)
		}
	case "setname":
		if s.setName(args[2]) {
			s.status("OK")
		}
	case "info":
		s.bulkString(s.client.describe())
	case "list":
		if len(args) > 2 {
			s.fail(errSyntax)
			return
		}
		s.bulkString(s.db.clients.list())
	default:
		s.unknownSubcommand(args)
	}
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
