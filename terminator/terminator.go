// Package terminator finds where an element of a byte stream ends.
//
// An element is the data that asynchat delivers between two calls of found_terminator: one line,
// one header, or a body of n bytes. A [Terminator] defines the end of an element. A [Matcher] finds
// that end in a stream that arrives in any pieces. The package is pure: it reads no socket, keeps
// no copy of the stream and starts no goroutine.
//
//	var m terminator.Matcher
//	m.Set(terminator.String("\r\n"))
//	rest := []byte("EHLO there\r\nQUI")
//	for {
//		collect, skip, found := m.Next(rest)
//		if collect == 0 && skip == 0 && !found {
//			break // rest goes in front of the next input
//		}
//		element = append(element, rest[:collect]...)
//		rest = rest[collect+skip:]
//		if found {
//			handle(element)
//			element = element[:0]
//		}
//	}
//
// The result depends on the bytes alone, never on how they were split into pieces. The work is
// linear in the number of bytes, for every input and every terminator.
package terminator

import (
	"fmt"
	"slices"
)

// A Terminator defines the end of an element. It is an immutable value that may be shared and used
// by any number of matchers at once. The zero value is [None]. Compare two terminators with
// [Terminator.Equal].
type Terminator struct {
	length int64  // ^n of a Length(n), which is never 0
	delim  string // a String of at most maxShort bytes
	rule   rule   // everything else
}

// A rule is a terminator that needs more than a string or a number. It is immutable: what it has to
// remember of a stream is kept in the Matcher.
type rule interface {
	equal(rule) bool
	String() string
}

// kind is a terminator that is so frequent that its elements are found without a rule.
type kind uint8

const (
	other  kind = iota
	short       // a String of at most maxShort bytes
	line        // Line
	length      // Length(n) for n > 0
)

func kindOf(t Terminator) kind {
	switch {
	case t.delim != "":
		return short
	case t.length != 0 && t.length != ^0:
		return length
	case t.rule != nil:
		if s, ok := t.rule.(*set); ok && s.isLine {
			return line
		}
	}
	return other
}

// None never fires: all input is collected, as it arrives.
var None Terminator

// String ends an element at the exact bytes s. Nothing is trimmed, folded or normalised: a bare
// "\n" does not end an element under String("\r\n"). String("") is [None]. To make a String of up
// to 32 bytes costs nothing. A longer s is compiled in O(len(s)), so keep the value instead of
// making it again for each element.
func String(s string) Terminator {
	switch {
	case s == "":
		return None
	case len(s) <= maxShort:
		return Terminator{delim: s}
	default:
		set := newSet([]string{s})
		set.single = true
		return of(set)
	}
}

// Length ends an element after n bytes. It stays in force: Length(10) splits a stream into records
// of ten bytes. Length(0) fires once, at once, and collects nothing. Then [Matcher.Set] must be
// called, or [Matcher.Err] reports [ErrNoProgress]. It panics if n is negative.
func Length(n int64) Terminator {
	if n < 0 {
		panic(fmt.Sprintf("terminator: Length(%d): negative length", n))
	}
	return Terminator{length: ^n}
}

// Any ends an element at the delimiter that ends first in the stream. Of delimiters that end at the
// same byte, the longest counts. [Matcher.Matched] returns its index. Empty strings in delims never
// match, and Any without a delimiter is [None]. It compiles delims in O(their length), so keep the
// value instead of making it again for each element.
func Any(delims ...string) Terminator {
	if !slices.ContainsFunc(delims, func(d string) bool { return d != "" }) {
		return None
	}
	return of(newSet(slices.Clone(delims)))
}

var lines = Any("\r\n", "\n")

// Line ends an element at "\r\n" or at a bare "\n": Any("\r\n", "\n"). Use it for input typed by
// people; between programs String("\r\n") is the safe choice, since an attacker can exploit two
// programs that disagree on line ends.
func Line() Terminator { return lines }

func of(r rule) Terminator { return Terminator{rule: r} }

// Equal reports whether t and u end elements at the same bytes, with the same indices of Matched.
// Two terminators of [Split] or [Custom] are equal only if one is a copy of the other.
func (t Terminator) Equal(u Terminator) bool {
	if t.length != u.length || t.delim != u.delim || (t.rule == nil) != (u.rule == nil) {
		return false
	}
	return t.rule == nil || t.rule.equal(u.rule)
}

// String returns the Go expression that makes t, for messages and tests.
func (t Terminator) String() string {
	switch {
	case t.delim != "":
		return fmt.Sprintf("String(%q)", t.delim)
	case t.length != 0:
		return fmt.Sprintf("Length(%d)", ^t.length)
	case t.rule != nil:
		return t.rule.String()
	default:
		return "None"
	}
}
