package terminator

import "bytes"

// Waits reports whether no part of the next element has come yet. It works for [Line], and for a
// [String] of at most 32 bytes; for other terminators it returns false.
func (m *Matcher) Waits() bool { return m.got == 0 && (m.fast == short || m.fast == line) }

// Has reports whether t is in force and Set would change nothing, for package chat. It works for
// the terminators of Whole; for others it returns false.
func (m *Matcher) Has(t *Terminator) bool { return m.got == 0 && m.isOf(t) }

// FindsWhole reports whether Whole can find elements of this terminator, for package chat.
func (m *Matcher) FindsWhole() bool { return m.fast != other }

// Whole is a fast path of Next for a buffer that begins with a whole element, under [Line],
// [Length] and a [String] of at most 32 bytes. It returns the length of the element without and
// with its delimiter. It returns 0 and 0, and changes nothing, for any other terminator, for an
// element that has begun or does not end in buf, and for an element over the limit: call Next then.
//
// Whole is for package chat: other users need only Next.
func (m *Matcher) Whole(buf []byte) (element, size int) {
	if m.got > 0 {
		return 0, 0
	}
	which := int32(0)
	switch m.fast {
	case short:
		delim := m.term.delim
		size = bytes.IndexByte(buf, delim[len(delim)-1]) + 1
		element = size - len(delim)
		if element < 0 || len(delim) > 1 && (buf[element] != delim[0] ||
			len(delim) > 2 && string(buf[element:size]) != delim) {
			return 0, 0
		}
	case line:
		element = bytes.IndexByte(buf, '\n')
		if size = element + 1; size == 0 {
			return 0, 0
		}
		if which = 1; element > 0 && buf[element-1] == '\r' {
			element, which = element-1, 0
		}
	case length:
		n := ^m.term.length
		if n > int64(len(buf)) {
			return 0, 0
		}
		element, size, which = int(n), int(n), m.which
	default:
		return 0, 0
	}
	if m.max > 0 && int64(element) > m.max {
		return 0, 0
	}
	m.which = which
	return element, size
}
