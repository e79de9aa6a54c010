package main

import "encoding/binary"

// A message is what is published. It is not changed when clients have it.
type message struct {
	topic   string
	payload []byte
	qos     byte
	retain  bool

	wire [2][]byte // as a packet of QoS 0 and 1; nil: nobody has needed it yet
}

// size is about what it takes of memory.
func (m *message) size() int { return 200 + 2*(len(m.topic)+len(m.payload)) }

const (
	flagDup      = 0x08
	flagRetained = 0x01
)

// packet returns the message as a packet, which is valid until the next call. What differs from
// client to client is written into the one packet that there is.
func (m *message) packet(qos byte, id uint16, dup, retained bool) []byte {
	p := m.wire[qos]
	if p == nil {
		length := 2 + len(m.topic) + 2*int(qos) + len(m.payload)
		p = appendLength(append(make([]byte, 0, 5+length), 0), length)
		p = append(binary.BigEndian.AppendUint16(p, uint16(len(m.topic))), m.topic...)
		p = append(p, make([]byte, 2*qos)...)
		p = append(p, m.payload...)
		m.wire[qos] = p
	}
	p[0] = kindPublish<<4 | qos<<1
	if dup {
		p[0] |= flagDup
	}
	if retained {
		p[0] |= flagRetained
	}
	if qos > 0 {
		binary.BigEndian.PutUint16(p[len(p)-len(m.payload)-2:], id)
	}
	return p
}

func appendLength(p []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		p = append(p, byte(n)|0x80)
	}
	return append(p, byte(n))
}

// The answers of CONNACK.
const (
	accepted     = 0
	wrongVersion = 1
	wrongID      = 2
	unavailable  = 3
)

func connAck(present bool, code byte) []byte {
	p := []byte{kindConnAck << 4, 2, 0, code}
	if present {
		p[2] = 1
	}
	return p
}

// ack is a packet that is an identifier, and perhaps codes.
func ack(kind byte, id uint16, codes ...byte) []byte {
	p := appendLength([]byte{kind << 4}, 2+len(codes))
	return append(binary.BigEndian.AppendUint16(p, id), codes...)
}

var pingResp = []byte{kindPingResp << 4, 0}
