package main

// A mode says under which condition an item is stored, and what becomes of the one that is there.
type mode uint8

const (
	set mode = iota
	add
	replace
	appendTo
	prepend
	cas
)

type outcome uint8

const (
	stored outcome = iota
	notStored
	exists
	notFound
)

func (o outcome) String() string {
	return [...]string{"STORED", "NOT_STORED", "EXISTS", "NOT_FOUND"}[o]
}

// store stores an item. It copies the value, so that the item has no more memory than it needs.
func (c *cache) store(st *storage, value []byte) outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.find([]byte(st.key))
	switch {
	case st.mode == cas && it == nil:
		c.counted.casMisses++
		return notFound
	case st.mode == cas && it.cas != st.cas:
		c.counted.casBad++
		return exists
	case st.mode == add && it != nil,
		(st.mode == replace || st.mode == appendTo || st.mode == prepend) && it == nil:
		return notStored
	case st.mode == appendTo:
		return c.join(it, it.value, value)
	case st.mode == prepend:
		return c.join(it, value, it.value)
	}
	if st.mode == cas {
		c.counted.casHits++
	}
	if it == nil {
		it = &item{key: st.key}
	}
	it.flags, it.at = st.flags, c.deadline(st.at)
	c.counted.total++
	c.put(it, append(make([]byte, 0, len(value)), value...))
	return stored
}

// join gives an item the value a and b. Its flags and its deadline do not change.
func (c *cache) join(it *item, a, b []byte) outcome {
	if cost(len(it.key), len(a)+len(b)) > maxItem {
		return notStored
	}
	c.put(it, append(append(make([]byte, 0, len(a)+len(b)), a...), b...))
	return stored
}
