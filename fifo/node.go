package fifo

import "sync"

// A node is one entry of the queue. Nodes, chunks and vectors come from pools that all queues share, so that a queue
// that fills and empties with every event allocates nothing, and an empty one holds nothing.
type node struct {
	next     *node
	data     []byte // still to be sent; of a producer: what it gave out last
	producer Producer
	err      error  // what the producer returned beside data: io.EOF or its failure
	chunk    *chunk // the memory of data, if small pushes are joined in it
	borrowed bool   // data is not ours
	run      uint8  // small shared entries right in front of this one
}

type chunk [chunkSize]byte

type vec [maxVec][]byte

var (
	nodes  = sync.Pool{New: func() any { return new(node) }}
	chunks = sync.Pool{New: func() any { return new(chunk) }}
	vecs   = sync.Pool{New: func() any { return new(vec) }}
)

func newNode() *node   { return nodes.Get().(*node) }
func newChunk() *chunk { return chunks.Get().(*chunk) }

func (n *node) release() {
	if n.chunk != nil {
		n.chunk.release()
	}
	*n = node{}
	nodes.Put(n)
}

func (c *chunk) release() { chunks.Put(c) }
