package chat

import (
	"errors"
	"fmt"
)

// ErrLineBreak is returned by [Channel.PushLine] for an argument that would end the line, or that C
// programs would take for its end.
var ErrLineBreak = errors.New("chat: argument contains CR, LF or NUL")

// PushLine pushes a line: the arguments, separated by single spaces, and CR LF. What comes from
// elsewhere cannot begin a line of its own, and with it a command or a header: an argument with a
// CR, LF or NUL byte in it is an error that wraps [ErrLineBreak], and nothing is pushed. Spaces
// within an argument, and empty arguments, are sent as they are. Otherwise it is PushString for the
// whole line, without joining it first, and has its errors.
func (c *Channel) PushLine(args ...string) error {
	for i, arg := range args {
		if j := indexBreak(arg); j >= 0 {
			return fmt.Errorf("chat: PushLine: argument %d of %d, byte %d: %w", i+1,
				len(args), j, ErrLineBreak)
		}
	}
	if err := c.admit(); err != nil {
		return err
	}
	for i, arg := range args {
		if i > 0 {
			c.queue.PushString(" ")
		}
		c.queue.PushString(arg)
	}
	return c.queue.PushString("\r\n")
}

// indexBreak returns the index of the first byte that has no place in a line, or -1.
func indexBreak(s string) int {
	for i := range len(s) {
		switch s[i] {
		case '\r', '\n', 0:
			return i
		}
	}
	return -1
}
