package web

import "bytes"

// maxSizeLine is how long the line before a chunk may be: its size, and extensions that nobody
// reads.
const maxSizeLine = 256

// parseChunkSize reads the line before a chunk, without its end: hexadecimal digits, and perhaps
// extensions after a semicolon. Blanks before that are refused, as in the strict mode of others.
func parseChunkSize(line []byte) (size int64, ok bool) {
	digits, extension, _ := bytes.Cut(line, []byte(";"))
	if len(digits) == 0 || len(digits) > 15 || hasControls(extension) {
		return 0, false
	}
	for _, c := range digits {
		switch {
		case isDigit(c):
			size = size<<4 | int64(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			size = size<<4 | int64(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return size, true
}

// hasControls reports whether there is what may not be in a value.
func hasControls(s []byte) bool {
	return bytes.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}
