package main

import (
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// A verdict says what a Range header means for a file of a given size.
type verdict int

const (
	whole         verdict = iota // no range, or one to be ignored: the answer is 200
	part                         // 206
	unsatisfiable                // 416
)

// parseRange reads a Range header. RFC 9110 lets a server ignore what it does not like: other
// units, several ranges and nonsense all mean the whole file. So does any range of an empty file,
// since no Content-Range can say "nothing".
func parseRange(header string, size int64) (first, length int64, v verdict) {
	const unit = "bytes="
	if len(header) < len(unit) || !strings.EqualFold(header[:len(unit)], unit) || size == 0 {
		return 0, size, whole
	}
	from, to, ok := strings.Cut(header[len(unit):], "-")
	if !ok {
		return 0, size, whole
	}
	if from == "" {
		return suffix(to, size)
	}
	first, err := terminator.ParseLength(from, -1)
	last := size - 1
	if err == nil && to != "" {
		last, err = terminator.ParseLength(to, -1)
	}
	switch {
	case err != nil || last < first && to != "":
		return 0, size, whole
	case first >= size:
		return 0, 0, unsatisfiable
	}
	return first, min(last, size-1) - first + 1, part
}

// suffix is the range of the last n bytes, of all if there are fewer.
func suffix(digits string, size int64) (first, length int64, v verdict) {
	n, err := terminator.ParseLength(digits, -1)
	switch {
	case err != nil:
		return 0, size, whole
	case n == 0:
		return 0, 0, unsatisfiable
	}
	n = min(n, size)
	return size - n, n, part
}
