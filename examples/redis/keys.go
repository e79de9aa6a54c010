package main

import (
	"slices"
	"strconv"
	"strings"
)

func (s *session) del(args [][]byte) {
	n := int64(0)
	for _, key := range args[1:] {
		if s.db.store.remove(key) {
			n++
		}
	}
	s.integer(n)
}

func (s *session) exists(args [][]byte) {
	n := int64(0)
	for _, key := range args[1:] {
		if s.db.store.find(key) != nil {
			n++
		}
	}
	s.integer(n)
}

func (s *session) typeCommand(args [][]byte) {
	if s.db.store.find(args[1]) != nil {
		s.status("string")
	} else {
		s.status("none")
	}
}

func (s *session) expire(args [][]byte)  { s.expireIn(args, "expire", 1000) }
func (s *session) pexpire(args [][]byte) { s.expireIn(args, "pexpire", 1) }

func (s *session) expireIn(args [][]byte, name string, unit int64) {
	when, refusal := parseWhen(args[3:])
	if refusal != "" {
		s.fail(refusal)
		return
	}
	n, ok := parseInt(args[2])
	if !ok {
		s.fail(errInteger)
		return
	}
	at, ok := s.deadline(n, unit, false)
	if !ok {
		s.fail("ERR invalid expire time in '" + name + "' command")
		return
	}
	it := s.db.store.find(args[1])
	switch {
	case it == nil || !when.allows(it.expires, at):
		s.integer(0)
		return
	case at <= s.db.store.millis():
		s.db.store.remove(args[1])
	default:
		s.db.store.expire(args[1], it, at)
	}
	s.integer(1)
}

// conditions say on what EXPIRE depends: there is none yet, there is one, it would come later, or
// earlier.
type conditions struct{ nx, xx, gt, lt bool }

func parseWhen(args [][]byte) (c conditions, refusal string) {
	for _, arg := range args {
		switch strings.ToLower(string(arg)) {
		case "nx":
			c.nx = true
		case "xx":
			c.xx = true
		case "gt":
			c.gt = true
		case "lt":
			c.lt = true
		default:
			return c, "ERR Unsupported option " + cString(arg, len(arg))
		}
	}
	switch {
	case c.nx && (c.xx || c.gt || c.lt):
		return c, "ERR NX and XX, GT or LT options at the same time are not compatible"
	case c.gt && c.lt:
		return c, "ERR GT and LT options at the same time are not compatible"
	}
	return c, ""
}

// allows compares the old time, 0 for never, with the new one.
func (c conditions) allows(old, at int64) bool {
	switch {
	case c.nx && old != 0, c.xx && old == 0:
		return false
	case c.gt:
		return old != 0 && at > old
	case c.lt:
		return old == 0 || at < old
	}
	return true
}

func (s *session) ttl(args [][]byte)  { s.timeLeft(args[1], 1000) }
func (s *session) pttl(args [][]byte) { s.timeLeft(args[1], 1) }

func (s *session) timeLeft(key []byte, unit int64) {
	switch it := s.db.store.find(key); {
	case it == nil:
		s.integer(-2)
	case it.expires == 0:
		s.integer(-1)
	default:
		s.integer((it.expires - s.db.store.millis() + unit/2) / unit)
	}
}

func (s *session) persist(args [][]byte) {
	it := s.db.store.find(args[1])
	volatile := it != nil && it.expires != 0
	if volatile {
		s.db.store.expire(args[1], it, 0)
	}
	s.boolean(volatile)
}

func (s *session) dbsize([][]byte) {
	n, _ := s.db.store.counts()
	s.integer(int64(n))
}

func (s *session) flushall(args [][]byte) {
	if len(args) > 2 || len(args) == 2 && subcommand(args) != "sync" && subcommand(args) != "async" {
		s.fail(errSyntax)
		return
	}
	s.db.store.clear()
	s.status("OK")
}

// maxPattern bounds patterns, since one is tried on many keys.
const maxPattern = 1 << 10

func (s *session) keys(args [][]byte) {
	if len(args[1]) > maxPattern {
		s.fail(errPattern)
		return
	}
	var found []string
	for i := range shards {
		s.db.store.each(i, func(key string) {
			if match(args[1], key) {
				found = append(found, key)
			}
		})
	}
	slices.Sort(found) // or the same request had another answer each time
	s.list(found)
}

func (s *session) list(found []string) {
	s.array(len(found))
	for _, key := range found {
		s.bulkString(key)
	}
}

// scan goes through the shards. The cursor is the number of the next one, so a key that is there
// all the time is found once, and COUNT is met by whole shards. It locks each shard alone.
func (s *session) scan(args [][]byte) {
	cursor, err := strconv.ParseUint(string(args[1]), 10, 64)
	if err != nil {
		s.fail("ERR invalid cursor")
		return
	}
	o, refusal := parseScan(args[2:])
	if refusal != "" {
		s.fail(refusal)
		return
	}
	var found []string
	for looked := int64(0); cursor < shards && looked < o.count; cursor++ {
		set := shardSet(1) << cursor
		s.db.store.lock(set)
		s.db.store.each(int(cursor), func(key string) {
			looked++
			if o.strings && (o.pattern == nil || match(o.pattern, key)) {
				found = append(found, key)
			}
		})
		s.db.store.unlock(set)
	}
	if cursor >= shards {
		cursor = 0
	}
	s.array(2)
	s.bulkString(strconv.FormatUint(cursor, 10))
	slices.Sort(found) // or the same request had another answer each time
	s.list(found)
}

type scanOptions struct {
	count   int64
	pattern []byte // nil: all keys
	strings bool   // no other type was asked for
}

func parseScan(args [][]byte) (o scanOptions, refusal string) {
	o = scanOptions{count: 10, strings: true}
	for ; len(args) > 1; args = args[2:] {
		switch strings.ToLower(string(args[0])) {
		case "count":
			n, ok := parseInt(args[1])
			if !ok {
				return o, errInteger
			}
			if o.count = n; n < 1 {
				return o, errSyntax
			}
		case "match":
			if o.pattern = args[1]; len(o.pattern) > maxPattern {
				return o, errPattern
			}
		case "type":
			o.strings = strings.EqualFold(string(args[1]), "string")
		default:
			return o, errSyntax
		}
	}
	if len(args) > 0 {
		return o, errSyntax
	}
	return o, ""
}
