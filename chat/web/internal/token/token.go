// Package token reads header fields that are lists of tokens.
package token

import (
	"iter"
	"strings"
)

// All yields what stands between the commas of lists, which are the values of one field.
func All(lists ...string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range lists {
			for t := range strings.SplitSeq(list, ",") {
				if t = strings.Trim(t, " \t"); t != "" && !yield(t) {
					return
				}
			}
		}
	}
}

// Has reports whether a token is in one of lists, whatever its case.
func Has(token string, lists ...string) bool {
	for t := range All(lists...) {
		if strings.EqualFold(t, token) {
			return true
		}
	}
	return false
}
