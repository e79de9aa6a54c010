package main

import (
	"bytes"
	"strconv"
)

const blanks = " \t\n\v\f\r"

// parseUint reads a number as memcached does, with strtoull: blanks and a plus sign may be in
// front, and a blank ends it.
func parseUint(p []byte) (n uint64, ok bool) {
	digits := bytes.TrimPrefix(cutNumber(p), []byte("+"))
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	return n, err == nil
}

// parseInt is parseUint for numbers that may be negative.
func parseInt(p []byte) (n int64, ok bool) {
	n, err := strconv.ParseInt(string(cutNumber(p)), 10, 64)
	return n, err == nil
}

func cutNumber(p []byte) []byte {
	p = bytes.TrimLeft(p, blanks)
	if end := bytes.IndexAny(p, blanks); end >= 0 {
		p = p[:end]
	}
	return p
}
