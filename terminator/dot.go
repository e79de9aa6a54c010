package terminator

import (
	"bytes"
	"fmt"
	"net/textproto"
)

// A NewlinePolicy decides what happens to a carriage return or line feed that is not part of a
// "\r\n". It matters for text between programs, which have to agree on the end of the text.
type NewlinePolicy uint8

const (
	// RejectBare makes a bare CR or LF an error, [ErrBareNewline]. Under the other policies, readers
	// of the text may find different ends.
	RejectBare NewlinePolicy = iota
	// PassBare takes a bare CR or LF as data.
	PassBare
	// NormalizeBare collects "\r\n" in the place of a bare CR or LF. After such a line end, a stuffed
	// dot is removed as usual, but a single dot does not end the text.
	NormalizeBare
)

// ErrBareNewline reports a carriage return or line feed that is not part of a "\r\n". It equals
// fifo.ErrBareNewline: both are the same error of package textproto, so neither package imports the
// other.
var ErrBareNewline = error(textproto.ProtocolError("bare CR or LF"))

// Dot ends an element at a line that is a single dot, as the text of SMTP, NNTP and POP3 does:
// "\r\n.\r\n", or ".\r\n" at the beginning. All lines are collected with their "\r\n", and without
// stuffed dots. Only "\r\n" is a line end.
func Dot(bare NewlinePolicy) Terminator { return of(dot(bare)) }

type dot NewlinePolicy

func (d dot) equal(r rule) bool { return r == rule(d) }

func (d dot) String() string {
	names := [...]string{"RejectBare", "PassBare", "NormalizeBare"}
	if int(d) < len(names) {
		return "Dot(" + names[d] + ")"
	}
	return fmt.Sprintf("Dot(%d)", d)
}

// The places of a text. A "\r" is left in the input until what follows is there, so only a limit
// can cut after it.
const (
	atTextStart phase = iota
	atLineStart
	atBareStart // after a bare newline that was normalised
	inLine
	afterCR
)

func (d dot) next(m *Matcher, buf []byte) (collect, skip int, found bool) {
	if len(buf) == 0 {
		return 0, 0, false
	}
	if m.phase <= atBareStart && buf[0] == '.' {
		return d.dotted(m, buf)
	}
	behind := phase(0)
	n := d.span(buf)
	switch {
	case m.phase == afterCR && buf[0] == '\n':
		n, behind = 1, atLineStart
	case n == 0 && (len(buf) > 1 || buf[0] == '\n'):
		return d.bare(m, buf)
	case n == 0 && !m.eof:
		return 0, 0, false // a "\r"
	case n == 0:
		n = 1
	}
	return m.text(buf, n, behind)
}

// text gives out or deletes the first n bytes of buf, as far as the limit lets it. behind is the
// place after them, 0 if they tell.
func (m *Matcher) text(buf []byte, n int, behind phase) (collect, skip int, found bool) {
	if room := m.max - m.got; m.max > 0 && !m.dropping && int64(n) > room {
		if room > 0 {
			n, behind = int(room), 0
		} else if !m.over() {
			return 0, 0, false
		}
	}
	if m.phase = behind; behind == 0 {
		m.phase = phaseBehind(buf[:n])
	}
	if m.dropping {
		return 0, n, false
	}
	m.got += int64(n)
	return n, 0, false
}

// dotted looks at a line that begins with a dot.
func (d dot) dotted(m *Matcher, buf []byte) (collect, skip int, found bool) {
	switch {
	case len(buf) == 1 || buf[1] == '\r' && len(buf) == 2:
		if m.eof {
			return m.text(buf, len(buf), 0)
		}
		return 0, 0, false
	case buf[1] == '\r' && buf[2] == '\n' && m.phase != atBareStart:
		found = !m.dropping
		m.got, m.phase, m.which = 0, atTextStart, 0
		m.dropped()
		return 0, 3, found
	case m.phase == atBareStart && (buf[1] == '\r' || buf[1] == '\n'):
		m.phase = inLine // a dot alone after a bare newline: nobody stuffed it, and it ends nothing
		return d.next(m, buf)
	default:
		m.phase = inLine
		return 0, 1, false
	}
}

// span returns how many bytes at the beginning of buf are text: up to a dot at the beginning of a
// line, a bare newline that the policy does not pass, or a "\r" of which nobody knows yet.
func (d dot) span(buf []byte) int {
	switch d {
	case dot(NormalizeBare):
		return lineSpan(buf)
	case dot(PassBare):
		return passSpan(buf)
	}
	n, ends := 0, 0 // line ends before n
	for {
		o := bytes.IndexByte(buf[n:], '\n')
		if o < 0 {
			n = whole(buf)
			break
		}
		if n += o + 1; n < 2 || buf[n-2] != '\r' {
			n--
			break
		}
		if ends++; n < len(buf) && buf[n] == '.' {
			break
		}
	}
	if bytes.Count(buf[:n], []byte{'\r'}) == ends {
		return n
	}
	return firstBareCR(buf[:n])
}

// passSpan goes from line to line, and leaves the search to bytes.Index where most line feeds are
// bare.
func passSpan(buf []byte) int {
	for n, bare := 0, 0; bare <= (n+16)/8; {
		o := bytes.IndexByte(buf[n:], '\n')
		if o < 0 {
			return whole(buf)
		}
		if n += o + 1; n < 2 || buf[n-2] != '\r' {
			bare++
		} else if n < len(buf) && buf[n] == '.' {
			return n
		}
	}
	if o := bytes.Index(buf, []byte("\r\n.")); o >= 0 {
		return o + 2
	}
	return whole(buf)
}

// whole is the span of all of buf, but for a "\r" of which nobody knows yet.
func whole(buf []byte) int { return len(bytes.TrimSuffix(buf, []byte{'\r'})) }

// lineSpan looks at no byte after the first bare newline: it is called again for each of them.
func lineSpan(buf []byte) int {
	for i := 0; i < len(buf); i++ {
		switch {
		case buf[i] == '\n':
			return i
		case buf[i] != '\r':
		case i+1 == len(buf) || buf[i+1] != '\n':
			return i
		default:
			if i++; i+1 < len(buf) && buf[i+1] == '.' {
				return i + 1
			}
		}
	}
	return len(buf)
}

// firstBareCR returns the place of the first "\r" in buf that no "\n" follows.
func firstBareCR(buf []byte) int {
	for i := 0; ; i++ {
		o := bytes.IndexByte(buf[i:], '\r')
		if o < 0 {
			return len(buf)
		}
		if i += o; i+1 == len(buf) || buf[i+1] != '\n' {
			return i
		}
	}
}

// bare deals with a newline that is not "\r\n".
func (d dot) bare(m *Matcher, buf []byte) (collect, skip int, found bool) {
	if d == dot(RejectBare) {
		return m.fail(ErrBareNewline)
	}
	if m.max > 0 && !m.dropping && m.got+2 > m.max && !m.over() {
		return 0, 0, false
	}
	m.phase = atBareStart
	if m.dropping {
		return 0, 1, false
	}
	m.got += 2
	x := m.extend()
	x.crlf = [2]byte{'\r', '\n'}
	x.data = x.crlf[:]
	return 1, 0, false
}

func phaseBehind(text []byte) phase {
	switch n := len(text); {
	case text[n-1] == '\r':
		return afterCR
	case text[n-1] == '\n' && n > 1 && text[n-2] == '\r':
		return atLineStart
	default:
		return inLine
	}
}

// AppendDot appends text in the form that [Dot] reads, with dots stuffed, and then the line with
// the single dot. A text that does not end with "\r\n" gets one. If text contains a bare CR or LF,
// at which some readers end lines, it returns the unchanged dst and [ErrBareNewline].
func AppendDot(dst, text []byte) ([]byte, error) {
	before := len(dst)
	for len(text) > 0 {
		o := bytes.IndexByte(text, '\n')
		line := text[:o+1]
		if o < 0 {
			line = text
		}
		body := bytes.TrimSuffix(line, []byte("\r\n"))
		if bytes.ContainsAny(body, "\r\n") {
			return dst[:before], ErrBareNewline
		}
		if line[0] == '.' {
			dst = append(dst, '.')
		}
		dst = append(append(dst, body...), '\r', '\n')
		text = text[len(line):]
	}
	return append(dst, ".\r\n"...), nil
}
