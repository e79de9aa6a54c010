package core

import "math/bits"

// chunks is a list that is never copied as it grows: for what every connection has one of, where the copies that append leaves behind would weigh
// as much as the connections. Each chunk is twice as large as the one before it. The zero value is empty.
type chunks[T any] struct {
	all [][]T
	n   int
}

const (
	firstBits  = 3
	firstChunk = 1 << firstBits
)

func (c *chunks[T]) len() int { return c.n }

// at returns the place of element i, which stays the same.
func (c *chunks[T]) at(i int) *T {
	i += firstChunk
	k := bits.Len(uint(i)) - 1 // chunk j begins at firstChunk<<j
	return &c.all[k-firstBits][i-1<<k]
}

func (c *chunks[T]) push(v T) {
	if c.n == firstChunk<<len(c.all)-firstChunk {
		c.all = append(c.all, make([]T, firstChunk<<len(c.all)))
	}
	*c.at(c.n) = v
	c.n++
}

// pop removes the last element, and the memory of a chunk when another one is as good as unused.
func (c *chunks[T]) pop() (v T) {
	c.n--
	last := c.at(c.n)
	v = *last
	*last = *new(T)
	if k := len(c.all) - 1; k > 0 && c.n < (firstChunk<<k-firstChunk)/2 {
		c.all[k] = nil
		c.all = c.all[:k]
	}
	return v
}
