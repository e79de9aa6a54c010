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

func (s *session) dbsize([][]byte) {
	n, _ := s.db.store.counts()
	s.integer(int64(n))
}

func (s *session) flushall(args [][]byte) {
	how := strings.ToLower(string(args[len(args)-1]))
	if len(args) > 2 || len(args) == 2 && how != "sync" && how != "async" {
		s.fail(errSyntax)
		return
	}
	s.db.store.clear()
	s.status("OK")
}

const errNoKey = "ERR no such key"

func (s *session) rename(args [][]byte) {
	if s.db.store.find(args[1]) == nil {
		s.fail(errNoKey)
		return
	}
	s.db.store.rename(args[1], args[2])
	s.status("OK")
}

func (s *session) renamenx(args [][]byte) {
	if s.db.store.find(args[1]) == nil {
		s.fail(errNoKey)
		return
	}
	free := s.db.store.find(args[2]) == nil
	if free {
		s.db.store.rename(args[1], args[2])
	}
	s.boolean(free)
}

const (
	maxPattern = 1 << 10  // bytes of a pattern, since one is tried on many keys
	maxSteps   = 20 << 20 // to compare one pattern with all of them: well under a second
)

func (s *session) keys(args [][]byte) {
	if len(args[1]) > maxPattern {
		s.fail(errPattern)
		return
	}
	var found []string
	steps := maxSteps
	for i := range shards {
		s.db.store.each(i, func(key string) {
			if steps >= 0 && matchWithin(args[1], key, &steps) {
				found = append(found, key)
			}
		})
	}
	if steps < 0 {
		s.fail(errSteps)
		return
	}
	slices.Sort(found) // or the same request had another answer each time
	s.list(found)
}

func (s *session) list(found []string) {
	s.array(len(found))
	s.bulkStrings(found)
}

func (s *session) bulkStrings(all []string) {
	for _, one := range all {
		s.bulkString(one)
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
	steps := maxSteps
	for looked := int64(0); cursor < shards && looked < o.count; cursor++ {
		set := shardSet(1) << cursor &^ s.held // EXEC holds all
		s.db.store.lock(set)
		s.db.store.each(int(cursor), func(key string) {
			looked++
			if o.strings && (o.pattern == nil || steps >= 0 && matchWithin(o.pattern, key, &steps)) {
				found = append(found, key)
			}
		})
		s.db.store.unlock(set)
	}
	if steps < 0 {
		s.fail(errSteps)
		return
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
