package terminator

import "math"

// A header tells the length of the element after it.
type header interface {
	// parse reads a header at the beginning of buf. size is its length, 0 if buf does not hold all of
	// it; body is the number of bytes after it. The first strip bytes of header and body are not part
	// of the element.
	parse(buf []byte) (size int, body int64, strip int64, err error)
	// end is what must follow the body.
	end() string
}

const (
	atHeader phase = iota
	inBody
)

// nextCounted is Next for elements that a header counts. The limit is looked at before a byte of
// the body has arrived, and nothing is reserved for what a header claims.
func (m *Matcher) nextCounted(h header, buf []byte) (collect, skip int, found bool) {
	if m.phase == atHeader {
		size, body, strip, err := h.parse(buf)
		if err != nil {
			return m.fail(err)
		}
		if size == 0 {
			return 0, 0, false
		}
		if body > math.MaxInt64-int64(size) {
			return m.fail(ErrTooLong)
		}
		whole := int64(size) + body
		if body < 0 || strip > whole {
			return m.fail(ErrSyntax)
		}
		if m.max > 0 && whole-strip > m.max && !m.over() {
			return 0, 0, false
		}
		m.phase, m.left, m.got = inBody, whole, -strip
	}
	return m.nextBody(h.end(), buf)
}

// nextBody gives out or deletes what is left of the element, and what must follow it. A negative
// got counts bytes to strip.
func (m *Matcher) nextBody(end string, buf []byte) (collect, skip int, found bool) {
	n := min(m.left, int64(len(buf)))
	switch {
	case m.dropping:
		skip = int(n)
	case m.got < 0:
		n = min(n, -m.got)
		m.got += n
		skip = int(n)
	default:
		m.got += n
		collect = int(n)
	}
	m.left -= n
	if m.left > 0 || len(buf) < int(n)+len(end) {
		return collect, skip, false
	}
	if string(buf[n:int(n)+len(end)]) != end {
		if collect+skip > 0 {
			return collect, skip, false // told by the next call
		}
		return m.fail(ErrSyntax)
	}
	found = !m.dropping
	m.phase, m.got, m.which = atHeader, 0, 0
	m.dropped()
	return collect, skip + len(end), found
}
