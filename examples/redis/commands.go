package main

import (
	"strings"
)

// A command is a row of the table, which is that of Redis: COMMAND shows it, and the client
// libraries know how to read it.
type command struct {
	run   func(s *session, args [][]byte) // args[0] is the name
	arity int                             // how many arguments, the name among them; -n: n and more
	first int                             // the first argument that is a key; 0: none is
	last  int                             // the last; -1: that of the command
	step  int                             // from one key to the next
	flags trait
}

type trait uint8

const (
	write      trait = 1 << iota
	whole            // needs all keys of the store
	subscribed       // may be used by one who has subscribed
)

var commands map[string]*command

func init() { // COMMAND is in the table, and shows it
	commands = map[string]*command{
		"append":       {(*session).append, 3, 1, 1, 1, write},
		"client":       {(*session).clientCommand, -2, 0, 0, 0, 0},
		"command":      {(*session).command, -1, 0, 0, 0, 0},
		"config":       {(*session).config, -2, 0, 0, 0, 0},
		"dbsize":       {(*session).dbsize, 1, 0, 0, 0, whole},
		"decr":         {(*session).decr, 2, 1, 1, 1, write},
		"decrby":       {(*session).decrby, 3, 1, 1, 1, write},
		"del":          {(*session).del, -2, 1, -1, 1, write},
		"echo":         {(*session).echo, 2, 0, 0, 0, 0},
		"exists":       {(*session).exists, -2, 1, -1, 1, 0},
		"expire":       {(*session).expire, -3, 1, 1, 1, write},
		"flushall":     {(*session).flushall, -1, 0, 0, 0, write | whole},
		"get":          {(*session).get, 2, 1, 1, 1, 0},
		"getdel":       {(*session).getdel, 2, 1, 1, 1, write},
		"hello":        {(*session).hello, -1, 0, 0, 0, 0},
		"incr":         {(*session).incr, 2, 1, 1, 1, write},
		"incrby":       {(*session).incrby, 3, 1, 1, 1, write},
		"info":         {(*session).info, -1, 0, 0, 0, whole},
		"keys":         {(*session).keys, 2, 0, 0, 0, whole},
		"mget":         {(*session).mget, -2, 1, -1, 1, 0},
		"mset":         {(*session).mset, -3, 1, -1, 2, write},
		"persist":      {(*session).persist, 2, 1, 1, 1, write},
		"pexpire":      {(*session).pexpire, -3, 1, 1, 1, write},
		"ping":         {(*session).ping, -1, 0, 0, 0, subscribed},
		"psubscribe":   {(*session).psubscribe, -2, 0, 0, 0, subscribed},
		"pttl":         {(*session).pttl, 2, 1, 1, 1, 0},
		"publish":      {(*session).publish, 3, 0, 0, 0, 0},
		"punsubscribe": {(*session).punsubscribe, -1, 0, 0, 0, subscribed},
		"quit":         {(*session).quit, -1, 0, 0, 0, subscribed},
		"scan":         {(*session).scan, -2, 0, 0, 0, 0},
		"select":       {(*session).selectCommand, 2, 0, 0, 0, 0},
		"set":          {(*session).set, -3, 1, 1, 1, write},
		"shutdown":     {(*session).shutdown, -1, 0, 0, 0, 0},
		"strlen":       {(*session).strlen, 2, 1, 1, 1, 0},
		"subscribe":    {(*session).subscribe, -2, 0, 0, 0, subscribed},
		"ttl":          {(*session).ttl, 2, 1, 1, 1, 0},
		"type":         {(*session).typeCommand, 2, 1, 1, 1, 0},
		"unsubscribe":  {(*session).unsubscribe, -1, 0, 0, 0, subscribed},
	}
}

const (
	errSyntax  = "ERR syntax error"
	errInteger = "ERR value is not an integer or out of range"
	errPattern = "ERR pattern is too long"
)

// call runs a command on its keys, whose shards it locks.
func (s *session) call(args [][]byte) {
	var lower [16]byte // as long as any name
	name := lowerCase(lower[:0], args[0])
	c := commands[string(name)]
	switch {
	case c == nil:
		s.unknown(args)
	case c.arity > 0 && len(args) != c.arity, len(args) < -c.arity:
		s.wrongArguments(string(name))
	case s.topics != nil && c.flags&subscribed == 0:
		s.fail("ERR Can't execute '" + string(name) +
			"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
	default:
		s.callLocked(c, args)
	}
}

func (s *session) callLocked(c *command, args [][]byte) {
	set := s.lockSet(c, args)
	s.db.store.lock(set)
	defer s.db.store.unlock(set) // also if it panics: that ends this session, not the others
	c.run(s, args)
}

// lowerCase appends name in lower case; a name that is too long for a command stays as it is, and
// is none.
func lowerCase(dst, name []byte) []byte {
	if len(name) > cap(dst) {
		return name
	}
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// lockSet returns the shards that a command works on.
func (s *session) lockSet(c *command, args [][]byte) shardSet {
	switch {
	case c.flags&whole != 0:
		return allShards
	case c.first == 0:
		return 0
	case c.last < 0:
		return s.db.store.shardsOf(args[c.first:], c.step)
	}
	return s.db.store.shardsOf(args[c.first:c.last+1], c.step)
}

func (s *session) wrongArguments(name string) {
	s.fail("ERR wrong number of arguments for '" + name + "' command")
}

func (s *session) unknownSubcommand(args [][]byte) {
	s.fail("ERR unknown subcommand '" + cString(args[1], 128) + "'. Try " +
		strings.ToUpper(string(args[0])) + " HELP.")
}

// unknown answers what is no command, and ends sessions with browsers at once: a page may post
// commands in the name of who looks at it.
func (s *session) unknown(args [][]byte) {
	if strings.EqualFold(string(args[0]), "post") || strings.EqualFold(string(args[0]), "host:") {
		s.goodbye()
		return
	}
	var began strings.Builder
	for _, arg := range args[1:] {
		if began.Len() >= 128 {
			break
		}
		began.WriteString("'" + cString(arg, 128-began.Len()) + "' ")
	}
	s.fail("ERR unknown command '" + cString(args[0], 128) +
		"', with args beginning with: " + began.String())
}

// cString returns what a program in C prints of p: up to a zero byte, and no more than n bytes.
func cString(p []byte, n int) string {
	s, _, _ := strings.Cut(string(p[:min(len(p), n)]), "\x00")
	return s
}

// subcommand returns args[1] in lower case.
func subcommand(args [][]byte) string { return strings.ToLower(string(args[1])) }
