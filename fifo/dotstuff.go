package fifo

import (
	"bytes"
	"io"
	"net/textproto"
)

// ErrBareNewline is the error of a [DotStuff] if its text contains a CR or an LF that is not part
// of a CR LF. Some receivers end a line there. If a dot follows, they take it for the end of the
// text, and the rest for commands (SMTP smuggling, CVE-2023-51764 and others).
var ErrBareNewline = error(textproto.ProtocolError("bare CR or LF"))

// maxStuffed leaves room in a buffer for a line end that has begun and for the end of the text.
const maxStuffed = bufferSize - 8

// DotStuff returns a producer of the text of p as SMTP, POP3 and NNTP send it (RFC 5321, 4.5.2): a
// line that begins with a dot gets a second dot, a last line without CR LF gets CR LF, and ".\r\n"
// ends the text. An empty text is ".\r\n" alone. A line ends with CR LF and nothing else; a bare CR
// or LF yields [ErrBareNewline] after everything before it was emitted. The result does not depend
// on the pieces of p. Its cost is O(n): it copies the text through a pooled buffer. It owns p, and
// panics if p is nil.
func DotStuff(p Producer) Producer {
	mustNotBeNil(p, "DotStuff")
	return &dotStuffed{filter: filter{p: p}}
}

type dotStuffed struct {
	filter
	cr     bool // a CR came last; it is given out with its LF
	inLine bool
}

func (d *dotStuffed) More() ([]byte, error) {
	out, err := d.take()[:0], error(nil)
	for len(out) == 0 && err == nil { // a piece may be a CR alone, and no bytes would be the end
		d.fill()
		if out, err = d.stuff(out); err == nil {
			err = d.verdict()
		}
	}
	if err == io.EOF {
		out, err = d.end(out)
	}
	return d.give(out, err)
}

func (d *dotStuffed) stuff(out []byte) ([]byte, error) {
	for len(d.rest) > 0 && len(out) < maxStuffed {
		c := d.rest[0]
		switch {
		case d.cr != (c == '\n'):
			return out, ErrBareNewline
		case d.cr:
			out = append(out, "\r\n"...)
			d.cr, d.inLine = false, false
			d.rest = d.rest[1:]
		case c == '\r':
			d.cr = true
			d.rest = d.rest[1:]
		default:
			if c == '.' && !d.inLine {
				out = append(out, '.')
			}
			d.inLine = true
			n := untilNewline(d.rest[:min(len(d.rest), maxStuffed-len(out))])
			out = append(out, d.rest[:n]...)
			d.rest = d.rest[n:]
		}
	}
	return out, nil
}

// end adds what ends the text.
func (d *dotStuffed) end(out []byte) ([]byte, error) {
	if d.cr {
		return out, ErrBareNewline
	}
	if d.inLine {
		out = append(out, "\r\n"...)
	}
	return append(out, ".\r\n"...), io.EOF
}

// untilNewline returns the length of p before the first CR or LF. All that it looks at twice is
// copied or refused.
func untilNewline(p []byte) int {
	if i := bytes.IndexByte(p, '\r'); i >= 0 {
		p = p[:i]
	}
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		p = p[:i]
	}
	return len(p)
}
