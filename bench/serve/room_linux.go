package main

import (
	"bufio"
	"bytes"
	"net"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
)

// serveRoom sends each line to all members of a Room, of which the slow are put out.
func serveRoom(addr string) error {
	r, line := new(chat.Room), []byte(nil) // which all connections share: there is one loop
	// Who only listens sends nothing, so FirstTimeout would end it.
	s := &chat.Server{Addr: addr, Limits: chat.Limits{FirstTimeout: chat.DefaultLimits().IdleTimeout},
		Handler: func(c *chat.Channel) chat.Handler {
			r.Add(c)
			return chat.Messages(crlf, func(c *chat.Channel, said []byte) {
				line = append(append(line[:0], said...), "\r\n"...)
				r.Send(c, line)
			})(c)
		}}
	return s.ListenAndServe()
}

// A crowd is the connections of serveNetRoom, and what is to be written to each.
type crowd struct {
	mu   sync.RWMutex
	outs map[net.Conn]chan []byte
}

// serveNetRoom has a goroutine beside the reading one that writes. Who does not take what it is
// sent is put out, as ours are.
func serveNetRoom(addr string) error {
	c := &crowd{outs: map[net.Conn]chan []byte{}}
	return each(addr, func(conn net.Conn) func() {
		out := make(chan []byte, 1024)
		c.mu.Lock()
		c.outs[conn] = out
		c.mu.Unlock()
		return func() {
			go write(conn, out)
			c.speak(conn)
			c.mu.Lock()
			delete(c.outs, conn)
			c.mu.Unlock()
			close(out)
		}
	})
}

func (c *crowd) speak(conn net.Conn) {
	defer conn.Close()
	for r := bufio.NewReader(conn); ; {
		line, err := readLine(r)
		if err != nil {
			return
		}
		line = bytes.Clone(line)
		c.mu.RLock()
		for conn, out := range c.outs {
			select {
			case out <- line:
			default:
				conn.Close()
			}
		}
		c.mu.RUnlock()
	}
}

// write writes what waits at once.
func write(conn net.Conn, out chan []byte) {
	for p := range out {
		v := net.Buffers{p}
		for range len(out) {
			v = append(v, <-out)
		}
		v.WriteTo(conn)
	}
}
