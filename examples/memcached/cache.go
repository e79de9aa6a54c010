package main

import (
	"strconv"
	"sync"
	"time"
)

// A cache keeps items by their keys, as many as memory lets it: for a new one, those go that nobody
// has used for longest. Its methods may be called on any loop.
type cache struct {
	now func() time.Time
	max int64 // bytes

	mu      sync.Mutex
	used    int64
	items   map[string]*item
	lru     item   // the ends of the list of all items: next is the one that was used last
	lastCAS uint64 // of the item that was changed last
	flushAt int64  // what is older goes then, in Unix seconds; 0: nothing does
	counted cacheCounts
}

// An item is a value. It is changed in place, while the cache is locked.
type item struct {
	key        string
	value      []byte
	flags      uint32
	at         int64 // when it expires, in Unix seconds; 0: never
	cas        uint64
	prev, next *item
}

// itemCost is what an item takes beside its bytes: itself, and its place in the map.
const itemCost = 128

func cost(key, value int) int64 { return int64(key + value + itemCost) }

func (it *item) cost() int64 { return cost(len(it.key), cap(it.value)) }

func newCache(max int64, now func() time.Time) *cache {
	c := &cache{max: max, now: now, items: map[string]*item{}}
	c.lru.prev, c.lru.next = &c.lru, &c.lru
	return c
}

// seconds is the clock of the cache.
func (c *cache) seconds() int64 { return c.now().Unix() }

const month = 30 * 24 * 60 * 60

// deadline turns what a client says into Unix seconds: 0 is never, up to a month is from now, more
// is a date, and what is negative has been.
func (c *cache) deadline(at int64) int64 {
	switch {
	case at < 0:
		return 1
	case at == 0 || at > month:
		return at
	}
	return c.seconds() + at
}

// find returns an item that has not expired, nil if there is none, and notes that it was used.
func (c *cache) find(key []byte) *item {
	c.flushDue()
	it := c.items[string(key)]
	if it == nil {
		return nil
	}
	if it.at != 0 && it.at <= c.seconds() {
		c.remove(it)
		c.counted.expired++
		return nil
	}
	c.unlink(it)
	c.link(it)
	return it
}

func (c *cache) link(it *item) {
	it.prev, it.next = &c.lru, c.lru.next
	it.prev.next, it.next.prev = it, it
}

func (c *cache) unlink(it *item) { it.prev.next, it.next.prev = it.next, it.prev }

func (c *cache) remove(it *item) {
	c.unlink(it)
	delete(c.items, it.key)
	c.used -= it.cost()
}

// put gives an item a value, which it keeps, and makes room for it.
func (c *cache) put(it *item, value []byte) {
	if c.items[it.key] != it {
		c.items[it.key] = it
		c.link(it)
	} else {
		c.used -= it.cost()
	}
	it.value = value
	c.used += it.cost()
	c.changed(it)
	// Never the item itself: it is the one that was used last, and there is room for eight of the
	// largest.
	for c.used > c.max {
		c.remove(c.lru.prev)
		c.counted.evictions++
	}
}

// changed gives an item a new number, by which cas sees that it is not what the client has seen.
func (c *cache) changed(it *item) {
	c.lastCAS++
	it.cas = c.lastCAS
}

// read appends an item with f, if it is there. It gets a new deadline if at is not nil.
func (c *cache) read(dst, key []byte, at *int64, f func(dst []byte, it *item) []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.find(key)
	if it == nil {
		c.counted.misses++
		return dst
	}
	c.counted.hits++
	if at != nil {
		it.at = c.deadline(*at)
	}
	return f(dst, it)
}

func (c *cache) touch(key []byte, at int64) (found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.find(key)
	if it != nil {
		it.at = c.deadline(at)
	}
	return it != nil
}

func (c *cache) delete(key []byte) (found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.find(key)
	if it != nil {
		c.remove(it)
	}
	return it != nil
}

// add adds n to the number that an item is, or subtracts it. Sums begin again at 0 behind 2^64-1,
// differences end at 0. An item does not get shorter by it: there are spaces behind the number
// then.
func (c *cache) add(key []byte, n uint64, down bool) (value uint64, found, isNumber bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.find(key)
	if it == nil {
		return 0, false, false
	}
	value, isNumber = parseUint(it.value)
	switch {
	case !isNumber:
		return 0, true, false
	case !down:
		value += n
	default:
		value -= min(n, value)
	}
	digits := strconv.AppendUint(make([]byte, 0, 20), value, 10)
	if len(digits) > len(it.value) {
		c.put(it, digits)
		return value, true, true
	}
	for i := copy(it.value, digits); i < len(it.value); i++ {
		it.value[i] = ' '
	}
	c.changed(it)
	return value, true, true
}

// flush removes all items, now or those that are there then.
func (c *cache) flush(delay int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastCAS++ // as in memcached: what comes behind it is younger
	c.flushAt = c.seconds()
	if delay > 0 {
		c.flushAt = c.deadline(delay)
	}
	c.flushDue()
}

func (c *cache) flushDue() {
	if c.flushAt == 0 || c.flushAt > c.seconds() {
		return
	}
	c.flushAt = 0
	c.used = 0
	c.items = map[string]*item{} // to clear the old one takes as long as there are items
	c.lru.prev, c.lru.next = &c.lru, &c.lru
}
