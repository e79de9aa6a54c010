package chat

// A Collector gathers what is collected until it is taken: embed it in a handler that wants whole
// elements. The zero value is empty. It grows with what arrives, which the channel's MaxElement
// bounds under delimiters; a handler that sets a Length or None bounds it itself.
type Collector struct {
	data []byte
	more bool // an element was taken of the same input: others may follow
}

// collectorChunk is the size of the memory that elements share which come together.
const collectorChunk = 512

// CollectIncomingData appends data.
func (c *Collector) CollectIncomingData(data []byte) {
	if c.more && len(c.data) == 0 && cap(c.data) < len(data) && len(data) < collectorChunk {
		c.data = make([]byte, 0, collectorChunk)
	}
	c.data = append(c.data, data...)
}

// Take returns what was gathered, which is the caller's from now on, and empties the collector.
// Small elements that came together share memory: one that is kept keeps up to 512 bytes.
func (c *Collector) Take() []byte {
	if len(c.data) == 0 {
		return nil
	}
	data := c.data[:len(c.data):len(c.data)]
	c.data, c.more = c.data[len(c.data):], true
	return data
}

// rest is called when nothing more is delivered for now: an idle channel keeps no memory.
func (c *Collector) rest() {
	c.more = false
	if len(c.data) == 0 {
		c.data = nil
	}
}

// unfinished is that of an unfinisher.
func (c *Collector) unfinished() []byte { return c.data }

// forget is that of a gatherer.
func (c *Collector) forget() { c.data = nil }
