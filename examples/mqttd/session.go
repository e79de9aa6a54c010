package main

import (
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

const maxID = 256 // bytes of a client's name

// A session is one connection.
type session struct {
	*chat.Channel
	broker *broker
	packet []byte   // the one in progress
	client *client  // nil: it has not introduced itself, or it is another session's now
	will   *message // what is published if it goes without a word; nil: nothing
}

func (b *broker) newSession(c *chat.Channel) chat.Handler {
	c.SetTerminator(framing)
	c.SetMaxElement(maxPacket, false)
	return &session{Channel: c, broker: b}
}

func (s *session) CollectIncomingData(data []byte) { s.packet = append(s.packet, data...) }

func (s *session) FoundTerminator() {
	p := parsePacket(s.packet)
	err := s.take(p)
	if s.packet = s.packet[:0]; cap(s.packet) > 4<<10 {
		s.packet = nil // who is idle owns no buffer
	}
	if err != nil {
		s.Logger().Debug("a client is put out", "error", err)
		s.leave()
		s.CloseWhenDone() // what it was answered before does not depend on how its packets came
	}
}

// take does what a packet says.
func (s *session) take(p packet) error {
	if !p.isFormed() || (p.kind == kindConnect) == (s.client != nil) {
		return errMalformed
	}
	switch p.kind {
	case kindConnect:
		return s.connect(p)
	case kindPublish:
		m, id, err := parsePublish(p)
		if err != nil {
			return err
		}
		s.broker.publish(m)
		if id != 0 {
			s.Push(ack(kindPubAck, id))
		}
		return nil
	case kindPubAck:
		id, err := parseID(p)
		if err == nil {
			s.client.acked(id)
		}
		return err
	case kindSubscribe, kindUnsubscribe:
		return s.subscribe(p)
	case kindPingReq:
		s.Push(pingResp)
		return nil
	case kindDisconnect:
		s.will = nil
		s.CloseWhenDone()
		return nil
	}
	return errMalformed
}

func (s *session) connect(p packet) error {
	hello, err := parseConnect(p)
	switch {
	case err != nil:
		return err
	case hello.level == 0:
		s.refuse(wrongVersion)
		return nil
	case hello.id == "" && !hello.clean || len(hello.id) > maxID:
		s.refuse(wrongID)
		return nil
	}
	c, present := s.broker.connect(s, hello)
	if c == nil {
		s.refuse(unavailable)
		return nil
	}
	s.client, s.will = c, hello.will
	l := s.Limits()
	l.IdleTimeout = chat.NoLimit
	l.SilenceTimeout = time.Duration(hello.keepAlive) * time.Second * 3 / 2
	s.SetLimits(l)
	s.Push(connAck(present, accepted))
	c.send()
	return nil
}

func (s *session) refuse(code byte) {
	s.Push(connAck(false, code))
	s.CloseWhenDone()
}

// subscribe answers before it sends what is retained.
func (s *session) subscribe(p packet) error {
	id, all, err := parseFilters(p)
	if err != nil {
		return err
	}
	if p.kind == kindUnsubscribe {
		for _, u := range all {
			s.broker.unsubscribe(s.client, u.filter)
		}
		s.Push(ack(kindUnsubAck, id))
		return nil
	}
	const failure = 0x80
	codes := make([]byte, len(all))
	for i, sub := range all {
		qos, ok := s.broker.subscribe(s.client, sub)
		if codes[i] = qos; !ok {
			codes[i] = failure
		}
	}
	s.Push(ack(kindSubAck, id, codes...))
	for i, sub := range all {
		if codes[i] != failure {
			s.broker.topics.retainedFor(sub.filter, func(m *message) {
				s.client.deliver(m, min(m.qos, codes[i]), true)
			})
		}
	}
	return nil
}

// HandleDrained sends what has waited for room.
func (s *session) HandleDrained() {
	if s.client != nil {
		s.client.send()
	}
}

func (s *session) HandleShutdown() {
	s.broker.down = true
	s.CloseWhenDone()
}

func (s *session) HandleClose(error) { s.leave() }

// leave ends the session, not the client, if that is to be kept; its will is done.
func (s *session) leave() {
	c := s.client
	if c == nil {
		return
	}
	s.client = nil
	c.since = s.Loop().Now()
	if c.disconnected(); c.clean {
		s.broker.forget(c)
	}
	if s.will != nil && !s.broker.down {
		s.broker.publish(s.will)
	}
}
