package terminator_test

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/go-asynchat/asynchat/terminator"
)

// messages returns the elements of a stream that comes in pieces. It keeps the bytes that Next
// leaves, as every program must do.
func messages(m *terminator.Matcher, received ...string) (found []string) {
	var rest, message []byte
	for _, r := range received {
		rest = append(rest, r...)
		for {
			collect, skip, ended := m.Next(rest)
			if collect == 0 && skip == 0 && !ended {
				break
			}
			data := m.Data()
			if data == nil {
				data = rest[:collect]
			}
			message = append(message, data...)
			rest = rest[collect+skip:]
			if ended {
				found = append(found, string(message))
				message = message[:0]
			}
		}
	}
	return found
}

func ExampleClass() {
	var m terminator.Matcher
	m.Set(terminator.Class("+-="))
	for rest := []byte("12+30-4="); len(rest) > 0; {
		collect, skip, _ := m.Next(rest)
		fmt.Printf("%s, then %c\n", rest[:collect], "+-="[m.Matched()])
		rest = rest[collect+skip:]
	}
	// Output:
	// 12, then +
	// 30, then -
	// 4, then =
}

func ExamplePrefixed() {
	var m terminator.Matcher
	m.Set(terminator.Prefixed(2))
	fmt.Printf("%q\n", messages(&m, "\x00", "\x05hel", "lo\x00\x00\x00\x03bye"))
	// Output: ["hello" "" "bye"]
}

// A PostgreSQL message begins with its type. Then comes a length, which counts its own bytes but
// not the type.
func ExamplePrefixedBy() {
	var m terminator.Matcher
	m.Set(terminator.PrefixedBy(terminator.Prefix{Size: 4, Offset: 1, Adjustment: -4}))
	for _, message := range messages(&m, "Q\x00\x00\x00\x0dselect 1\x00X\x00\x00\x00\x04") {
		fmt.Printf("%c %q\n", message[0], message[5:])
	}
	// Output:
	// Q "select 1\x00"
	// X ""
}

// A packet of MQTT begins with its kind. Then comes a length of one to four bytes.
func ExamplePrefixedBy_varint() {
	var m terminator.Matcher
	m.Set(terminator.PrefixedBy(terminator.Prefix{Offset: 1, Size: 4, Varint: true}))
	fmt.Printf("%q\n", messages(&m, "\xd0\x00\x30\x05\x00\x03a/b"))
	// Output: ["\xd0\x00" "0\x05\x00\x03a/b"]
}

func ExamplePrefix_Append() {
	p := terminator.Prefix{Size: 2, Strip: 2, LittleEndian: true}
	frame, err := p.Append(nil, []byte("hello"))
	fmt.Printf("%q %v\n", frame, err)
	_, err = p.Append(nil, make([]byte, 1<<16))
	fmt.Println(err)
	// Output:
	// "\x05\x00hello" <nil>
	// terminator: element is longer than its limit
}

func ExampleVarint() {
	var m terminator.Matcher
	m.Set(terminator.Varint())
	fmt.Printf("%q\n", messages(&m, "\x05hello\x03bye"))
	// Output: ["hello" "bye"]
}

func ExampleAppendVarint() {
	fmt.Printf("%q\n", terminator.AppendVarint(nil, []byte("hello")))
	// Output: "\x05hello"
}

func ExampleNetstring() {
	var m terminator.Matcher
	m.Set(terminator.Netstring())
	fmt.Printf("%q\n", messages(&m, "5:hel", "lo,0:,", "03:bye,"))
	fmt.Println(m.Err())
	// Output:
	// ["hello" ""]
	// terminator: malformed length
}

func ExampleAppendNetstring() {
	fmt.Printf("%s\n", terminator.AppendNetstring(nil, []byte("hello")))
	// Output: 5:hello,
}

// The limit is compared with the length that a peer announces, before any byte of the element
// comes.
func ExampleMatcher_Err() {
	var m terminator.Matcher
	m.Set(terminator.Netstring())
	m.SetLimit(1000, false)
	m.Next([]byte("1000000000000:"))
	fmt.Println(errors.Is(m.Err(), terminator.ErrTooLong))
	// Output: true
}

func ExampleDot() {
	var m terminator.Matcher
	m.Set(terminator.Dot(terminator.RejectBare))
	fmt.Printf("%q\n", messages(&m, "Dear Bob,\r\n..hidden\r\n", ".\r\n"))
	messages(&m, "body\n.\r\nMAIL FROM:<smuggled>\r\n")
	fmt.Println(m.Err())
	// Output:
	// ["Dear Bob,\r\n.hidden\r\n"]
	// bare CR or LF
}

// If the matcher replaces bytes of the stream, Data returns the replacement.
func ExampleMatcher_Data() {
	var m terminator.Matcher
	m.Set(terminator.Dot(terminator.NormalizeBare))
	collect, _, _ := m.Next([]byte("\nb"))
	fmt.Printf("%d %q\n", collect, m.Data())
	// Output: 1 "\r\n"
}

func ExampleAppendDot() {
	text, err := terminator.AppendDot(nil, []byte("Dear Bob,\r\n.hidden"))
	fmt.Printf("%q %v\n", text, err)
	_, err = terminator.AppendDot(nil, []byte("body\n.\nMAIL FROM:<smuggled>"))
	fmt.Println(err)
	// Output:
	// "Dear Bob,\r\n..hidden\r\n.\r\n" <nil>
	// bare CR or LF
}

func ExampleSplit() {
	var m terminator.Matcher
	m.Set(terminator.Split(bufio.ScanWords))
	fmt.Printf("%q\n", messages(&m, "  one tw", "o three "))
	// Output: ["one" "two" "three"]
}

// sexp ends an element at the bracket that closes the first bracket.
type sexp struct{ depth int }

func (s *sexp) Next(buf []byte, _ bool) (terminator.Step, error) {
	for i, b := range buf {
		switch b {
		case '(':
			s.depth++
		case ')':
			if s.depth--; s.depth < 0 {
				return terminator.Step{}, errors.New("unexpected bracket")
			}
			if s.depth == 0 {
				return terminator.Step{Collect: i + 1, Found: true}, nil
			}
		}
	}
	return terminator.Step{Collect: len(buf)}, nil
}

func ExampleCustom() {
	var m terminator.Matcher
	m.Set(terminator.Custom(func() terminator.Framer { return new(sexp) }))
	fmt.Printf("%q\n", messages(&m, "(a (b", " c))(d)", ")"))
	fmt.Println(m.Err())
	// Output:
	// ["(a (b c))" "(d)"]
	// unexpected bracket
}

// digit is a framer for elements that begin with one digit, which is their length.
type digit struct{ left int }

func (d *digit) Next(buf []byte, _ bool) (terminator.Step, error) {
	switch {
	case len(buf) == 0:
		return terminator.Step{}, nil
	case d.left == 0:
		d.left = int(buf[0] - '0')
		return terminator.Step{Skip: 1, Announced: int64(d.left)}, nil
	}
	n := min(len(buf), d.left)
	d.left -= n
	return terminator.Step{Collect: n, Found: d.left == 0}, nil
}

// An element that is announced as too long is an error as soon as its header has come.
func ExampleStep() {
	var m terminator.Matcher
	m.Set(terminator.Custom(func() terminator.Framer { return new(digit) }))
	m.SetLimit(5, false)
	fmt.Printf("%q\n", messages(&m, "2ab3", "cde9"))
	fmt.Println(m.Err())
	// Output:
	// ["ab" "cde"]
	// terminator: element is longer than its limit
}

func ExampleParseLength() {
	for _, digits := range []string{"42", "+42", "0x2a", "5000"} {
		n, err := terminator.ParseLength(digits, 1000)
		fmt.Println(n, err)
	}
	// Output:
	// 42 <nil>
	// 0 terminator: malformed length
	// 0 terminator: malformed length
	// 0 terminator: element is longer than its limit
}

func ExampleAppendLine() {
	line, err := terminator.AppendLine(nil, "RCPT", "TO:<bob@example.org>")
	fmt.Printf("%q %v\n", line, err)
	_, err = terminator.AppendLine(nil, "RCPT", "TO:<x>\r\nDATA")
	fmt.Println(err)
	// Output:
	// "RCPT TO:<bob@example.org>\r\n" <nil>
	// CR, LF or NUL inside a line
}
