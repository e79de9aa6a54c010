package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"
)

func withMemcached(addr string, n int) error {
	c := memcache.New(addr)
	defer c.Close()
	item := &memcache.Item{Key: "a", Value: []byte("1"), Flags: 7, Expiration: 100}
	if err := c.Set(item); err != nil {
		return err
	}
	if _, err := c.Get("nothing"); err != memcache.ErrCacheMiss {
		return fmt.Errorf("get of nothing: %v", err)
	}
	if err := swap(c); err != nil {
		return err
	}
	keys := make([]string, 0, n)
	for i := range n {
		key := fmt.Sprintf("%s%d", strings.Repeat("k", 60), i)
		if err := c.Set(&memcache.Item{Key: key, Value: []byte(key)}); err != nil {
			return err
		}
		keys = append(keys, key)
	}
	for some := range slices.Chunk(keys, 10_000) { // ten times 64 KiB of keys in one line
		items, err := c.GetMulti(some)
		if err != nil {
			return err
		}
		for _, key := range some {
			if it := items[key]; it == nil || string(it.Value) != key {
				return fmt.Errorf("%s is %v", key, it)
			}
		}
	}
	if err := c.FlushAll(); err != nil {
		return err
	}
	if err := c.Ping(); err != nil {
		return err
	}
	return nil
}

// swap changes an item that another client changes meanwhile.
func swap(c *memcache.Client) error {
	it, err := c.Get("a")
	if err != nil || it.Flags != 7 {
		return fmt.Errorf("get: %v, %v", it, err)
	}
	if n, err := c.Increment("a", 41); n != 42 || err != nil {
		return fmt.Errorf("incr: %d, %v", n, err)
	}
	it.Value = []byte("2")
	if err := c.CompareAndSwap(it); !errors.Is(err, memcache.ErrCASConflict) {
		return fmt.Errorf("cas of an old item: %v", err)
	}
	return errors.Join(c.Touch("a", 100), c.Append(&memcache.Item{Key: "a", Value: []byte("!")}),
		c.Delete("a"))
}
