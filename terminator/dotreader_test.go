package terminator_test

import (
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// What a dotReader has found at the beginning of what is left.
const (
	text     = iota
	endOfAll // the line with the single dot
	needMore
	bareNewline
)

const (
	lineStart = iota
	behindBare
	inLine
)

// A dotReader is the reference for Dot: it reads byte by byte, with the whole stream before it.
type dotReader struct {
	s        setup
	policy   terminator.NewlinePolicy
	seen     []element
	text     []byte
	place    int
	dropping bool
}

func dotOf(policy terminator.NewlinePolicy) spec {
	return spec{term: terminator.Dot(policy),
		one: func(s setup, rest []byte) ([]element, []byte, bool) {
			d := dotReader{s: s, policy: policy}
			return d.read(string(rest))
		}}
}

// look returns how many bytes the next piece of text has in the stream, and what is to be collected
// for them.
func (d *dotReader) look(rest string) (what, n int, out string) {
	begins := func(s string) bool { return strings.HasPrefix(rest, s) }
	atStart := d.place != inLine
	policy, place := d.policy, d.place
	d.place = inLine
	switch {
	case rest == "", !d.s.eof && (rest == "\r" || atStart && (rest == "." || rest == ".\r")):
		d.place = place
		return needMore, 0, ""
	case rest == "\r", atStart && (rest == "." || rest == ".\r"):
		return text, 1, rest[:1]
	case place == lineStart && begins(".\r\n"):
		return endOfAll, 3, ""
	case place == behindBare && (begins(".\r") || begins(".\n")):
		return text, 1, "."
	case atStart && begins("."):
		return text, 1, ""
	case begins("\r\n"):
		d.place = lineStart
		return text, 2, "\r\n"
	case !begins("\r") && !begins("\n") || policy == terminator.PassBare:
		return text, 1, rest[:1]
	case policy == terminator.NormalizeBare:
		d.place = behindBare
		return text, 1, "\r\n"
	}
	return bareNewline, 0, ""
}

func (d *dotReader) read(rest string) (seen []element, left []byte, stop bool) {
	for {
		switch what, n, out := d.look(rest); what {
		case needMore:
			return append(d.seen, element{string(d.text), ""}), []byte(rest), true
		case bareNewline:
			return append(d.seen, element{string(d.text), terminator.ErrBareNewline.Error()}),
				[]byte(rest), true
		case endOfAll:
			rest = rest[n:]
			if !d.dropping {
				return append(d.seen, element{string(d.text), "found 0"}), []byte(rest), false
			}
			d.seen = append(d.seen, element{"", "skipped"})
			d.dropping, d.place = false, lineStart
		default:
			if part, over := d.take(n, out); over && !d.s.skip {
				return append(d.seen, element{string(d.text), terminator.ErrTooLong.Error()}),
					[]byte(rest[part:]), true
			} else if over {
				d.seen = append(d.seen, element{string(d.text), "too long"})
				d.text, d.dropping = nil, true
			}
			rest = rest[n:]
		}
	}
}

// take collects out for n bytes, and returns how much of it fits if that is not all. A newline that
// was made is not given in parts.
func (d *dotReader) take(n int, out string) (part int, over bool) {
	if d.dropping {
		return 0, false
	}
	if room := int(d.s.limit) - len(d.text); d.s.limit > 0 && len(out) > room {
		if n == len(out) {
			part = room
		}
		d.text = append(d.text, out[:part]...)
		return part, true
	}
	d.text = append(d.text, out...)
	return 0, false
}
