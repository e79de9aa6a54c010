package main

import (
	"io"
	"maps"
	"slices"
)

// maxPiece is how much of a long answer is put together at once, under the lock.
const maxPiece = 8 << 10

// A catalog is a producer of an answer with something of each room. It costs one piece of it: the
// names are those that all who ask share, and a room is described when its turn comes. It does not
// embed the session, whose method Close would be called when the producer has ended.
type catalog struct {
	s        *session
	keys     []string // rooms that are still to be told of
	describe func(dst []byte, r *room) []byte
	end      []byte
}

func (c *catalog) More() ([]byte, error) {
	n := c.s.net
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []byte
	for ; len(c.keys) > 0 && len(out) < maxPiece; c.keys = c.keys[1:] {
		if r := n.rooms[c.keys[0]]; r != nil {
			out = c.describe(out, r)
		}
	}
	if len(c.keys) > 0 {
		return out, nil
	}
	c.s.release()
	return append(out, c.end...), io.EOF
}

// keys returns the names of all rooms, folded and in order. The list is made anew when a room has
// come or gone, and never changed.
func (n *network) keys() []string {
	if n.sorted == nil {
		n.sorted = slices.Sorted(maps.Keys(n.rooms))
	}
	return n.sorted
}
