package chat

// A Collector gathers the data of an element until Take returns it: embed it in a handler that
// wants whole elements. The zero value is empty. Under delimiters the channel's MaxElement bounds
// its memory; under a Length or None the handler has to bound it.
type Collector struct {
	data []byte // elements that came together: those taken, and from on the one in progress
	from int
	more bool // an element was taken of the same input: others may follow
}

// collectorChunk is the size of the memory that elements share which come together.
const collectorChunk = 512

// CollectIncomingData appends data.
func (c *Collector) CollectIncomingData(data []byte) {
	if cap(c.data)-len(c.data) < len(data) && c.from > 0 || c.data == nil {
		c.makeRoom(len(data))
	}
	c.data = append(c.data, data...)
}

// makeRoom takes other memory, for what is in progress and n bytes. What was taken stays behind: it
// would be copied when the memory grows.
func (c *Collector) makeRoom(n int) {
	begun := c.data[c.from:]
	if n += len(begun); c.more && n < collectorChunk {
		n = collectorChunk
	}
	c.data, c.from = append(make([]byte, 0, n), begun...), 0
}

// Take returns the gathered data, which the caller then owns, and empties the collector. Small
// elements of one event share memory: a caller that keeps one of them keeps up to 512 bytes.
func (c *Collector) Take() []byte {
	if c.from == len(c.data) {
		return nil
	}
	data := c.data[c.from:len(c.data):len(c.data)]
	c.from, c.more = len(c.data), true
	return data
}

// rest is called when nothing more is delivered for now: an idle channel keeps no memory.
func (c *Collector) rest() {
	c.more = false
	if c.from == len(c.data) {
		c.forget()
	}
}

// unfinished returns what was gathered of an element in progress: see unfinisher.
func (c *Collector) unfinished() []byte { return c.data[c.from:] }

// forget is that of a gatherer.
func (c *Collector) forget() { c.data, c.from = nil, 0 }
