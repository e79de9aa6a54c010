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
	write       trait = 1 << iota
	whole             // needs all keys of the store
	locksItself       // locks shards, one after the other, that are not locked
	subscribed        // may be used by one who has subscribed, also in version 2 of the protocol
	immediate         // is not kept for EXEC
	alone             // does not belong into a transaction
	container         // its first argument is the name of a command in subcommands
)

var commands, subcommands map[string]*command

func init() { // COMMAND is in the table, and shows it
	commands = map[string]*command{
		"append":       {(*session).append, 3, 1, 1, 1, write},
		"client":       {nil, -2, 0, 0, 0, container},
		"command":      {(*session).command, -1, 0, 0, 0, container},
		"config":       {nil, -2, 0, 0, 0, container},
		"dbsize":       {(*session).dbsize, 1, 0, 0, 0, whole},
		"decr":         {(*session).decr, 2, 1, 1, 1, write},
		"decrby":       {(*session).decrby, 3, 1, 1, 1, write},
		"del":          {(*session).del, -2, 1, -1, 1, write},
		"discard":      {(*session).discard, 1, 0, 0, 0, immediate},
		"echo":         {(*session).echo, 2, 0, 0, 0, 0},
		"exec":         {(*session).exec, 1, 0, 0, 0, immediate},
		"exists":       {(*session).exists, -2, 1, -1, 1, 0},
		"expire":       {(*session).expire, -3, 1, 1, 1, write},
		"expireat":     {(*session).expireat, -3, 1, 1, 1, write},
		"flushall":     {(*session).flushall, -1, 0, 0, 0, write | whole},
		"flushdb":      {(*session).flushall, -1, 0, 0, 0, write | whole},
		"get":          {(*session).get, 2, 1, 1, 1, 0},
		"getdel":       {(*session).getdel, 2, 1, 1, 1, write},
		"getex":        {(*session).getex, -2, 1, 1, 1, write},
		"getset":       {(*session).getset, 3, 1, 1, 1, write},
		"hello":        {(*session).hello, -1, 0, 0, 0, 0},
		"incr":         {(*session).incr, 2, 1, 1, 1, write},
		"incrby":       {(*session).incrby, 3, 1, 1, 1, write},
		"incrbyfloat":  {(*session).incrbyfloat, 3, 1, 1, 1, write},
		"info":         {(*session).info, -1, 0, 0, 0, whole},
		"keys":         {(*session).keys, 2, 0, 0, 0, whole},
		"mget":         {(*session).mget, -2, 1, -1, 1, 0},
		"mset":         {(*session).mset, -3, 1, -1, 2, write},
		"multi":        {(*session).multi, 1, 0, 0, 0, immediate},
		"persist":      {(*session).persist, 2, 1, 1, 1, write},
		"pexpire":      {(*session).pexpire, -3, 1, 1, 1, write},
		"pexpireat":    {(*session).pexpireat, -3, 1, 1, 1, write},
		"ping":         {(*session).ping, -1, 0, 0, 0, subscribed},
		"psetex":       {(*session).psetex, 4, 1, 1, 1, write},
		"psubscribe":   {(*session).psubscribe, -2, 0, 0, 0, subscribed},
		"pttl":         {(*session).pttl, 2, 1, 1, 1, 0},
		"publish":      {(*session).publish, 3, 0, 0, 0, 0},
		"pubsub":       {nil, -2, 0, 0, 0, container},
		"punsubscribe": {(*session).punsubscribe, -1, 0, 0, 0, subscribed},
		"quit":         {(*session).quit, -1, 0, 0, 0, subscribed | immediate},
		"rename":       {(*session).rename, 3, 1, 2, 1, write},
		"renamenx":     {(*session).renamenx, 3, 1, 2, 1, write},
		"reset":        {(*session).reset, 1, 0, 0, 0, subscribed | immediate},
		"scan":         {(*session).scan, -2, 0, 0, 0, locksItself},
		"select":       {(*session).selectCommand, 2, 0, 0, 0, 0},
		"set":          {(*session).set, -3, 1, 1, 1, write},
		"setex":        {(*session).setex, 4, 1, 1, 1, write},
		"setnx":        {(*session).setnx, 3, 1, 1, 1, write},
		"shutdown":     {(*session).shutdown, -1, 0, 0, 0, alone},
		"strlen":       {(*session).strlen, 2, 1, 1, 1, 0},
		"subscribe":    {(*session).subscribe, -2, 0, 0, 0, subscribed},
		"ttl":          {(*session).ttl, 2, 1, 1, 1, 0},
		"type":         {(*session).typeCommand, 2, 1, 1, 1, 0},
		"unlink":       {(*session).del, -2, 1, -1, 1, write},
		"unsubscribe":  {(*session).unsubscribe, -1, 0, 0, 0, subscribed},
		"unwatch":      {(*session).unwatch, 1, 0, 0, 0, 0},
		"watch":        {(*session).watchCommand, -2, 1, -1, 1, immediate},
	}
	subcommands = map[string]*command{
		"client|getname":  {(*session).clientGetName, 2, 0, 0, 0, 0},
		"client|id":       {(*session).clientID, 2, 0, 0, 0, 0},
		"client|info":     {(*session).clientInfo, 2, 0, 0, 0, 0},
		"client|list":     {(*session).clientList, -2, 0, 0, 0, 0},
		"client|setname":  {(*session).clientSetName, 3, 0, 0, 0, 0},
		"command|count":   {(*session).commandCount, 2, 0, 0, 0, 0},
		"config|get":      {(*session).configGet, -3, 0, 0, 0, 0},
		"pubsub|channels": {(*session).pubsubChannels, -2, 0, 0, 0, 0},
		"pubsub|numpat":   {(*session).pubsubNumPat, 2, 0, 0, 0, 0},
		"pubsub|numsub":   {(*session).pubsubNumSub, -2, 0, 0, 0, 0},
	}
}

const (
	errSyntax  = "ERR syntax error"
	errInteger = "ERR value is not an integer or out of range"
	errPattern = "ERR pattern is too long"
	errSteps   = "ERR pattern takes too long"
)

// call runs a command, or keeps it for EXEC, or says what is wrong with it.
func (s *session) call(args [][]byte) {
	var room [32]byte // longer than any name
	name := lowerCase(room[:0], args[0])
	c := commands[string(name)]
	if c != nil && c.flags&container != 0 && len(args) > 1 {
		name = lowerCase(append(name, '|'), args[1])
		if c = subcommands[string(name)]; c == nil {
			s.refuse("ERR unknown subcommand '" + cString(args[1], 128) + "'. Try " +
				strings.ToUpper(string(args[0])) + " HELP.")
			return
		}
	}
	switch {
	case c == nil:
		s.unknown(args)
	case c.arity > 0 && len(args) != c.arity, len(args) < -c.arity:
		s.refuseArguments(string(name))
	case s.topics != nil && s.protocol == 2 && c.flags&subscribed == 0:
		s.refuse("ERR Can't execute '" + string(name) +
			"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
	case s.transaction == nil || c.flags&immediate != 0:
		s.callLocked(c, args)
	case c.flags&alone != 0:
		s.refuse("ERR Command not allowed inside a transaction")
	default:
		s.enqueue(c, args)
	}
}

func (s *session) callLocked(c *command, args [][]byte) {
	set := s.lockSet(c, args)
	s.db.store.lock(set)
	defer s.db.store.unlock(set) // also if it panics: that ends this session, not the others
	c.run(s, args)
}

// refuse answers with an error before the command is run, which spoils a transaction.
func (s *session) refuse(message string) {
	s.fail(message)
	if s.transaction != nil {
		s.transaction.bad = true
	}
}

// refuseArguments refuses a wrong number of them. EXEC is run all the same, if one may say so.
func (s *session) refuseArguments(name string) {
	const what = "wrong number of arguments for '"
	if name == "exec" {
		s.endTransaction()
		s.fail("EXECABORT Transaction discarded because of: " + what + name + "' command")
		return
	}
	s.refuse("ERR " + what + name + "' command")
}

// lowerCase appends name in lower case. One that does not fit is no command: it is left out.
func lowerCase(dst, name []byte) []byte {
	if len(name) > cap(dst)-len(dst) {
		return append(dst, '?')
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
	s.refuse("ERR unknown command '" + cString(args[0], 128) +
		"', with args beginning with: " + began.String())
}

// cString returns what a program in C prints of p: up to a zero byte, and no more than n bytes.
func cString(p []byte, n int) string {
	s, _, _ := strings.Cut(string(p[:min(len(p), n)]), "\x00")
	return s
}
