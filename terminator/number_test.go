package terminator_test

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

var (
	syntax  = terminator.ErrSyntax
	tooLong = terminator.ErrTooLong
)

// S7, S8 of framing-security.md: what other parsers took, or wrapped.
var lengths = []struct {
	digits string
	limit  int64
	want   int64
	err    error
}{
	{"0", -1, 0, nil},
	{"0", 0, 0, nil},
	{"1", -1, 1, nil},
	{"01", -1, 1, nil}, // leading zeros are the business of the format
	{"000", 0, 0, nil},
	{"65535", 65535, 65535, nil},
	{"65536", 65535, 0, tooLong},
	{"65534", 65535, 65534, nil},
	{"1", 0, 0, tooLong},
	{"2147483647", -1, math.MaxInt32, nil},
	{"2147483648", -1, 1 << 31, nil},
	{"4294967295", -1, math.MaxUint32, nil},
	{"4294967296", -1, 1 << 32, nil},
	{"9223372036854775806", -1, math.MaxInt64 - 1, nil},
	{"9223372036854775807", -1, math.MaxInt64, nil},
	{"9223372036854775807", math.MaxInt64, math.MaxInt64, nil},
	{"9223372036854775807", math.MaxInt64 - 1, 0, tooLong},
	{"9223372036854775808", -1, 0, tooLong},
	{"9223372036854775809", -1, 0, tooLong},
	{"9223372036854775817", -1, 0, tooLong},
	{"18446744073709551615", -1, 0, tooLong},
	{"18446744073709551616", -1, 0, tooLong}, // 0 in 64 bits
	{"18446744073709551617", 5, 0, tooLong},
	{"00000000000000000000000000000000007", 7, 7, nil},
	{strings.Repeat("9", 400), -1, 0, tooLong},
	{strings.Repeat("0", 399) + "4", 4, 4, nil},
	{strings.Repeat("9", 400) + "x", -1, 0, syntax},
	{"", -1, 0, syntax},
	{"-0", -1, 0, syntax},
	{"-1", -1, 0, syntax},
	{"+1", -1, 0, syntax},
	{"0x10", -1, 0, syntax},
	{"0b1", -1, 0, syntax},
	{" 1", -1, 0, syntax},
	{"1 ", -1, 0, syntax},
	{"1\r", -1, 0, syntax},
	{"1\x00", -1, 0, syntax},
	{"1_000", -1, 0, syntax},
	{"1,000", -1, 0, syntax},
	{"1.0", -1, 0, syntax},
	{"1e3", -1, 0, syntax},
	{"a", 3, 0, syntax},
	{"٣", -1, 0, syntax}, // a digit, but not of ASCII
	{"/", -1, 0, syntax},
	{":", -1, 0, syntax},
	{"9:", 1, 0, syntax}, // of two faults the syntax, or the answer would tell the limit
}

func TestParseLength(t *testing.T) {
	for _, c := range lengths {
		for _, parse := range []func() (int64, error){
			func() (int64, error) { return terminator.ParseLength(c.digits, c.limit) },
			func() (int64, error) { return terminator.ParseLength([]byte(c.digits), c.limit) },
		} {
			if got, err := parse(); got != c.want || err != c.err {
				t.Errorf("ParseLength(%.40q, %d) = %d, %v, want %d, %v", c.digits, c.limit, got,
					err, c.want, c.err)
			}
		}
	}
}

// Whatever is digits only is a number of math/big, and everything else is none.
func TestParseLengthAgainstBig(t *testing.T) {
	words("019+-_ x", 4, func(s string) {
		for _, digits := range []string{s, "922337203685477580" + s, "9223372036854775" + s} {
			n, ok := new(big.Int).SetString(digits, 10)
			ok = ok && strings.Trim(digits, "0123456789") == ""
			for _, limit := range []int64{-1, 0, 9, 1000, math.MaxInt64} {
				got, err := terminator.ParseLength(digits, limit)
				var want int64
				wantErr := terminator.ErrSyntax
				if ok {
					want, wantErr = 0, terminator.ErrTooLong
					if n.IsInt64() && (limit < 0 || n.Int64() <= limit) {
						want, wantErr = n.Int64(), nil
					}
				}
				if got != want || err != wantErr {
					t.Fatalf("ParseLength(%q, %d) = %d, %v, want %d, %v", digits, limit, got, err, want, wantErr)
				}
			}
		}
	})
}

func FuzzParseLength(f *testing.F) {
	for _, s := range []string{"0", "12", "-1", "0x1", "9223372036854775807", "9223372036854775808",
		strings.Repeat("9", 400)} {
		f.Add(s, int64(-1))
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, digits string, limit int64) {
		got, err := terminator.ParseLength(digits, limit)
		want, wantErr := strconv.ParseUint(digits, 10, 63)
		switch {
		case strings.Trim(digits, "0123456789") != "" || digits == "":
			wantErr, want = terminator.ErrSyntax, 0
		case wantErr != nil || limit >= 0 && want > uint64(limit):
			wantErr, want = terminator.ErrTooLong, 0
		}
		if uint64(got) != want || err != wantErr {
			t.Errorf("ParseLength(%q, %d) = %d, %v, want %d, %v", digits, limit, got, err, want, wantErr)
		}
	})
}
