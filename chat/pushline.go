package chat

import (
	"fmt"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// ErrLineBreak is returned if an argument of a line contains CR, LF or NUL. A peer could take any
// of them for the end of the line. The value is that of terminator.ErrLineBreak.
var ErrLineBreak = terminator.ErrLineBreak

// PushLine pushes a line: the arguments, separated by single spaces, and CR LF. If an argument
// contains CR, LF or NUL, PushLine pushes nothing, and returns an error that wraps [ErrLineBreak].
// So untrusted data cannot inject a command or a header. Spaces within an argument, and empty
// arguments, are sent as they are. Otherwise it works as PushString of the whole line, and returns
// the same errors.
//
// A refused line is logged, at most once per second for each loop. Since the peer waits for a line,
// the program should then close the channel or send another line.
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

// WriteLine writes a line as [Channel.PushLine] pushes one. It refuses the same arguments, with an
// error that wraps [ErrLineBreak]. Otherwise it works as WriteString for the whole line.
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
