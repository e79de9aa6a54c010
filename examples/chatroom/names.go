package main

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxName = 20  // bytes of a nickname, or the name of a room
	maxText = 512 // bytes of a line
)

var errName = errors.New("a name is 1 to 20 of a-z, 0-9, - and _, and begins with a letter")

// validName lets no name through that could be taken for another one, or for something else.
func validName(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for i := range len(name) {
		switch b := name[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z':
		case i > 0 && ('0' <= b && b <= '9' || b == '-' || b == '_'):
		default:
			return false
		}
	}
	return true
}

// fold is what names are compared by.
func fold(name string) string { return strings.ToLower(name) }

// clean returns what may reach the terminals of others: no control characters, which could clear a
// screen or type commands, and nothing that hides or turns round what stands beside it. A tab
// becomes a space, and what is no UTF-8 the sign for that.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsGraphic(r), r == zwj, r == zwnj: // U+FFFD for each invalid byte among them
			return r
		}
		return -1
	}, text)
	text = strings.TrimSpace(text)
	for len(text) > maxText { // a byte that is no UTF-8 has become three
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// Of the characters for formats, those without which some words and signs cannot be written.
const zwj, zwnj = '\u200d', '\u200c'
