package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const version = "7.0.15" // whose answers these are

func (s *session) ping(args [][]byte) {
	switch {
	case len(args) > 2:
		s.wrongArguments("ping")
	case s.topics != nil && s.protocol == 2:
		s.array(2)
		s.bulkString("pong")
		s.bulk(append([]byte(nil), slices.Concat(args[1:]...)...))
	case len(args) == 2:
		s.bulk(args[1])
	default:
		s.status("PONG")
	}
}

func (s *session) echo(args [][]byte) { s.bulk(args[1]) }

func (s *session) quit([][]byte) {
	s.status("OK")
	s.Push(s.out) // before the end of the output
	s.out = s.out[:0]
	s.goodbye()
}

func (s *session) selectCommand(args [][]byte) {
	switch n, ok := parseInt(args[1]); {
	case !ok:
		s.fail(errInteger)
	case n != 0:
		s.fail("ERR DB index is out of range")
	default:
		s.status("OK")
	}
}

// hello agrees on the version of the protocol. Nobody has a password here, so
// "default" may have any.
func (s *session) hello(args [][]byte) {
	if len(args) > 1 {
		n, ok := parseInt(args[1])
		if !ok {
			s.fail("ERR Protocol version is not an integer or out of range")
			return
		}
		if n != 2 && n != 3 {
			s.fail("NOPROTO unsupported protocol version")
			return
		}
		if !s.helloOptions(args[2:]) {
			return
		}
		s.speak(int(n))
	}
	s.pairs(7)
	for _, pair := range [][2]string{{"server", "redis"}, {"version", version}} {
		s.bulkString(pair[0])
		s.bulkString(pair[1])
	}
	s.bulkString("proto")
	s.integer(int64(s.protocol))
	s.bulkString("id")
	s.integer(s.client.id)
	for _, word := range []string{"mode", "standalone", "role", "master", "modules"} {
		s.bulkString(word)
	}
	s.array(0)
}

// helloOptions obeys what follows the version. Those before one that is wrong count.
func (s *session) helloOptions(rest [][]byte) (ok bool) {
	for len(rest) > 0 {
		switch option := strings.ToLower(string(rest[0])); {
		case option == "setname" && len(rest) > 1:
			if !s.setName(rest[1]) {
				return false
			}
			rest = rest[2:]
		case option == "auth" && len(rest) > 2:
			if string(rest[1]) != "default" {
				s.fail("WRONGPASS invalid username-password pair or user is disabled.")
				return false
			}
			rest = rest[3:]
		default:
			s.fail("ERR Syntax error in HELLO option '" + string(rest[0]) + "'")
			return false
		}
	}
	return true
}

// command shows the table.
func (s *session) command([][]byte) {
	s.array(len(commands))
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		c := commands[name]
		s.array(6)
		s.bulkString(name)
		s.integer(int64(c.arity))
		s.unordered(1)
		if c.flags&write != 0 {
			s.status("write")
		} else {
			s.status("readonly")
		}
		s.integer(int64(c.first))
		s.integer(int64(c.last))
		s.integer(int64(c.step))
	}
}

func (s *session) commandCount([][]byte) { s.integer(int64(len(commands))) }

// settings are what CONFIG GET tells: enough for redis-benchmark and the clients, which want to
// know.
var settings = [][2]string{
	{"appendonly", "no"}, {"databases", "1"}, {"maxclients", fmt.Sprint(maxClients)},
	{"maxmemory", "0"},
	{"proto-max-bulk-len", fmt.Sprint(defaultLimits.bulk)}, {"save", ""}, {"timeout", "0"},
}

func (s *session) configGet(args [][]byte) {
	var found []string
	for _, setting := range settings {
		if slices.ContainsFunc(args[2:], func(pattern []byte) bool {
			return len(pattern) <= maxPattern && match([]byte(strings.ToLower(string(pattern))), setting[0])
		}) {
			found = append(found, setting[:]...)
		}
	}
	s.pairs(len(found) / 2)
	s.bulkStrings(found)
}

// info tells how the server is, in sections.
func (s *session) info(args [][]byte) {
	var b strings.Builder
	section := func(name, format string, values ...any) {
		wanted := len(args) == 1
		for _, arg := range args[1:] {
			word := strings.ToLower(string(arg))
			wanted = wanted || word == strings.ToLower(name) || word == "all" || word == "default" ||
				word == "everything"
		}
		if !wanted {
			return
		}
		if b.Len() > 0 {
			b.WriteString("\r\n")
		}
		fmt.Fprintf(&b, "# "+name+"\r\n"+format, values...)
	}
	up := s.db.now().Sub(s.db.started)
	section("Server",
		"redis_version:%s\r\nredis_mode:standalone\r\nuptime_in_seconds:%d\r\nuptime_in_days:%d\r\n",
		version, up/time.Second, up/(24*time.Hour))
	section("Clients", "connected_clients:%d\r\nmaxclients:%d\r\n", s.db.clients.len(), maxClients)
	section("Replication", "role:master\r\nconnected_slaves:0\r\n")
	keyspace := ""
	if keys, volatile := s.db.store.counts(); keys > 0 {
		keyspace = fmt.Sprintf("db0:keys=%d,expires=%d,avg_ttl=0\r\n", keys, volatile)
	}
	section("Keyspace", "%s", keyspace)
	s.text(b.String())
}

// shutdown ends the server, without an answer. There is nothing to save.
func (s *session) shutdown(args [][]byte) {
	for _, arg := range args[1:] {
		switch strings.ToLower(string(arg)) {
		case "nosave", "save", "now", "force":
		default:
			s.fail(errSyntax)
			return
		}
	}
	s.db.shutdown()
}
