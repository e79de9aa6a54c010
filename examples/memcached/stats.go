package main

import (
	"os"
	"sync/atomic"
	"time"
)

// counts are what sessions count.
type counts struct {
	open, connections            atomic.Int64
	gets, sets, touches, flushes atomic.Int64
}

func (c *counts) reset() {
	for _, n := range []*atomic.Int64{&c.connections, &c.gets, &c.sets, &c.touches, &c.flushes} {
		n.Store(0)
	}
}

// cacheCounts are what the cache counts. Its lock guards them.
type cacheCounts struct {
	hits, misses, expired, evictions, total uint64
	casHits, casMisses, casBad              uint64
}

func (c *cache) resetCounts() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counted = cacheCounts{}
}

type statistic struct {
	name  string
	value any
}

// statistics are those of memcached that have a meaning here, by its names.
func (s *site) statistics() []statistic {
	c := s.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushDue()
	return []statistic{
		{"pid", os.Getpid()},
		{"uptime", int64(c.now().Sub(s.started) / time.Second)},
		{"time", c.seconds()},
		{"version", version},
		{"pointer_size", 64},
		{"max_connections", maxClients},
		{"curr_connections", s.counts.open.Load()},
		{"total_connections", s.counts.connections.Load()},
		{"cmd_get", s.counts.gets.Load()},
		{"cmd_set", s.counts.sets.Load()},
		{"cmd_flush", s.counts.flushes.Load()},
		{"cmd_touch", s.counts.touches.Load()},
		{"get_hits", c.counted.hits},
		{"get_misses", c.counted.misses},
		{"get_expired", c.counted.expired},
		{"cas_misses", c.counted.casMisses},
		{"cas_hits", c.counted.casHits},
		{"cas_badval", c.counted.casBad},
		{"limit_maxbytes", c.max},
		{"bytes", c.used},
		{"curr_items", len(c.items)},
		{"total_items", c.counted.total},
		{"evictions", c.counted.evictions},
	}
}
