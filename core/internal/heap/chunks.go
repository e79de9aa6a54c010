package heap

import "math/bits"

// Chunks is a list that is never copied as it grows. It is for data of every connection, where old
// copies of append would need as much memory as the connections. Each chunk is twice as large as
// the one before it. The zero value is empty.
type Chunks[T any] struct {
	all [][]T
	n   int
}

const (
	firstBits  = 3
	firstChunk = 1 << firstBits
)

// Len returns the number of elements.
func (c *Chunks[T]) Len() int { return c.n }

// At returns a pointer to element i, which stays valid.
func (c *Chunks[T]) At(i int) *T {
	i += firstChunk
	k := bits.Len(uint(i)) - 1 // chunk j begins at firstChunk<<j
	return &c.all[k-firstBits][i-1<<k]
}

// Push adds an element at the end.
func (c *Chunks[T]) Push(v T) {
	if c.n == firstChunk<<len(c.all)-firstChunk {
		c.all = append(c.all, make([]T, firstChunk<<len(c.all)))
	}
	*c.At(c.n) = v
	c.n++
}

// Pop removes the last element. It frees the last chunk when the others are less than half full.
func (c *Chunks[T]) Pop() (v T) {
	c.n--
	last := c.At(c.n)
	v = *last
	*last = *new(T)
	if k := len(c.all) - 1; k > 0 && c.n < (firstChunk<<k-firstChunk)/2 {
		c.all[k] = nil
		c.all = c.all[:k]
	}
	return v
}
