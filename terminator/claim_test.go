package terminator_test

import (
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/terminator"
)

// A claim is what a header says, computed without a bound; n is 0 if more of it is needed.
type claim struct {
	n     int
	body  *big.Int
	strip int
	err   error
}

// counted is the reference for all elements that a header counts; parse reads the header, end must
// follow the body.
func counted(term terminator.Terminator, end string, parse func(string) claim) spec {
	return spec{term: term, one: func(s setup, rest []byte) ([]element, []byte, bool) {
		return readCounted(s, string(rest), end, parse)
	}}
}

func readCounted(
	s setup, rest, end string, parse func(string) claim,
) (seen []element, left []byte, stop bool) {
	stopAt := func(data string, err error, left string) ([]element, []byte, bool) {
		how := ""
		if err != nil {
			how = err.Error()
		}
		return append(seen, element{data, how}), []byte(left), true
	}
	for {
		c := parse(rest)
		if c.err != nil || c.n == 0 {
			return stopAt("", c.err, rest)
		}
		whole := new(big.Int).Add(c.body, big.NewInt(int64(c.n)))
		content := new(big.Int).Sub(whole, big.NewInt(int64(c.strip)))
		over := s.limit > 0 && content.Cmp(big.NewInt(s.limit)) > 0
		switch {
		case !whole.IsInt64():
			return stopAt("", terminator.ErrTooLong, rest)
		case c.body.Sign() < 0, content.Sign() < 0:
			return stopAt("", terminator.ErrSyntax, rest)
		case over && !s.skip:
			return stopAt("", terminator.ErrTooLong, rest)
		case over:
			seen = append(seen, element{"", "too long"})
		}
		frame := rest[:min(whole.Int64(), int64(len(rest)))]
		data := frame[min(c.strip, len(frame)):]
		if over {
			data = ""
		}
		if rest = rest[len(frame):]; int64(len(frame)) < whole.Int64() || len(rest) < len(end) {
			return stopAt(data, nil, rest)
		}
		if !strings.HasPrefix(rest, end) {
			return stopAt(data, terminator.ErrSyntax, rest)
		}
		if rest = rest[len(end):]; !over {
			return append(seen, element{data, "found 0"}), []byte(rest), false
		}
		seen = append(seen, element{"", "skipped"})
	}
}

func prefixed(p terminator.Prefix) spec {
	return counted(terminator.PrefixedBy(p), "", func(rest string) claim {
		n := p.Offset + p.Size
		if len(rest) < n {
			return claim{}
		}
		field := []byte(rest[p.Offset:n])
		if p.LittleEndian {
			slices.Reverse(field)
		}
		body := new(big.Int).SetBytes(field)
		if !body.IsInt64() {
			return claim{err: terminator.ErrTooLong}
		}
		if body.Add(body, big.NewInt(p.Adjustment)); body.Sign() > 0 && !body.IsInt64() {
			return claim{err: terminator.ErrTooLong}
		}
		return claim{n: n, body: body, strip: p.Strip}
	})
}

func varint() spec {
	return varintBy(terminator.Prefix{Size: 10, Strip: -1, Varint: true})
}

func varintBy(p terminator.Prefix) spec {
	return counted(terminator.PrefixedBy(p), "", func(rest string) claim {
		n, field := new(big.Int), rest[min(p.Offset, len(rest)):]
		for i := range len(field) {
			n.Add(n, new(big.Int).Lsh(big.NewInt(int64(field[i]&0x7f)), uint(7*i)))
			switch last := field[i] < 0x80; {
			case i == 9 && (!last || field[i] > 1), i == p.Size-1 && !last,
				last && i > 0 && field[i] == 0 && !p.Padded:
				return claim{err: terminator.ErrSyntax}
			case last && !n.IsInt64():
				return claim{err: terminator.ErrTooLong}
			case last:
				n.Add(n, big.NewInt(p.Adjustment))
				if n.Sign() > 0 && !n.IsInt64() {
					return claim{err: terminator.ErrTooLong}
				}
				c := claim{n: p.Offset + i + 1, body: n, strip: p.Strip}
				if p.Strip < 0 {
					c.strip = c.n
				}
				return c
			}
		}
		return claim{}
	})
}

var (
	netstringHeader = regexp.MustCompile(`^(0|[1-9][0-9]{0,18}):`)
	netstringBegin  = regexp.MustCompile(`^(0?|[1-9][0-9]{0,18})$`)
	tooManyDigits   = regexp.MustCompile(`^[1-9][0-9]{19}`)
)

func netstring() spec {
	return counted(terminator.Netstring(), ",", func(rest string) claim {
		found := netstringHeader.FindStringSubmatch(rest)
		switch {
		case found != nil:
			body, _ := new(big.Int).SetString(found[1], 10)
			if !body.IsInt64() {
				return claim{err: terminator.ErrTooLong}
			}
			return claim{n: len(found[0]), body: body, strip: len(found[0])}
		case netstringBegin.MatchString(rest):
			return claim{}
		case tooManyDigits.MatchString(rest):
			return claim{err: terminator.ErrTooLong}
		}
		return claim{err: terminator.ErrSyntax}
	})
}
