package chattest_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A framerFunc is a framer without state.
type framerFunc func(buf []byte, eof bool) (terminator.Step, error)

func (f framerFunc) Next(buf []byte, eof bool) (terminator.Step, error) { return f(buf, eof) }

// semicolon ends elements at a semicolon, and may be wrong in one way.
func semicolon(fault string) terminator.Terminator {
	return terminator.Custom(func() terminator.Framer { return newSemicolon(fault) })
}

func newSemicolon(fault string) framerFunc {
	var kept []byte
	calls := 0
	return func(buf []byte, eof bool) (terminator.Step, error) {
		calls++
		if fault == "keeps its input" && len(kept) > 0 && !bytes.HasPrefix(buf, kept) && len(buf) > 0 {
			kept = nil
			return terminator.Step{Collect: len(buf), Data: []byte("lost")}, nil
		}
		i := bytes.IndexByte(buf, ';')
		switch {
		case i >= 0 && fault == "changes its input":
			buf[i] = '.'
		case i >= 0 && fault == "reaches beyond":
			return terminator.Step{Collect: i, Skip: 9, Found: true}, nil
		case i >= 0 && fault == "goes nowhere":
			return terminator.Step{Found: true}, nil
		case i < 0 && fault == "takes a piece for an element" && len(buf) > 0:
			return terminator.Step{Collect: len(buf), Found: true}, nil
		case i < 0 && fault == "keeps its input":
			kept = buf
			return terminator.Step{}, nil
		case i < 0 && fault == "counts calls at the end":
			switch {
			case !eof:
				return terminator.Step{}, nil
			case calls > 2:
				return terminator.Step{Skip: len(buf)}, nil
			}
			return terminator.Step{Collect: len(buf)}, nil
		case i < 0 && fault == "loses the end" && eof:
			return terminator.Step{Skip: len(buf)}, nil
		case i < 0 && fault == "loses the end":
			return terminator.Step{}, nil
		case i < 0:
			return terminator.Step{Collect: len(buf)}, nil
		}
		calls, kept = 0, nil
		return terminator.Step{Collect: i, Skip: 1, Found: true}, nil
	}
}

// shared counts in a framer that all streams have in common: it ends an element after every third
// byte. One after the other that goes well.
func shared() terminator.Terminator {
	var n int
	f := framerFunc(func(buf []byte, _ bool) (terminator.Step, error) {
		if len(buf) == 0 {
			return terminator.Step{}, nil
		}
		n++
		return terminator.Step{Collect: 1, Found: n%3 == 0}, nil
	})
	return terminator.Custom(func() terminator.Framer { n = 0; return f })
}

func TestTestTerminator(t *testing.T) {
	for _, good := range []terminator.Terminator{
		semicolon(""), terminator.None, crlf, terminator.Line(), terminator.Length(3),
		terminator.Netstring(), terminator.Varint(),
		terminator.Prefixed(2), terminator.Any("ab", "abc", "\r\n"), terminator.Class(";,"),
		terminator.Dot(terminator.RejectBare),
		terminator.Dot(terminator.NormalizeBare), terminator.Split(bufio.ScanLines),
		terminator.Split(bufio.ScanWords),
		terminator.String(strings.Repeat("a", 40) + "b"),
	} {
		expectSuccess(t, good.String(), func(tb testing.TB) {
			chattest.TestTerminator(tb, good, "", "a;bc;;d", "3:abc,0:,", "\x00\x03abc\x00",
				"a\r\n..b\r\n.\r\nc\n", strings.Repeat("a", 41)+"b")
		})
	}
	for fault, word := range map[string]string{
		"changes its input":            "Next has made",
		"reaches beyond":               "beyond its input",
		"goes nowhere":                 "fires on no bytes",
		"takes a piece for an element": "give something else than the whole",
		"keeps its input":              "give something else than the whole",
		"counts calls at the end":      "end of stream true",
	} {
		expectFailure(t, fault,
			func(tb testing.TB) { chattest.TestTerminator(tb, semicolon(fault), "a;bc;;def") }, word)
	}
	expectFailure(t, "a framer shared by streams", func(tb testing.TB) {
		chattest.TestTerminator(tb, shared(), "abc", "abcdefg")
	},
		"read beside others")
}

func splitSemicolons(b []byte) [][]byte { return bytes.Split(b, []byte(";")) }

func TestReference(t *testing.T) {
	words := chattest.Words(";a", 6)
	expectSuccess(t, "semicolons", func(tb testing.TB) {
		chattest.Reference(tb, semicolon(""), splitSemicolons, words)
	})
	expectSuccess(t, "no elements", func(tb testing.TB) {
		chattest.Reference(tb, terminator.None, func([]byte) [][]byte { return nil },
			slices.Values([]string{""}))
	})
	expectFailure(t, "the end lost", func(tb testing.TB) {
		chattest.Reference(tb, semicolon("loses the end"), splitSemicolons, words)
	},
		`the stream "a" in the pieces ["a"]`, `want unfinished "a"`)
	expectFailure(t, "another delimiter", func(tb testing.TB) {
		chattest.Reference(tb, terminator.Class(";a"), splitSemicolons, words)
	},
		`the stream "a"`)
	chattest.Reference(t, crlf, func(b []byte) [][]byte { return bytes.Split(b, []byte("\r\n")) },
		chattest.Words("\r\na", 6))
}

func TestRoundTrip(t *testing.T) {
	netstring := func(dst, payload []byte) ([]byte, error) {
		return terminator.AppendNetstring(dst, payload), nil
	}
	expectSuccess(t, "netstrings", func(tb testing.TB) {
		chattest.RoundTrip(tb, terminator.Netstring(), netstring, chattest.Words(":,1", 4))
	})
	expectSuccess(t, "dotted text", func(tb testing.TB) {
		chattest.RoundTrip(tb, terminator.Dot(terminator.RejectBare),
			func(dst, payload []byte) ([]byte, error) {
				if !bytes.HasSuffix(payload, []byte("\r\n")) {
					return nil, errors.New("no whole lines, which AppendDot would complete")
				}
				return terminator.AppendDot(dst, payload)
			}, chattest.Words("\r\n.", 5))
	})
	unstuffed := func(dst, payload []byte) ([]byte, error) {
		if len(payload) > 0 && !bytes.HasSuffix(payload, []byte("\r\n")) {
			return nil, errors.New("no whole lines")
		}
		return append(append(dst, payload...), ".\r\n"...), nil
	}
	expectFailure(t, "dots that are not stuffed", func(tb testing.TB) {
		chattest.RoundTrip(tb, terminator.Dot(terminator.PassBare), unstuffed,
			chattest.Words("\r\n.a", 4))
	}, "is read otherwise")
}

// A piecemeal producer gives out abcdef in pieces, and may be wrong in one way.
type piecemeal struct {
	rest   string
	fault  string
	buf    [8]byte
	closed int
	tries  int
}

func (p *piecemeal) More() ([]byte, error) {
	if p.tries++; p.tries%2 == 1 || p.fault == "never ready" {
		return nil, fifo.ErrNotReady
	}
	if p.fault == "fails" && p.rest == "ef" {
		return nil, errors.New("disk on fire")
	}
	n := copy(p.buf[:2], p.rest)
	if p.rest = p.rest[n:]; n == 0 {
		return nil, io.EOF
	}
	if p.fault == "endless" && p.rest == "" {
		p.rest = "abcdef"
	}
	return p.buf[:n], nil
}

func (p *piecemeal) Close() error {
	switch {
	case p.fault == "not closed", p.fault == "not closed at its end" && p.rest == "",
		p.fault == "not closed before its end" && p.rest != "":
	default:
		p.closed++
	}
	if p.fault == "closed twice" {
		p.closed++
	}
	return nil
}

func TestTestProducer(t *testing.T) {
	open := func(fault string) func() (fifo.Producer, func() int) {
		return func() (fifo.Producer, func() int) {
			p := &piecemeal{rest: "abcdef", fault: fault}
			return p, func() int { return p.closed }
		}
	}
	expectSuccess(t, "pieces", func(tb testing.TB) { chattest.TestProducer(tb, "abcdef", open("")) })
	expectSuccess(t, "of the house", func(tb testing.TB) {
		chattest.TestProducer(tb, strings.Repeat("x", 20_000), func() (fifo.Producer, func() int) {
			return fifo.SimpleProducer(bytes.Repeat([]byte("x"), 20_000), 0), nil
		})
		chattest.TestProducer(tb, "..a\r\n.\r\n", func() (fifo.Producer, func() int) {
			p := &piecemeal{rest: ".a\r\n"}
			return fifo.DotStuff(p), func() int { return p.closed }
		})
	})
	for fault, word := range map[string]string{
		"not closed":                "closed 0 times",
		"closed twice":              "closed 2 times",
		"not closed at its end":     "closed 0 times",
		"not closed before its end": "discarded after 0 bytes",
		"fails":                     "disk on fire",
		"endless":                   "it does not end",
		"never ready":               "not ready a thousand times",
	} {
		expectFailure(t, fault,
			func(tb testing.TB) { chattest.TestProducer(tb, "abcdef", open(fault)) }, word)
	}
	expectFailure(t, "other bytes",
		func(tb testing.TB) { chattest.TestProducer(tb, "abcdeg", open("")) },
		`gave out "abcdef", want "abcdeg"`)
	expectFailure(t, "a buffer shared by all producers", func(tb testing.TB) {
		var buf [2]byte
		chattest.TestProducer(tb, "abcdef",
			func() (fifo.Producer, func() int) { return &sharing{rest: "abcdef", buf: &buf}, nil })
	}, "it gave out")
}

// A sharing producer has its pieces in a buffer of somebody else.
type sharing struct {
	rest string
	buf  *[2]byte
}

func (s *sharing) More() ([]byte, error) {
	n := copy(s.buf[:], s.rest)
	if s.rest = s.rest[n:]; n == 0 {
		return nil, io.EOF
	}
	return s.buf[:n], nil
}
