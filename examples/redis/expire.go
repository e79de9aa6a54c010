package main

import (
	"math"
	"strings"
)

func (s *session) expire(args [][]byte)    { s.expireIn(args, "expire", 1000, false) }
func (s *session) pexpire(args [][]byte)   { s.expireIn(args, "pexpire", 1, false) }
func (s *session) expireat(args [][]byte)  { s.expireIn(args, "expireat", 1000, true) }
func (s *session) pexpireat(args [][]byte) { s.expireIn(args, "pexpireat", 1, true) }

func (s *session) expireIn(args [][]byte, name string, unit int64, absolute bool) {
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
	at, ok := s.deadline(n, unit, absolute)
	if !ok {
		s.invalidTime(name)
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

// deadline returns the time, in Unix milliseconds, that is n units from now, or from 1970; false if
// there is none so far off.
func (s *session) deadline(n, unit int64, absolute bool) (at int64, ok bool) {
	if n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return 0, false
	}
	n *= unit
	if absolute {
		return n, true
	}
	now := s.db.store.millis()
	return now + n, n <= math.MaxInt64-now
}

// An expiry is an option of SET or GETEX.
type expiry struct {
	time     []byte // nil: none
	unit     int64  // milliseconds
	absolute bool
	option   string
}

// parse takes an option that says a time, and no other than it took before.
func (e *expiry) parse(option string, time []byte) (ok bool) {
	if e.time != nil && e.option != option {
		return false
	}
	switch option {
	case "ex", "exat":
		e.unit = 1000
	case "px", "pxat":
		e.unit = 1
	default:
		return false
	}
	e.time, e.absolute, e.option = time, len(option) > len("ex"), option
	return true
}

// when returns the time in Unix milliseconds, 0 if none was said, or answers what is wrong with it.
func (s *session) when(e expiry, command string) (at int64, ok bool) {
	if e.time == nil {
		return 0, true
	}
	n, ok := parseInt(e.time)
	if !ok {
		s.fail(errInteger)
		return 0, false
	}
	if at, ok = s.deadline(n, e.unit, e.absolute); !ok || n <= 0 {
		s.invalidTime(command)
		return 0, false
	}
	return at, true
}

func (s *session) invalidTime(command string) {
	s.fail("ERR invalid expire time in '" + command + "' command")
}
