package main

const (
	// maxTopics bounds what one client may subscribe to, in Redis by its memory.
	maxTopics = 10_000
	// maxTopic bounds the name of a channel, since each is tried with all patterns.
	maxTopic = 1 << 10
	errTopic = "ERR channel name is too long"
)

func (s *session) publish(args [][]byte) {
	if len(args[1]) > maxTopic {
		s.fail(errTopic)
		return
	}
	s.integer(int64(s.db.hub.publish(s.Channel, args[1], args[2])))
}

func (s *session) subscribe(args [][]byte) {
	t := s.begun()
	for _, name := range args[1:] {
		if len(name) > maxTopic {
			s.fail(errTopic)
			continue
		}
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

func (s *session) join(kind string, to map[string]*audience, mine map[string]bool, name []byte) {
	if !mine[string(name)] {
		if s.topics.len() == maxTopics {
			s.fail("ERR too many subscriptions")
			return
		}
		mine[string(name)] = true
		s.db.hub.add(to, string(name), s.Channel, s.client.protocol)
	}
	s.topic(kind, name)
}

// leave ends subscriptions; of no names, all of them.
func (s *session) leave(
	kind string, from map[string]*audience, mine map[string]bool, names [][]byte,
) {
	if len(names) == 0 {
		if len(mine) == 0 {
			s.push(3)
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
	s.push(3)
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

func (s *session) pubsubChannels(args [][]byte) {
	switch {
	case len(args) > 3:
		s.fail("ERR unknown subcommand or wrong number of arguments for '" + cString(args[1], 128) +
			"'. Try PUBSUB HELP.")
	case len(args) == 2:
		s.list(s.db.hub.names(nil))
	case len(args[2]) > maxPattern:
		s.fail(errPattern)
	default:
		s.list(s.db.hub.names(args[2]))
	}
}

func (s *session) pubsubNumSub(args [][]byte) {
	s.array(2 * (len(args) - 2))
	for _, name := range args[2:] {
		s.bulk(name)
		s.integer(int64(s.db.hub.count(name)))
	}
}

func (s *session) pubsubNumPat([][]byte) { s.integer(int64(s.db.hub.countPatterns())) }
