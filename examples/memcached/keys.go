package main

import (
	"bytes"
	"slices"
)

// beforeKeys returns how many words of a line that gets are before its keys, 0 if it is no such
// line.
func beforeKeys(line []byte) int {
	name, _, found := bytes.Cut(line, []byte(" "))
	switch {
	case !found:
		return 0
	case string(name) == "get" || string(name) == "gets":
		return 1
	case string(name) == "gat" || string(name) == "gats":
		return 2
	}
	return 0
}

// someKeys gets the keys of a line whose end has not come: it may have any number of them. The last
// one stays, with the command in front, since it may be half a key or the last before the end.
func (s *session) someKeys() {
	words := splitWords(nil, s.element)
	before := beforeKeys(s.element)
	if slices.ContainsFunc(words, func(word []byte) bool { return len(word) > maxKey }) {
		s.refuseRest(errFormat)
		return
	}
	if len(words) > before+1 {
		s.goesOn = true
		s.call(words[:len(words)-1])
		if s.goesOn { // it was refused
			s.goesOn = false
			s.refuseRest("")
			return
		}
	}
	rest := append([][]byte(nil), words[:min(before, len(words)-1)]...)
	rest = append(rest, words[len(words)-1])
	if s.element[len(s.element)-1] == ' ' {
		rest = append(rest, nil) // the word is whole
	}
	s.element = bytes.Join(rest, []byte(" "))
	s.flush()
}

// refuseRest says what is wrong, unless that is said, and drops what comes up to the end of the
// line.
func (s *session) refuseRest(why string) {
	s.element, s.state = nil, inRest
	if s.quiet = false; why != "" {
		s.answer(why)
	}
	s.flush()
}
