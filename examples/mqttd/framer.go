package main

import (
	"encoding/binary"

	"github.com/go-asynchat/asynchat/terminator"
)

// maxPacket is the longest packet that is taken.
const maxPacket = 256 << 10

// framing ends an element behind a packet: a byte of its kind and flags, the length of what follows
// in one to four bytes of seven bits, the lowest first, and that. The element is all of it.
var framing = terminator.PrefixedBy(terminator.Prefix{
	Offset: 1, Size: 4, Varint: true, Padded: true,
})

// parsePacket splits an element of framing.
func parsePacket(element []byte) packet {
	_, size := binary.Uvarint(element[1:])
	return packet{element[0] >> 4, element[0] & 15, element[1+size:]}
}
