package main

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"sync"
)

// A command has a number of arguments, and is refused with ERROR when there are fewer or more.
// Commands are in lower case and nothing else, as in memcached, so chat.Commands, which takes any
// case, is not for it.
type command struct {
	run      func(s *session, args [][]byte) // without the name
	min, max int
}

const many = math.MaxInt

var commands = map[string]command{
	"get":       {func(s *session, args [][]byte) { s.get(args, false) }, 1, many},
	"gets":      {func(s *session, args [][]byte) { s.get(args, true) }, 1, many},
	"gat":       {func(s *session, args [][]byte) { s.getAndTouch(args, false) }, 1, many},
	"gats":      {func(s *session, args [][]byte) { s.getAndTouch(args, true) }, 1, many},
	"set":       {storeAs(set), 4, 5},
	"add":       {storeAs(add), 4, 5},
	"replace":   {storeAs(replace), 4, 5},
	"append":    {storeAs(appendTo), 4, 5},
	"prepend":   {storeAs(prepend), 4, 5},
	"cas":       {storeAs(cas), 5, 6},
	"touch":     {(*session).touch, 2, 3},
	"delete":    {(*session).delete, 1, 3},
	"incr":      {func(s *session, args [][]byte) { s.count(args, false) }, 2, 3},
	"decr":      {func(s *session, args [][]byte) { s.count(args, true) }, 2, 3},
	"stats":     {(*session).stats, 0, many},
	"flush_all": {(*session).flushAll, 0, 2},
	"version":   {(*session).version, 0, many},
	"verbosity": {(*session).verbosity, 1, 2},
	"mg":        {(*session).metaGet, 1, many},
	"ms":        {(*session).metaSet, 2, many},
	"mn":        {func(s *session, _ [][]byte) { s.answer("MN") }, 0, 0},
	"quit":      {(*session).quit, 0, many},
}

const (
	version     = "1.6.18" // whose answers these are
	errFormat   = "CLIENT_ERROR bad command line format"
	errTime     = "CLIENT_ERROR invalid exptime argument"
	errDelta    = "CLIENT_ERROR invalid numeric delta argument"
	errNoNumber = "CLIENT_ERROR cannot increment or decrement non-numeric value"
)

// run runs a command that is complete, or begins one that brings data.
func (s *session) run(line []byte) {
	list := lists.Get().(*[][]byte)
	words := splitWords((*list)[:0], line)
	s.call(words)
	if clear(words); cap(words) <= 1000 {
		*list = words
		lists.Put(list)
	}
}

// lists are for the words of a line: to make one for each would be an allocation.
var lists = sync.Pool{New: func() any { return new([][]byte) }}

func (s *session) call(words [][]byte) {
	if len(words) == 0 {
		s.answer("ERROR")
		return
	}
	args := words[1:]
	c, ok := commands[string(words[0])]
	if !ok || len(args) < c.min || len(args) > c.max {
		s.answer("ERROR")
		return
	}
	c.run(s, args)
}

// splitWords appends the words of a line, which only spaces separate, to dst.
func splitWords(dst [][]byte, line []byte) [][]byte {
	for {
		line = bytes.TrimLeft(line, " ")
		if len(line) == 0 {
			return dst
		}
		end := bytes.IndexByte(line, ' ')
		if end < 0 {
			end = len(line)
		}
		dst = append(dst, line[:end:end])
		line = line[end:]
	}
}

// hush takes noreply, if that is the last argument. It is looked at before anything can be refused.
func (s *session) hush(args [][]byte) {
	s.quiet = len(args) > 0 && string(args[len(args)-1]) == "noreply"
}

// badKey refuses a key that is too long.
func (s *session) badKey(key []byte) bool {
	if len(key) > maxKey {
		s.answer(errFormat)
		return true
	}
	return false
}

func (s *session) touch(args [][]byte) {
	s.hush(args)
	if s.badKey(args[0]) {
		return
	}
	at, ok := parseInt(args[1])
	switch {
	case !ok:
		s.answer(errTime)
	case s.cache.touch(args[0], at):
		s.counts.touches.Add(1)
		s.answer("TOUCHED")
	default:
		s.counts.touches.Add(1)
		s.answer("NOT_FOUND")
	}
}

// delete takes a time of 0, which there was once, and no other.
func (s *session) delete(args [][]byte) {
	s.hush(args)
	zero := len(args) > 1 && string(args[1]) == "0"
	valid := len(args) == 1 || len(args) == 2 && (zero || s.quiet) || len(args) == 3 && zero && s.quiet
	if len(args) == 1 {
		s.quiet = false // it is the key
	}
	switch {
	case !valid:
		s.answer("CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]")
	case s.badKey(args[0]):
	case s.cache.delete(args[0]):
		s.answer("DELETED")
	default:
		s.answer("NOT_FOUND")
	}
}

func (s *session) count(args [][]byte, down bool) {
	s.hush(args)
	if s.badKey(args[0]) {
		return
	}
	n, ok := parseUint(args[1])
	if !ok {
		s.answer(errDelta)
		return
	}
	value, found, isNumber := s.cache.add(args[0], n, down)
	switch {
	case !found:
		s.answer("NOT_FOUND")
	case !isNumber:
		s.answer(errNoNumber)
	default:
		s.answer(strconv.FormatUint(value, 10))
	}
}

func (s *session) flushAll(args [][]byte) {
	s.hush(args)
	delay := int64(0)
	if len(args) > 0 && (len(args) > 1 || !s.quiet) {
		var ok bool
		if delay, ok = parseInt(args[0]); !ok {
			s.answer(errTime)
			return
		}
	}
	s.counts.flushes.Add(1)
	s.cache.flush(delay)
	s.answer("OK")
}

func (s *session) version([][]byte) { s.answer("VERSION " + version) }

// verbosity changes nothing: the log is that of the framework.
func (s *session) verbosity(args [][]byte) {
	s.hush(args)
	if _, ok := parseUint(args[0]); !ok && !(s.quiet && len(args) == 1) {
		s.answer(errFormat)
		return
	}
	s.answer("OK")
}

func (s *session) quit([][]byte) { s.CloseWhenDone() }

func (s *session) stats(args [][]byte) {
	switch {
	case len(args) == 0:
		for _, row := range s.statistics() {
			s.out = fmt.Appendf(s.out, "STAT %s %v\r\n", row.name, row.value)
		}
		s.answer("END")
	case string(args[0]) == "reset":
		s.counts.reset()
		s.cache.resetCounts()
		s.answer("RESET")
	case string(args[0]) == "settings":
		s.out = fmt.Appendf(s.out, "STAT maxbytes %d\r\nSTAT maxconns %d\r\nSTAT item_size_max %d\r\n"+
			"STAT evictions on\r\nSTAT cas_enabled yes\r\n",
			s.cache.max, maxClients, maxItem)
		s.answer("END")
	case string(args[0]) == "items" || string(args[0]) == "slabs" || string(args[0]) == "conns":
		s.answer("END") // of those there is nothing to tell
	case string(args[0]) == "sizes":
		s.answer("STAT sizes_status disabled\r\nEND")
	case string(args[0]) == "detail" && len(args) > 1 && string(args[1]) == "dump":
		s.answer("END")
	case string(args[0]) == "detail":
		s.answer("CLIENT_ERROR usage: stats detail on|off|dump")
	default:
		s.answer("ERROR")
	}
}
