package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A clock is turned by the test.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newTestCache(max int64) (*cache, *clock) {
	k := &clock{time.Unix(1_000_000_000, 0)}
	return newCache(max, k.now), k
}

func put(c *cache, key, value string, at int64) outcome {
	return c.store(&storage{key: key, at: at}, []byte(value))
}

// keys returns which of the keys there are, without using them.
func keys(c *cache, of ...string) string {
	var there []string
	for _, key := range of {
		if c.items[key] != nil {
			there = append(there, key)
		}
	}
	return strings.Join(there, " ")
}

// What was used longest ago goes, and no more of it than has to.
func TestLeastRecentlyUsed(t *testing.T) {
	value := strings.Repeat("x", 1000)
	c, _ := newTestCache(3 * cost(1, 1000))
	for _, key := range []string{"a", "b", "c"} {
		put(c, key, value, 0)
	}
	c.touch([]byte("a"), 0) // b is the oldest now
	put(c, "d", value, 0)
	if got := keys(c, "a", "b", "c", "d"); got != "a c d" {
		t.Errorf("there are %s, want a c d", got)
	}
	put(c, "e", "x", 0) // the room of one item
	if got := keys(c, "a", "c", "d", "e"); got != "a d e" {
		t.Errorf("there are %s, want a d e", got)
	}
	c.store(&storage{key: "e", mode: appendTo}, []byte(strings.Repeat("x", 2500)))
	if got := keys(c, "a", "d", "e"); got != "e" {
		t.Errorf("there are %s, want e", got)
	}
	if c.counted.evictions != 4 {
		t.Errorf("%d evictions, want 4", c.counted.evictions)
	}
}

// Whatever is done, the memory is what the items take, and no more than there may be.
func TestMemoryIsAccounted(t *testing.T) {
	c, clock := newTestCache(100_000)
	for i := range 20_000 {
		key := fmt.Sprint("key", i*7919%500)
		value := strings.Repeat("1", i%23) + strings.Repeat("x", i%900)
		switch i % 7 {
		case 0:
			c.delete([]byte(key))
		case 1:
			c.store(&storage{key: key, mode: appendTo}, []byte("more"))
		case 2:
			c.add([]byte(key), 1<<60, false)
		case 3:
			clock.Time = clock.Add(time.Second)
			c.touch([]byte(key), 3)
		default:
			put(c, key, value, int64(i%5))
		}
		if i%5000 == 4999 {
			c.flush(0)
		}
		used, n := int64(0), 0
		for it := c.lru.next; it != &c.lru; it = it.next {
			used += cost(len(it.key), cap(it.value))
			n++
		}
		if used != c.used || n != len(c.items) || used > c.max {
			t.Fatalf("after %d steps: %d bytes of %d items, counted are %d of %d", i, used, n,
				c.used, len(c.items))
		}
	}
	if c.counted.evictions == 0 || c.counted.expired == 0 {
		t.Errorf("%+v: it was no test", c.counted)
	}
}

func TestExpiry(t *testing.T) {
	c, clock := newTestCache(1 << 20)
	there := func() string {
		var got []string
		for _, key := range []string{"ever", "soon", "date", "past"} {
			if c.find([]byte(key)) != nil {
				got = append(got, key)
			}
		}
		return strings.Join(got, " ")
	}
	put(c, "ever", "x", 0)
	put(c, "soon", "x", 10)
	put(c, "date", "x", clock.Unix()+20)
	put(c, "past", "x", -1)
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "ever soon date"}, {9 * time.Second, "ever soon date"}, {time.Second, "ever date"},
		{9 * time.Second, "ever date"}, {time.Second, "ever"}} {
		clock.Time = clock.Add(step.after)
		if got := there(); got != step.want {
			t.Errorf("at %v there are %q, want %q", clock.Time, got, step.want)
		}
	}
	c.touch([]byte("ever"), 5)
	put(c, "soon", "x", 0)
	clock.Time = clock.Add(5 * time.Second)
	if got := there(); got != "soon" {
		t.Errorf("there are %q, want soon", got)
	}
}

// A flush that is to come takes what is there then, once.
func TestFlushLater(t *testing.T) {
	c, clock := newTestCache(1 << 20)
	put(c, "a", "x", 0)
	c.flush(10)
	clock.Time = clock.Add(9 * time.Second)
	put(c, "b", "x", 0)
	if c.find([]byte("a")) == nil {
		t.Error("it is gone too early")
	}
	clock.Time = clock.Add(time.Second)
	if c.find([]byte("a")) != nil || c.find([]byte("b")) != nil {
		t.Error("it is there, after the flush")
	}
	put(c, "c", "x", 0)
	if c.find([]byte("c")) == nil || c.used != cost(1, 1) {
		t.Errorf("what came later is gone, or %d bytes are used", c.used)
	}
}
