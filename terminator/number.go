package terminator

import "math"

// ParseLength parses a length from the wire: one or more ASCII digits, without a sign, space or
// prefix. It returns [ErrSyntax] for everything else, and [ErrTooLong] for a number above limit,
// however many digits it has. A negative limit means the maximum of int64. Do not use strconv
// instead: it accepts other forms of numbers too, which has caused many cases of request smuggling.
func ParseLength[T string | []byte](digits T, limit int64) (int64, error) {
	if len(digits) == 0 {
		return 0, ErrSyntax
	}
	if limit < 0 {
		limit = math.MaxInt64
	}
	n, tooLong := int64(0), false
	for i := range len(digits) {
		d := int64(digits[i]) - '0'
		if d < 0 || d > 9 {
			return 0, ErrSyntax
		}
		if tooLong = tooLong || n > (math.MaxInt64-d)/10; !tooLong {
			n = n*10 + d
		}
	}
	if tooLong || n > limit {
		return 0, ErrTooLong
	}
	return n, nil
}
