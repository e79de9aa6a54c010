package terminator

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// A Prefix describes frames that begin with their length: Offset bytes, a length field of Size
// bytes, and then as many bytes as the field says plus Adjustment. The first Strip bytes of the
// frame are not part of the element.
type Prefix struct {
	Size         int  // bytes of the length field, 1 to 8; with Varint the maximum, 1 to 10
	LittleEndian bool // the least significant byte comes first; otherwise the most significant
	Offset       int  // bytes before the length field
	// Added to the length in the field. If the field counts the whole frame, set -(Offset + Size).
	Adjustment int64
	// Bytes deleted at the beginning of the frame. -1, only with Varint, means all bytes up to the end
	// of the field.
	Strip int
	// The field is an unsigned varint: seven bits per byte, the lowest first; the eighth bit means
	// that another byte follows. LittleEndian is ignored then.
	Varint bool
	// A Varint may be longer than necessary, as in MQTT 3.1.1. If two peers read such a varint
	// differently, an attacker can exploit the difference.
	Padded bool
}

// Prefixed ends an element by the length in front of it, a big-endian field of size bytes, from 1
// to 8. The field is not part of the element. An element of length 0 fires without a collect. It
// panics if size is not from 1 to 8.
func Prefixed(size int) Terminator { return PrefixedBy(Prefix{Size: size, Strip: size}) }

// PrefixedBy ends an element by the length field that p describes. For the simplest layout use
// Prefixed. A length that is too large for int64 is [ErrTooLong], and one that is negative with
// Adjustment is [ErrSyntax]. A claimed length is first compared with the limit of
// [Matcher.SetLimit], and reserves no memory. A varint of more than Size bytes, or, without Padded,
// a longer varint than necessary, is [ErrSyntax]. It panics if Size is not from 1 to 8 (from 1 to
// 10 with Varint), and if Offset or Strip is negative (except a Strip of -1 with Varint).
func PrefixedBy(p Prefix) Terminator {
	most, least := 8, 0
	if p.Varint {
		most, least = binary.MaxVarintLen64, -1
	}
	if p.Size < 1 || p.Size > most || p.Offset < 0 || p.Offset > math.MaxInt32-most ||
		p.Strip < least {
		panic(fmt.Sprintf("terminator: PrefixedBy(%+v): Size is 1 to %d, "+
			"Offset and Strip are not negative", p, most))
	}
	return of(&prefix{p})
}

// Append appends payload to dst as a frame that [PrefixedBy] reads. If the length does not fit into
// the field, it returns the unchanged dst and [ErrTooLong]. It panics unless the header consists
// only of the field, and Strip deletes it.
func (p Prefix) Append(dst, payload []byte) ([]byte, error) {
	if p.Varint {
		return p.appendVarint(dst, payload)
	}
	if p.Size < 1 || p.Size > 8 || p.Offset != 0 || p.Strip != p.Size {
		panic(fmt.Sprintf("terminator: Append to %+v: Offset is 0 and Strip is Size", p))
	}
	n := int64(len(payload)) - p.Adjustment
	if n < 0 || p.Size < 8 && n>>(8*p.Size) != 0 {
		return dst, ErrTooLong
	}
	var field [8]byte
	if p.LittleEndian {
		binary.LittleEndian.PutUint64(field[:], uint64(n))
		dst = append(dst, field[:p.Size]...)
	} else {
		binary.BigEndian.PutUint64(field[:], uint64(n))
		dst = append(dst, field[8-p.Size:]...)
	}
	return append(dst, payload...), nil
}

type prefix struct{ Prefix }

func (p *prefix) end() string { return "" }

func (p *prefix) String() string {
	if p.Prefix == protobuf {
		return "Varint()"
	}
	return fmt.Sprintf("PrefixedBy(%+v)", p.Prefix)
}

func (p *prefix) equal(r rule) bool {
	q, ok := r.(*prefix)
	return ok && *p == *q
}

func (p *prefix) parse(buf []byte) (size int, body, strip int64, err error) {
	if p.Varint {
		return p.parseVarint(buf)
	}
	size = p.Offset + p.Size
	if len(buf) < size {
		return 0, 0, 0, nil
	}
	var n uint64
	for i := range p.Size {
		b := buf[p.Offset+i]
		if p.LittleEndian {
			b = buf[size-1-i]
		}
		n = n<<8 | uint64(b)
	}
	return p.claims(size, n, p.Strip)
}

// claims is what a length field says.
func (p *prefix) claims(size int, n uint64, strip int) (int, int64, int64, error) {
	if n > math.MaxInt64 || p.Adjustment > 0 && int64(n) > math.MaxInt64-p.Adjustment {
		return 0, 0, 0, ErrTooLong
	}
	return size, int64(n) + p.Adjustment, int64(strip), nil
}

// Netstring ends an element as D. J. Bernstein's netstrings do: "5:hello,". The length is decimal,
// without leading zeros. Any other length is [ErrSyntax], and so is any byte other than a comma
// after the element. The element ends only when the comma has come.
func Netstring() Terminator { return of(netstring{}) }

// AppendNetstring appends payload to dst as a netstring, as [Netstring] reads it.
func AppendNetstring(dst, payload []byte) []byte {
	dst = append(strconv.AppendInt(dst, int64(len(payload)), 10), ':')
	return append(append(dst, payload...), ',')
}

type netstring struct{}

func (netstring) end() string         { return "," }
func (netstring) String() string      { return "Netstring()" }
func (n netstring) equal(r rule) bool { return r == rule(n) }

// maxDigits is the length of the largest int64.
const maxDigits = 19

func (netstring) parse(buf []byte) (size int, body, strip int64, err error) {
	for i, b := range buf {
		switch {
		case b == ':' && i > 0:
			body, err = ParseLength(buf[:i], -1)
			return i + 1, body, int64(i + 1), err
		case b < '0' || b > '9' || i == 1 && buf[0] == '0':
			return 0, 0, 0, ErrSyntax
		case i == maxDigits:
			return 0, 0, 0, ErrTooLong
		}
	}
	return 0, 0, 0, nil
}

// ErrLineBreak is returned if a line to be sent contains a carriage return, a line feed or a NUL.
// chat.ErrLineBreak is the same value.
var ErrLineBreak = errors.New("CR, LF or NUL inside a line")

// AppendLine appends words, with a space between each two, and "\r\n" to dst. If a word contains
// CR, LF or NUL, which could inject another line, it returns the unchanged dst and [ErrLineBreak].
func AppendLine(dst []byte, words ...string) ([]byte, error) {
	before := len(dst)
	for i, w := range words {
		for j := range len(w) {
			if b := w[j]; b == '\r' || b == '\n' || b == 0 {
				return dst[:before], ErrLineBreak
			}
		}
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, w...)
	}
	return append(dst, '\r', '\n'), nil
}
