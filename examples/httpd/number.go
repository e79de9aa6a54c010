package main

import "math"

// parseNumber reads a decimal number: one or more digits and nothing else. strconv would also take a sign, and what two
// parties read differently is how a request is hidden in the body of another.
func parseNumber(s string) (n int64, ok bool) {
	for i := range len(s) {
		d := int64(s[i]) - '0'
		if d < 0 || d > 9 || n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, s != ""
}
