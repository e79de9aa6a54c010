package terminator

// told is what the last Next has come to beside its results.
type told uint8

const (
	toldTooLong told = 1 << iota // an element over its limit, which is dropped
	toldSkipped                  // the end of such an element
)

// SetLimit bounds elements to limit bytes, without their delimiters; 0 means no limit. The first
// limit bytes of a longer element are returned as usual, except if a length in the stream announces
// a longer element. Then, if skip is false, Next stops and Err returns [ErrTooLong]. If skip is
// true, the rest of the element and its delimiter are deleted, without found, and the stream goes
// on with the next element; [Matcher.TooLong] and [Matcher.Skipped] report it. The limit trips at
// the same byte however the stream is split. Under Length and None the limit has no effect: the
// program has chosen the length, and under None an element does not end. Under [Split] the limit
// bounds the buffered bytes of a token, and skip has no effect.
func (m *Matcher) SetLimit(limit int64, skip bool) {
	m.max, m.skip = max(limit, 0), skip
}

// Limit returns the limit set with SetLimit; 0 means no limit.
func (m *Matcher) Limit() int64 { return m.max }

// Skips reports whether the rest of an element over the limit is dropped.
func (m *Matcher) Skips() bool { return m.skip }

// TooLong reports whether the last call of Next met an element over its limit and began to delete
// the rest of it. It is true for one call of Next per element.
func (m *Matcher) TooLong() bool { return m.told&toldTooLong != 0 }

// Skipped reports whether the last call of Next reached the end of a deleted element over the
// limit: the caller may then set the next terminator. If Skipped is true after a call that returned
// only zeros, call Next again.
func (m *Matcher) Skipped() bool { return m.told&toldSkipped != 0 }

// tooLong is the extension of every matcher that stopped at an element over its limit, so that
// peers can cause no allocation by that. One with a fault is never written to.
var tooLong = extension{err: ErrTooLong}

// over deals with an element that exceeds the limit, and reports whether the rest of it is dropped.
func (m *Matcher) over() bool {
	m.fast = other
	if !m.skip {
		m.stop(ErrTooLong)
		return false
	}
	m.dropping = true
	m.told |= toldTooLong
	return true
}

// dropped says that the element has ended, which was dropped if it was over its limit.
func (m *Matcher) dropped() {
	if m.dropping {
		m.dropping = false
		m.told |= toldSkipped
	}
}
