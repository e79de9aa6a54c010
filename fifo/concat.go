package fifo

import (
	"io"
	"os"
	"slices"
)

// Concat returns a producer of the output of its parts, one after the other. It owns the parts: it
// closes each part before the next one begins, and the remaining parts when it is closed itself. If
// a part fails, the producer fails. Each piece leaves in a write of its own, so push small data in
// memory directly instead. It panics if a part is nil.
func Concat(parts ...Producer) Producer {
	for _, p := range parts {
		mustNotBeNil(p, "Concat")
	}
	return &concat{parts: slices.Clone(parts)}
}

type concat struct {
	parts []Producer
	ended bool // the first part, but its last piece may still be being sent
}

func (c *concat) More() ([]byte, error) {
	for {
		c.drop()
		if len(c.parts) == 0 {
			return nil, io.EOF
		}
		data, err := c.parts[0].More()
		if err == nil && len(data) == 0 {
			err = io.EOF
		}
		if err == io.EOF && len(c.parts) > 1 { // the last one's end is that of the whole, beside its data
			c.ended, err = true, nil
		}
		if len(data) > 0 || err != nil {
			return data, err
		}
	}
}

// drop closes the first part if it has ended. Its Close may close c.
func (c *concat) drop() {
	if c.ended {
		c.ended = false
		c.shift(nil)
	}
}

// shift takes the first part away before it closes it, so that it is not closed twice.
func (c *concat) shift(cause error) {
	if len(c.parts) > 0 {
		p := c.parts[0]
		c.parts[0] = nil
		c.parts = c.parts[1:]
		Discard(p, cause)
	}
}

func (c *concat) part() (*os.File, int64, int64) {
	c.drop()
	if len(c.parts) == 0 {
		return nil, 0, 0
	}
	return part(c.parts[0])
}

func (c *concat) advance(n int64) { c.parts[0].(fileBacked).advance(n) }

func (c *concat) Close() error { return c.CloseWithError(nil) }

func (c *concat) CloseWithError(cause error) error {
	for len(c.parts) > 0 {
		c.shift(cause)
	}
	return nil
}
