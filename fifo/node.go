package fifo

import (
	"math"
	"sync"
)

// A node is one entry of the queue. Nodes, chunks and vectors come from pools that all queues
// share, so that a queue that fills and empties with every event allocates nothing, and an empty
// one holds nothing.
type node struct {
	next     *node
	data     []byte // still to be sent; of a producer: what it gave out last
	producer Producer
	err      error  // what the producer returned beside data: io.EOF or its failure
	chunk    *chunk // that this is the node of, if small pushes are joined in it
	borrowed bool   // data is not ours
	run      uint8  // small shared entries right in front of this one
	gone     uint32 // bytes that were before data, and are sent: their memory is still there
}

// A chunk is memory in which small pushes are joined, and the node that it is in the queue, so that
// a queue of a few lines takes one thing from one pool.
type chunk struct {
	node
	memory *[chunkSize]byte // by itself, since with the rest it would take the allocator's next size
}

type vec [maxVec][]byte

var (
	nodes  = sync.Pool{New: func() any { return new(node) }}
	chunks = sync.Pool{New: func() any { return &chunk{memory: new([chunkSize]byte)} }}
	vecs   = sync.Pool{New: func() any { return new(vec) }}
)

func newNode() *node { return nodes.Get().(*node) }

// newChunk returns the node of a chunk with a copy of p, which fits.
func newChunk(p []byte) *node {
	c := chunks.Get().(*chunk)
	c.data, c.chunk = append(c.memory[:0], p...), c
	return &c.node
}

// advance forgets the first k bytes, which are sent.
func (n *node) advance(k int) {
	n.data = n.data[k:]
	n.gone += uint32(min(k, math.MaxInt32))
}

func (n *node) release() {
	c := n.chunk
	*n = node{}
	if c == nil {
		nodes.Put(n)
		return
	}
	chunks.Put(c)
}
