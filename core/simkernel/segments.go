package simkernel

import "slices"

// segments is a buffer of bytes that remembers how they were cut when they came in. An empty one
// that has held only little keeps its memory for the next.
type segments struct {
	data []byte
	cuts []int // the end of each segment in data
	head int   // what of data has been taken
}

const keepMemory = 4 << 10

func (q *segments) len() int { return len(q.data) - q.head }

// append adds a segment: the first n bytes of the concatenation of v.
func (q *segments) append(n int, v [][]byte) {
	for _, p := range v {
		p = p[:min(len(p), n)]
		q.data = append(q.data, p...)
		n -= len(p)
	}
	q.cuts = append(q.cuts, len(q.data))
}

// first returns the first segment, or what is left of it.
func (q *segments) first() []byte { return q.data[q.head:q.cuts[0]] }

// take copies from the first segment into p.
func (q *segments) take(p []byte) int {
	n := copy(p, q.first())
	q.drop(n)
	return n
}

// drop forgets n bytes of the first segment.
func (q *segments) drop(n int) {
	q.head += n
	if q.head == q.cuts[0] {
		q.cuts = slices.Delete(q.cuts, 0, 1)
	}
	if q.len() == 0 {
		q.head, q.data = 0, q.data[:0]
		if cap(q.data) > keepMemory {
			*q = segments{}
		}
	} else if q.head > len(q.data)/2 {
		for i := range q.cuts {
			q.cuts[i] -= q.head
		}
		q.data, q.head = slices.Delete(q.data, 0, q.head), 0
	}
}
