package chat

import (
	"fmt"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// ErrLineBreak is returned for an argument of a line that would end it, or that C programs would
// take for its end. It is terminator.ErrLineBreak.
var ErrLineBreak = terminator.ErrLineBreak

// PushLine pushes a line: the arguments, separated by single spaces, and CR LF. So data from
// elsewhere cannot inject a line, and with it a command or a header: an argument with a CR, LF or
// NUL byte in it is an error that wraps [ErrLineBreak], and nothing is pushed. Spaces within an
// argument, and empty arguments, are sent as they are. Otherwise it is PushString for the whole
// line, without joining it first, and has its errors.
//
// A refused line is logged too, at most once a second for each loop: the peer waits for the line
// that was not sent. A program that does not close the channel then should at least send something
// else.
func (c *Channel) PushLine(args ...string) error {
	if err := checkLine(args...); err != nil {
		return c.unsent("PushLine", err)
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

// unsent logs that a line is not sent, and returns why.
func (c *Channel) unsent(call string, why error) error {
	err := fmt.Errorf("chat: %s: %w", call, why)
	if missed, ok := onLoopOf(c.Loop()).unsent.allow(ErrLineBreak, c.Loop().Now()); ok {
		c.Logger().Warn("line not sent", "error", err.Error(), "unlogged", missed)
	}
	return err
}

// WriteLine writes a line as [Channel.PushLine] pushes one, and refuses what that refuses: with an
// error that wraps [ErrLineBreak], and nothing is written. Otherwise it is WriteString for the
// whole line.
func (v *Conversation) WriteLine(args ...string) error {
	if err := checkLine(args...); err != nil {
		return fmt.Errorf("chat: WriteLine: %w", err)
	}
	_, err := v.WriteString(strings.Join(args, " ") + "\r\n")
	return err
}

// checkLine returns an error if an argument has a byte that has no place in a line.
func checkLine(args ...string) error {
	for i, arg := range args {
		if j := strings.IndexAny(arg, "\r\n\x00"); j >= 0 {
			return fmt.Errorf("argument %d of %d, byte %d: %w", i+1, len(args), j, ErrLineBreak)
		}
	}
	return nil
}
