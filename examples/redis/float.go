package main

import (
	"math/big"
	"strings"
)

const (
	floatBits = 64      // of the mantissa of a long double, as Redis has it on amd64
	floatMax  = 16384   // 2 to this is too large for one
	floatMin  = -16445  // and 2 to this too small
	floatText = 5 << 10 // a number in letters is shorter
	errFloat  = "ERR value is not a valid float"
)

func (s *session) incrbyfloat(args [][]byte) {
	it := s.db.store.find(args[1])
	sum, ok := new(big.Float).SetPrec(floatBits), true
	if it != nil {
		sum, ok = parseFloat(it.value)
	}
	n, fits := parseFloat(args[2])
	if !ok || !fits {
		s.fail(errFloat)
		return
	}
	if sum.IsInf() || n.IsInf() || sum.Add(sum, n).MantExp(nil) > floatMax {
		s.fail("ERR increment would produce NaN or Infinity")
		return
	}
	text := sum.Text('f', 17)
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		text = "0"
	}
	s.db.store.set(args[1], []byte(text))
	s.bulkString(text)
}

// parseFloat reads a number as strtold of C does: in decimal or, behind 0x, in hexadecimal digits.
func parseFloat(p []byte) (f *big.Float, ok bool) {
	if len(p) == 0 || len(p) >= floatText {
		return nil, false
	}
	text := strings.ToLower(string(p))
	unsigned := strings.TrimLeft(text, "+-")
	if len(unsigned) < len(text)-1 {
		return nil, false
	}
	base := 10
	switch {
	case unsigned == "inf" || unsigned == "infinity":
		return new(big.Float).SetInf(text[0] == '-'), true
	case strings.HasPrefix(unsigned, "0x"):
		base = 0 // big.Float takes the prefix then, and underscores
	}
	if strings.ContainsAny(unsigned, "_in") || base == 10 && strings.Contains(unsigned, "p") {
		return nil, false
	}
	f, _, err := big.ParseFloat(text, base, floatBits, big.ToNearestEven)
	if err != nil || f.IsInf() {
		return nil, false
	}
	exponent := f.MantExp(nil)
	return f, f.Sign() == 0 || floatMin <= exponent && exponent <= floatMax
}
