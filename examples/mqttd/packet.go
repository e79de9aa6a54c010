package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"
)

// The kinds of packets.
const (
	kindConnect     = 1
	kindConnAck     = 2
	kindPublish     = 3
	kindPubAck      = 4
	kindSubscribe   = 8
	kindSubAck      = 9
	kindUnsubscribe = 10
	kindUnsubAck    = 11
	kindPingReq     = 12
	kindPingResp    = 13
	kindDisconnect  = 14
)

var (
	errMalformed = errors.New("malformed packet")
	errQoS       = errors.New("QoS 2 is not supported")
)

// A packet is a packet as it came.
type packet struct {
	kind, flags byte
	body        []byte
}

// isFormed reports whether flags and length are as they must be for a packet of its kind.
func (p packet) isFormed() bool {
	switch p.kind {
	case kindPublish:
		return true
	case kindSubscribe, kindUnsubscribe:
		return p.flags == 2
	case kindPingReq, kindDisconnect:
		return p.flags == 0 && len(p.body) == 0
	}
	return p.flags == 0
}

// fields reads the fields of a body. Behind an error all of them are empty.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.rest) {
		f.rest, f.bad = nil, true
		return make([]byte, min(n, 2))
	}
	p := f.rest[:n]
	f.rest = f.rest[n:]
	return p
}

func (f *fields) byte() byte     { return f.take(1)[0] }
func (f *fields) number() uint16 { return binary.BigEndian.Uint16(f.take(2)) }

// bytes reads bytes that follow their number. They are part of the body.
func (f *fields) bytes() []byte {
	n := int(f.number())
	if n > len(f.rest) {
		f.rest, f.bad = nil, true
		return nil
	}
	return f.take(n)
}

// text reads a string, which must be what the standard calls one.
func (f *fields) text() string {
	p := f.bytes()
	if !utf8.Valid(p) || bytes.IndexByte(p, 0) >= 0 {
		f.bad = true
	}
	return string(p)
}

// id reads the identifier of a packet, which is never 0.
func (f *fields) id() uint16 {
	id := f.number()
	f.bad = f.bad || id == 0
	return id
}

// end returns an error if a field was missing or something is left.
func (f *fields) end() error {
	if f.bad || len(f.rest) > 0 {
		return errMalformed
	}
	return nil
}

// A connect is how a client introduces itself.
type connect struct {
	level     byte // of the protocol: 4
	clean     bool // it wants no session that outlives the connection
	keepAlive uint16
	id        string
	will      *message // nil: none
}

const (
	flagClean    = 0x02
	flagWill     = 0x04
	flagWillQoS  = 0x18
	flagRetain   = 0x20
	flagPassword = 0x40
	flagUser     = 0x80
)

// parseConnect reads a CONNECT. Of another version of the protocol it knows no more than that.
func parseConnect(p packet) (c connect, err error) {
	f := fields{rest: p.body}
	name := f.text()
	c.level = f.byte()
	if f.bad || name != "MQTT" && name != "MQIsdp" {
		return c, errMalformed
	}
	if name != "MQTT" || c.level != 4 {
		c.level = 0
		return c, nil
	}
	flags := f.byte()
	c.clean, c.keepAlive = flags&flagClean != 0, f.number()
	c.id = f.text()
	qos := flags & flagWillQoS >> 3
	if flags&flagWill != 0 {
		c.will = &message{topic: f.text(), payload: bytes.Clone(f.bytes()), qos: min(qos, 1),
			retain: flags&flagRetain != 0}
		f.bad = f.bad || !isTopic(c.will.topic)
	} else if flags&(flagWillQoS|flagRetain) != 0 {
		f.bad = true
	}
	if flags&flagUser != 0 {
		f.text()
	}
	if flags&flagPassword != 0 {
		f.bytes()
	}
	if flags&1 != 0 || qos == 3 || flags&(flagUser|flagPassword) == flagPassword {
		f.bad = true
	}
	return c, f.end()
}

// parsePublish reads a PUBLISH, and returns its identifier, which is 0 under QoS 0.
func parsePublish(p packet) (m *message, id uint16, err error) {
	f := fields{rest: p.body}
	m = &message{topic: f.text(), qos: p.flags >> 1 & 3, retain: p.flags&1 != 0}
	if m.qos > 1 {
		return nil, 0, errQoS
	}
	if m.qos == 1 {
		id = f.id()
	}
	m.payload = bytes.Clone(f.rest)
	f.rest = nil
	if f.bad || !isTopic(m.topic) || m.qos == 0 && p.flags&8 != 0 {
		return nil, 0, errMalformed
	}
	return m, id, nil
}

// A subscription is a filter of topics, and the QoS that is wanted for it.
type subscription struct {
	filter string
	qos    byte
}

// parseFilters reads a SUBSCRIBE or an UNSUBSCRIBE, in which no QoS follows the filters.
func parseFilters(p packet) (id uint16, all []subscription, err error) {
	f := fields{rest: p.body}
	id = f.id()
	for len(f.rest) > 0 {
		s := subscription{filter: f.text()}
		if p.kind == kindSubscribe {
			s.qos = f.byte()
		}
		f.bad = f.bad || s.qos > 2
		all = append(all, s)
	}
	if len(all) == 0 || len(all) > maxSubscribed {
		f.bad = true
	}
	return id, all, f.end()
}

// parseID reads a packet that is an identifier and nothing else.
func parseID(p packet) (uint16, error) {
	f := fields{rest: p.body}
	id := f.id()
	return id, f.end()
}

const (
	maxTopic  = 1024 // bytes
	maxLevels = 64
)

// isTopic reports whether a message may have that topic.
func isTopic(topic string) bool {
	return topic != "" && len(topic) <= maxTopic && strings.Count(topic, "/") < maxLevels &&
		!strings.ContainsAny(topic, "+#")
}

// isFilter reports whether that is a filter of topics: + is a level by itself, and # is the last.
func isFilter(filter string) bool {
	if filter == "" || len(filter) > maxTopic || strings.Count(filter, "/") >= maxLevels {
		return false
	}
	for more := true; more; {
		var level string
		level, filter, more = strings.Cut(filter, "/")
		if len(level) > 1 && strings.ContainsAny(level, "+#") || level == "#" && more {
			return false
		}
	}
	return true
}
