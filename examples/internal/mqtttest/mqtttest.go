// Package mqtttest has what tests need of a client of MQTT 3.1.1.
package mqtttest

import (
	"bufio"
	"encoding/binary"
	"io"
)

// The first bytes of packets, with flags where they are always the same.
const (
	ConnectByte     = 0x10
	ConnAck         = 0x20
	PubAck          = 0x40
	SubscribeByte   = 0x82
	SubAck          = 0x90
	UnsubscribeByte = 0xa2
)

// Packet returns a packet of these parts.
func Packet(first byte, parts ...[]byte) string {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	p := []byte{first}
	for ; n >= 0x80; n >>= 7 {
		p = append(p, byte(n)|0x80)
	}
	p = append(p, byte(n))
	for _, part := range parts {
		p = append(p, part...)
	}
	return string(p)
}

// Text is a string as it stands in packets.
func Text(s string) []byte { return append(Number(len(s)), s...) }

// Number is a number of two bytes.
func Number(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }

// A Hello is what a client says of itself. The zero value, but for its name, is a session that is
// to be kept.
type Hello struct {
	ID          string
	Clean       bool
	KeepAlive   int
	WillTopic   string // empty: there is no will
	WillPayload string
	WillFlags   byte // its QoS and whether it is retained, as they stand in the packet
}

// Connect returns the CONNECT of it.
func (h Hello) Connect() string {
	flags := h.WillFlags
	if h.Clean {
		flags |= 0x02
	}
	parts := [][]byte{Text("MQTT"), nil, Number(h.KeepAlive), Text(h.ID)}
	if h.WillTopic != "" {
		flags |= 0x04
		parts = append(parts, Text(h.WillTopic), Text(h.WillPayload))
	}
	parts[1] = []byte{4, flags}
	return Packet(ConnectByte, parts...)
}

// Subscribe returns a SUBSCRIBE for one filter.
func Subscribe(id int, filter string, qos byte) string {
	return Packet(SubscribeByte, Number(id), Text(filter), []byte{qos})
}

// Unsubscribe returns an UNSUBSCRIBE for one filter.
func Unsubscribe(id int, filter string) string {
	return Packet(UnsubscribeByte, Number(id), Text(filter))
}

// Publish returns a PUBLISH, of QoS 1 if id is not 0. More are flags: 1 to retain it, 8 if it comes
// again.
func Publish(id int, topic, payload string, more byte) string {
	if id == 0 {
		return Packet(0x30|more, Text(topic), []byte(payload))
	}
	return Packet(0x32|more, Text(topic), Number(id), []byte(payload))
}

// Ack returns an answer that is an identifier.
func Ack(first byte, id int) string { return Packet(first, Number(id)) }

// Read reads a packet: its first byte, and what follows its length.
func Read(r *bufio.Reader) (first byte, body []byte, err error) {
	if first, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, shift := 0, 0
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, nil, err
		}
		n |= int(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			break
		}
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return first, body, err
}

// Published returns the parts of the body of a PUBLISH.
func Published(first byte, body []byte) (topic, payload string, id int) {
	n := 2 + int(binary.BigEndian.Uint16(body))
	topic, body = string(body[2:n]), body[n:]
	if first&0x06 != 0 {
		id, body = int(binary.BigEndian.Uint16(body)), body[2:]
	}
	return topic, string(body), id
}
