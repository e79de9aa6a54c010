package websocket

import "unicode/utf8"

// checkText looks at a text of which text[:checked] was found to be good. It returns how far it is
// good now, without a rune at its end that may yet be completed, and false if a byte has come that
// no rune has there.
func checkText(text []byte, checked int) (int, bool) {
	rest := text[checked:]
	end := len(rest)
	for back := 1; back < utf8.UTFMax && back <= len(rest); back++ {
		if b := rest[len(rest)-back]; utf8.RuneStart(b) {
			if !utf8.FullRune(rest[len(rest)-back:]) {
				end = len(rest) - back
			}
			break
		}
	}
	return checked + end, utf8.Valid(rest[:end])
}
