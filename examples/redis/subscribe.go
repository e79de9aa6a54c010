package main

import "github.com/go-asynchat/asynchat/chat"

// maxTopics bounds what one client may subscribe to, in Redis by its memory.
const maxTopics = 10_000

func (s *session) publish(args [][]byte) {
	s.integer(int64(s.db.hub.publish(s.Channel, args[1], args[2])))
}

func (s *session) subscribe(args [][]byte) {
	t := s.begun()
	for _, name := range args[1:] {
		s.join("subscribe", s.db.hub.channels, t.channels, name)
	}
	s.ended()
}

func (s *session) psubscribe(args [][]byte) {
	t := s.begun()
	for _, pattern := range args[1:] {
		if len(pattern) > maxPattern {
			s.fail(errPattern)
			continue
		}
		s.join("psubscribe", s.db.hub.patterns, t.patterns, pattern)
	}
	s.ended()
}

func (s *session) unsubscribe(args [][]byte) {
	t := s.begun()
	s.leave("unsubscribe", s.db.hub.channels, t.channels, args[1:])
	s.ended()
}

func (s *session) punsubscribe(args [][]byte) {
	t := s.begun()
	s.leave("punsubscribe", s.db.hub.patterns, t.patterns, args[1:])
	s.ended()
}

func (s *session) begun() *topics {
	if s.topics == nil {
		s.topics = &topics{channels: map[string]bool{}, patterns: map[string]bool{}}
	}
	return s.topics
}

// ended forgets the topics where there are none: the session is an ordinary one again.
func (s *session) ended() {
	if s.topics.len() == 0 {
		s.topics = nil
	}
}

func (s *session) join(kind string, to map[string]*chat.Room, mine map[string]bool, name []byte) {
	if !mine[string(name)] {
		if s.topics.len() == maxTopics {
			s.fail("ERR too many subscriptions")
			return
		}
		mine[string(name)] = true
		s.db.hub.add(to, string(name), s.Channel)
	}
	s.topic(kind, name)
}

// leave ends subscriptions; of no names, all of them.
func (s *session) leave(
	kind string, from map[string]*chat.Room, mine map[string]bool, names [][]byte,
) {
	if len(names) == 0 {
		if len(mine) == 0 {
			s.array(3)
			s.bulkString(kind)
			s.null()
			s.integer(int64(s.topics.len()))
			return
		}
		for _, name := range sorted(mine) {
			names = append(names, []byte(name))
		}
	}
	for _, name := range names {
		if mine[string(name)] {
			delete(mine, string(name))
			s.db.hub.remove(from, string(name), s.Channel)
		}
		s.topic(kind, name)
	}
}

func (s *session) topic(kind string, name []byte) {
	s.array(3)
	s.bulkString(kind)
	s.bulk(name)
	s.integer(int64(s.topics.len()))
}

func (s *session) unsubscribeAll() {
	if s.topics == nil {
		return
	}
	for name := range s.topics.channels {
		s.db.hub.remove(s.db.hub.channels, name, s.Channel)
	}
	for name := range s.topics.patterns {
		s.db.hub.remove(s.db.hub.patterns, name, s.Channel)
	}
	s.topics = nil
}
