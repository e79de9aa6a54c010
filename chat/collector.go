package chat

// A Collector gathers what is collected until it is taken: embed it in a handler that wants whole elements. The zero value
// is empty. It grows with what arrives, which the channel's MaxElement bounds under delimiters; a handler that
// sets a Length or None bounds it itself.
type Collector struct{ data []byte }

// CollectIncomingData appends data.
func (c *Collector) CollectIncomingData(data []byte) { c.data = append(c.data, data...) }

// Take returns what was gathered, which is the caller's from now on, and empties the collector.
func (c *Collector) Take() []byte {
	data := c.data
	c.data = nil
	return data
}

// forget drops what was gathered: DiscardBuffers, or a TLS handshake, begins anew.
func (c *Collector) forget() { c.data = nil }
