package texts

import "slices"

// IsCommand reports whether a line has no control characters but tabs.
func IsCommand(line []byte) bool {
	return !slices.ContainsFunc(line, func(b byte) bool { return b < ' ' && b != '\t' || b == 0x7f })
}
