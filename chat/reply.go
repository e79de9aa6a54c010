package chat

import (
	"errors"
	"fmt"
)

// ErrReply is returned by [Replies.Add] for a line that is not part of a reply: without a code of
// three digits, or with another code than the lines before it.
var ErrReply = errors.New("chat: malformed reply")

// PushReply pushes a reply in the format of SMTP and FTP: each line begins with a code of three
// digits and a hyphen, the last one with the code and a blank: "250-first", "250 last". Without
// lines, the reply is the code and a blank. A line with CR, LF or NUL is refused and logged as by
// [Channel.PushLine], and nothing is pushed. It panics if code is not from 100 to 999.
func (c *Channel) PushReply(code int, lines ...string) error {
	reply, err := appendReply(nil, code, lines)
	if err != nil {
		return c.unsent("PushReply", err)
	}
	return c.Push(reply)
}

func appendReply(dst []byte, code int, lines []string) ([]byte, error) {
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("chat: a reply with code %d", code))
	}
	if len(lines) == 0 {
		lines = []string{""}
	}
	if err := checkLine(lines...); err != nil {
		return nil, err
	}
	for i, line := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		dst = fmt.Appendf(dst, "%d%s%s\r\n", code, mark, line)
	}
	return dst, nil
}

// Replies reads replies, line by line: pass each line to Add, for example from [Reads] or
// [Conversation.ReadLine]. The zero value is ready. A reply is bounded by MaxElement for each line
// and by 1000 lines.
type Replies struct {
	code  int
	lines []string
}

// maxReplyLines bounds the lines of one reply, which a client keeps until the last.
const maxReplyLines = 1000

// Add takes the next line, without its end, and copies it. At the last line of a reply it returns
// the code and all lines, which the caller then owns. Before the last line it returns a code of 0.
// After the last line, and after [ErrReply], the next line begins a new reply. After ErrReply a
// client should close.
func (r *Replies) Add(line []byte) (code int, lines []string, err error) {
	code, last, ok := replyCode(line)
	if !ok || r.code != 0 && code != r.code || len(r.lines) == maxReplyLines {
		*r = Replies{}
		return 0, nil, ErrReply
	}
	r.code, r.lines = code, append(r.lines, string(line[min(4, len(line)):]))
	if !last {
		return 0, nil, nil
	}
	lines = r.lines
	*r = Replies{}
	return code, lines, nil
}

// replyCode returns the code of a line, and whether it is the last one. RFC 5321, 4.2 allows a code
// alone.
func replyCode(line []byte) (code int, last, ok bool) {
	if len(line) < 3 || line[0] < '1' || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false, false
	}
	for _, b := range line[:3] {
		if b < '0' || b > '9' {
			return 0, false, false
		}
		code = 10*code + int(b-'0')
	}
	return code, len(line) == 3 || line[3] == ' ', true
}

// ReadReply returns the next reply as [Replies] reads it: its code, and its lines.
func (v *Conversation) ReadReply() (code int, lines []string, err error) {
	var r Replies
	for {
		line, err := v.ReadUntil(lineEnd)
		if err != nil {
			return 0, nil, err
		}
		if code, lines, err := r.Add(line); err != nil || code != 0 {
			return code, lines, err
		}
	}
}
