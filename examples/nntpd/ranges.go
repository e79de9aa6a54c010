package main

import (
	"path"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// parseRange takes "7", "7-" and "7-9". A range that ends before it begins is one of nothing.
func parseRange(text string) (low, high int64, ok bool) {
	first, last, isRange := strings.Cut(text, "-")
	low, err := terminator.ParseLength(first, maxNumber)
	switch {
	case err != nil:
		return 0, 0, false
	case !isRange:
		return low, low, true
	case last == "":
		return low, maxNumber, true
	}
	high, err = terminator.ParseLength(last, maxNumber)
	return low, high, err == nil
}

// between returns the articles from low to high.
func (g *group) between(low, high int64) []*article {
	if low > high {
		return nil
	}
	return g.articles[g.find(low):g.find(high+1)]
}

// matches reports whether a name fits a wildmat of RFC 3977, 4: patterns with commas between, of
// which the last that fits counts, and one that begins with "!" counts against it. What is
// malformed fits nothing.
func matches(wildmat, name string) bool {
	fits := false
	for pattern := range strings.SplitSeq(wildmat, ",") {
		pattern, not := strings.CutPrefix(pattern, "!")
		if ok, err := path.Match(pattern, name); ok && err == nil {
			fits = !not
		}
	}
	return fits
}
