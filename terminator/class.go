package terminator

import "fmt"

// Class ends an element at the first byte that occurs in chars. [Matcher.Matched] returns the index
// in chars. It works as Any of these bytes, but the cost per byte of input does not depend on the
// length of chars. Class("") is [None].
func Class(chars string) Terminator {
	if chars == "" {
		return None
	}
	c := &class{chars: chars}
	for i := len(chars) - 1; i >= 0; i-- { // of equal ones the first counts
		c.index[chars[i]] = int32(i) + 1
	}
	return of(c)
}

type class struct {
	chars string
	index [256]int32 // 1 + index in chars; 0: not in it
}

func (c *class) next(m *Matcher, buf []byte) (collect, skip int, found bool) {
	for i, b := range buf {
		if which := c.index[b]; which != 0 {
			return m.delimited(len(buf), i, 1, int(which-1), 0)
		}
	}
	return m.delimited(len(buf), len(buf), 0, 0, 0)
}

func (c *class) equal(r rule) bool {
	d, ok := r.(*class)
	return ok && c.chars == d.chars
}

func (c *class) String() string { return fmt.Sprintf("Class(%q)", c.chars) }
