package terminator

import (
	"encoding/binary"
	"fmt"
)

// Varint ends an element by the length in front of it, an unsigned varint: seven bits per byte, the
// lowest first, as in Protocol Buffers. A varint that is longer than necessary, or exceeds 64 bits,
// is [ErrSyntax]. For other layouts with a varint see [Prefix].
func Varint() Terminator { return PrefixedBy(protobuf) }

var protobuf = Prefix{Size: binary.MaxVarintLen64, Varint: true, Strip: -1}

// AppendVarint appends payload, with its length in front, to dst, in the format that [Varint]
// reads.
func AppendVarint(dst, payload []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(payload))), payload...)
}

func (p Prefix) appendVarint(dst, payload []byte) ([]byte, error) {
	if p.Size < 1 || p.Size > binary.MaxVarintLen64 || p.Offset != 0 || p.Strip != -1 {
		panic(fmt.Sprintf("terminator: Append to %+v: Offset is 0 and Strip is -1", p))
	}
	n := int64(len(payload)) - p.Adjustment
	if n < 0 || p.Size < binary.MaxVarintLen64 && n>>(7*p.Size) != 0 {
		return dst, ErrTooLong
	}
	return append(binary.AppendUvarint(dst, uint64(n)), payload...), nil
}

func (p *prefix) parseVarint(buf []byte) (size int, body, strip int64, err error) {
	field := buf[min(p.Offset, len(buf)):]
	field = field[:min(p.Size, len(field))]
	n, size := binary.Uvarint(field)
	switch {
	case size == 0 && len(field) < p.Size:
		return 0, 0, 0, nil
	case size <= 0, !p.Padded && size > 1 && field[size-1] == 0:
		return 0, 0, 0, ErrSyntax
	}
	if size += p.Offset; p.Strip < 0 {
		return p.claims(size, n, size)
	}
	return p.claims(size, n, p.Strip)
}
