package simkernel

import "slices"

// segments is a buffer of bytes that remembers how they were cut when they came in. An empty one that has held only
// little keeps its memory for the next.
type segments struct {
	data []byte
	cuts []int // the end of each segment in data
	head int   // what of data has been taken
}

const keepMemory = 4 << 10

func (q *segments) len() int { return len(q.data) - q.head }

func (q *segments) append(p []byte) { q.data = append(q.data, p...) }

// cut ends a segment.
func (q *segments) cut() { q.cuts = append(q.cuts, len(q.data)) }

// take copies from the first segment into p.
func (q *segments) take(p []byte) int {
	n := copy(p, q.data[q.head:q.cuts[0]])
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
	return n
}
