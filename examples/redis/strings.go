package main

import (
	"math"
	"strconv"
	"strings"
)

func (s *session) get(args [][]byte) { s.value(s.db.store.find(args[1])) }

// value answers with a value, nil for none.
func (s *session) value(it *item) {
	if it == nil {
		s.null()
	} else {
		s.bulk(it.value)
	}
}

func (s *session) getdel(args [][]byte) {
	s.value(s.db.store.find(args[1]))
	s.db.store.remove(args[1])
}

func (s *session) mget(args [][]byte) {
	s.array(len(args) - 1)
	for _, key := range args[1:] {
		s.value(s.db.store.find(key))
	}
}

func (s *session) set(args [][]byte) {
	var o setOptions
	if !o.parse(args[3:]) {
		s.fail(errSyntax)
		return
	}
	at, ok := s.when(o.expiry, "set")
	if !ok {
		return
	}
	key := args[1]
	old := s.db.store.find(key)
	if o.get {
		s.value(old) // which is another one soon
	}
	if o.onlyNew && old != nil || o.onlyOld && old == nil {
		if !o.get {
			s.null()
		}
		return
	}
	it := s.db.store.set(key, args[2])
	if !o.keepTTL {
		s.db.store.expire(key, it, at)
	}
	if !o.get {
		s.status("OK")
	}
}

// setOptions are what may follow a value. Of those that exclude each other, there is one at most.
type setOptions struct {
	onlyNew, onlyOld, keepTTL, get bool
	expiry
}

func (o *setOptions) parse(args [][]byte) (ok bool) {
	for ; len(args) > 0; args = args[1:] {
		var lower [16]byte
		switch option := string(lowerCase(lower[:0], args[0])); {
		case option == "nx" && !o.onlyOld:
			o.onlyNew = true
		case option == "xx" && !o.onlyNew:
			o.onlyOld = true
		case option == "get":
			o.get = true
		case option == "keepttl" && o.time == nil:
			o.keepTTL = true
		case len(args) > 1 && !o.keepTTL && o.expiry.parse(option, args[1]):
			args = args[1:]
		default:
			return false
		}
	}
	return true
}

func (s *session) setex(args [][]byte)  { s.setFor(args, "setex", 1000) }
func (s *session) psetex(args [][]byte) { s.setFor(args, "psetex", 1) }

func (s *session) setFor(args [][]byte, name string, unit int64) {
	if at, ok := s.when(expiry{time: args[2], unit: unit}, name); ok {
		s.db.store.expire(args[1], s.db.store.set(args[1], args[3]), at)
		s.status("OK")
	}
}

func (s *session) setnx(args [][]byte) {
	free := s.db.store.find(args[1]) == nil
	if free {
		s.db.store.set(args[1], args[2])
	}
	s.boolean(free)
}

func (s *session) getset(args [][]byte) {
	s.value(s.db.store.find(args[1]))
	s.db.store.expire(args[1], s.db.store.set(args[1], args[2]), 0)
}

func (s *session) getex(args [][]byte) {
	var e expiry
	persist := false
	for rest := args[2:]; len(rest) > 0; rest = rest[1:] {
		switch option := strings.ToLower(string(rest[0])); {
		case option == "persist" && e.time == nil:
			persist = true
		case len(rest) > 1 && !persist && e.parse(option, rest[1]):
			rest = rest[1:]
		default:
			s.fail(errSyntax)
			return
		}
	}
	it := s.db.store.find(args[1])
	if it == nil {
		s.null()
		return
	}
	at, ok := s.when(e, "getex")
	if !ok {
		return
	}
	s.value(it)
	switch {
	case at != 0 && at <= s.db.store.millis():
		s.db.store.remove(args[1])
	case at != 0 || persist:
		s.db.store.expire(args[1], it, at)
	}
}

func (s *session) mset(args [][]byte) {
	if len(args)%2 == 0 {
		s.wrongArguments("mset")
		return
	}
	for i := 1; i < len(args); i += 2 {
		s.db.store.expire(args[i], s.db.store.set(args[i], args[i+1]), 0)
	}
	s.status("OK")
}

func (s *session) incr(args [][]byte) { s.add(args[1], 1) }
func (s *session) decr(args [][]byte) { s.add(args[1], -1) }

func (s *session) incrby(args [][]byte) {
	if n, ok := parseInt(args[2]); ok {
		s.add(args[1], n)
	} else {
		s.fail(errInteger)
	}
}

func (s *session) decrby(args [][]byte) {
	switch n, ok := parseInt(args[2]); {
	case !ok:
		s.fail(errInteger)
	case n == math.MinInt64:
		s.fail("ERR decrement would overflow")
	default:
		s.add(args[1], -n)
	}
}

func (s *session) add(key []byte, n int64) {
	old := int64(0)
	if it := s.db.store.find(key); it != nil {
		var ok bool
		if old, ok = parseInt(it.value); !ok {
			s.fail(errInteger)
			return
		}
	}
	if n > 0 && old > math.MaxInt64-n || n < 0 && old < math.MinInt64-n {
		s.fail("ERR increment or decrement would overflow")
		return
	}
	var digits [20]byte
	s.db.store.set(key, strconv.AppendInt(digits[:0], old+n, 10))
	s.integer(old + n)
}

func (s *session) append(args [][]byte) {
	it := s.db.store.find(args[1])
	switch {
	case it == nil:
		it = s.db.store.set(args[1], args[2])
	case len(it.value)+len(args[2]) > s.db.limits.bulk:
		s.fail("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
		return
	default:
		s.db.store.append(args[1], it, args[2])
	}
	s.integer(int64(len(it.value)))
}

func (s *session) strlen(args [][]byte) {
	if it := s.db.store.find(args[1]); it != nil {
		s.integer(int64(len(it.value)))
	} else {
		s.integer(0)
	}
}
