package terminator_test

import (
	"bufio"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

var errBad = errors.New("bad byte")

// custom is for terminators that have no reference but what they do with a stream that comes at
// once.
func custom(t terminator.Terminator) spec {
	return spec{term: t, one: func(setup, []byte) ([]element, []byte, bool) { panic("no reference") }}
}

// onComma is the example of bufio.Scanner: it has a last token, which may be empty.
func onComma(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, ','); i >= 0 {
		return i + 1, data[:i], nil
	}
	if !atEOF {
		return 0, nil, nil
	}
	return 0, data, bufio.ErrFinalToken
}

// at makes a function of one that does as told where it meets an x.
func at(advance func(n int) int, token []byte, err error) bufio.SplitFunc {
	return func(data []byte, atEOF bool) (int, []byte, error) {
		if len(data) > 0 && data[0] == 'x' {
			return advance(len(data)), token, err
		}
		return bufio.ScanRunes(data, atEOF)
	}
}

func by(n int) func(int) int { return func(int) int { return n } }

var splitFuncs = []struct {
	name  string
	split bufio.SplitFunc
}{
	{"ScanLines", bufio.ScanLines},
	{"ScanWords", bufio.ScanWords},
	{"ScanRunes", bufio.ScanRunes},
	{"ScanBytes", bufio.ScanBytes},
	{"last token", onComma},
	{"final token in the middle", at(by(1), []byte("end"), bufio.ErrFinalToken)},
	{"final token that is empty", at(by(0), []byte{}, bufio.ErrFinalToken)},
	{"end without a token", at(by(1), nil, bufio.ErrFinalToken)},
	{"failing", at(by(0), nil, errBad)},
	{"failing with a token", at(by(1), []byte("lost"), errBad)},
	{"too far", at(func(n int) int { return n + 1 }, nil, nil)},
	{"too far with a token", at(func(n int) int { return n + 1 }, []byte("lost"), nil)},
	{"back", at(by(-1), nil, nil)},
	{"back with a token", at(by(-1), []byte("lost"), nil)},
	{"token from elsewhere", at(by(1), []byte("twelve"), nil)},
	{"nothing as a token", at(by(1), []byte{}, nil)},
	{"rest as a token", func(data []byte, atEOF bool) (int, []byte, error) {
		if !atEOF || len(data) == 0 {
			return 0, nil, nil
		}
		return len(data), data, nil
	}},
}

// scan is the reference: what a bufio.Scanner finds.
func scan(split bufio.SplitFunc, stream string) (tokens []string, err error) {
	s := bufio.NewScanner(strings.NewReader(stream))
	s.Split(split)
	for s.Scan() {
		tokens = append(tokens, s.Text())
	}
	return tokens, s.Err()
}

func checkSplit(t testing.TB, name string, split bufio.SplitFunc, stream string) {
	t.Helper()
	s := setup{name: name, terms: []spec{custom(terminator.Split(split))}, eof: true}
	got := checkSame(t, s, stream)
	tokens, err := scan(split, stream)
	var want []element
	for _, token := range tokens {
		want = append(want, element{token, "found 0"})
	}
	last := len(got) - 1
	if !slices.Equal(got[:last], want) || got[last].data != "" {
		t.Fatalf("%s: %q\n got %q\nwant %q", name, stream, got, want)
	}
	end := got[last].end
	switch {
	case err == nil && (end == "" || end == bufio.ErrFinalToken.Error()):
	case errors.Is(err, bufio.ErrAdvanceTooFar) || errors.Is(err, bufio.ErrNegativeAdvance):
		if !strings.HasSuffix(end, "reaches beyond") {
			t.Fatalf("%s: %q stopped with %q, the Scanner with %v", name, stream, end, err)
		}
	case err == nil || end != err.Error():
		t.Fatalf("%s: %q stopped with %q, the Scanner with %v", name, stream, end, err)
	}
}

// Split finds what bufio.Scanner finds, in every cut.
func TestSplitIsScanner(t *testing.T) {
	t.Parallel()
	longest := 4
	if raceEnabled || testing.Short() {
		longest = 3
	}
	for _, f := range splitFuncs {
		words("a \n,x", longest, func(stream string) { checkSplit(t, f.name, f.split, stream) })
		words("\r\nx", longest+2, func(stream string) { checkSplit(t, f.name, f.split, stream) })
	}
	for _, stream := range []string{"日本語", "a\xe6\x97", "\xff\xfe\x80a", "é é\u2003b\u0085c",
		"\xe6\x97\xa5\xe6"} {
		for _, f := range splitFuncs[:5] {
			checkSplit(t, f.name, f.split, stream)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte("one two\r\n\nthree,\xe6\x97\xa5 x y"))
	f.Add([]byte("a,b,,x"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		if len(stream) > 100 {
			t.Skip("every cut is tried")
		}
		for _, s := range splitFuncs {
			checkSplit(t, s.name, s.split, string(stream))
		}
	})
}

// The function sees one byte more than the limit at most, so the verdict does not depend on what
// came at once.
func TestSplitLimit(t *testing.T) {
	tooLong := terminator.ErrTooLong.Error()
	four := func(data []byte, _ bool) (int, []byte, error) {
		if len(data) < 4 {
			return 0, nil, nil
		}
		return 4, data[:4], nil
	}
	for _, c := range []struct {
		name   string
		split  bufio.SplitFunc
		stream string
		want   []element
	}{
		{"fits", bufio.ScanLines, "abc\nd\n", []element{{"abc", "found 0"}, {"d", "found 0"}, {}}},
		{"does not", bufio.ScanLines, "a\nabcd\ne\n", []element{{"a", "found 0"}, {"", tooLong}}},
		{"delimiter counts, but for its last byte", bufio.ScanLines, "ab\r\nabc\r\n",
			[]element{{"ab", "found 0"}, {"", tooLong}}},
		{"never ends", bufio.ScanLines, "abcdefgh", []element{{"", tooLong}}},
		{"ends with the input", bufio.ScanLines, "abc", []element{{"abc", "found 0"}, {}}},
		{"does not end with the input", bufio.ScanLines, "abcd", []element{{"", tooLong}}},
		{"what is skipped is not held", bufio.ScanWords, "        abc        abcd",
			[]element{{"abc", "found 0"}, {"", tooLong}}},
		{"records", four, "abcdefgh", []element{{"", tooLong}}},
		{"token from elsewhere", at(by(1), []byte("twelve"), nil), "ax",
			[]element{{"a", "found 0"}, {"", tooLong}}},
		{"error first", at(by(0), nil, errBad), "axxxxxx",
			[]element{{"a", "found 0"}, {"", errBad.Error()}}},
		{"empty", bufio.ScanLines, "\n\n", []element{{"", "found 0"}, {"", "found 0"}, {}}},
	} {
		for _, skip := range []bool{false, true} { // it makes no difference
			s := setup{c.name, []spec{custom(terminator.Split(c.split))}, 3, skip, true}
			if got := checkSame(t, s, c.stream); !slices.Equal(got, c.want) {
				t.Errorf("%v: %q\n got %q\nwant %q", s, c.stream, got, c.want)
			}
		}
	}
}

func TestCutsOfSplitLimits(t *testing.T) {
	t.Parallel()
	for _, f := range splitFuncs[:5] {
		for limit := int64(1); limit <= 3; limit++ {
			for _, eof := range []bool{false, true} {
				s := setup{f.name, []spec{custom(terminator.Split(f.split))}, limit, false, eof}
				words(" \r\n,a", 4, func(stream string) { checkSame(t, s, stream) })
			}
		}
	}
}

// A scanner stops where a function skips at the end of the input without a token, and so tells how
// the input was cut.
func TestSplitThatSkips(t *testing.T) {
	s := setup{name: "skipping",
		terms: []spec{custom(terminator.Split(at(by(1), nil, nil)))}, eof: true}
	got := checkSame(t, s, "axxbx")
	if !slices.Equal(got, []element{{"a", "found 0"}, {"b", "found 0"}, {}}) {
		t.Errorf("%q", got)
	}
}

// Without a token the end is there at once: a server need not wait for the next input to be told.
func TestSplitEndsWithoutToken(t *testing.T) {
	for _, advance := range []int{0, 1} {
		var m terminator.Matcher
		m.Set(terminator.Split(at(by(advance), nil, bufio.ErrFinalToken)))
		if checkSteps(t, &m, []step{{"xa", 0, 0, false}}); m.Err() != bufio.ErrFinalToken {
			t.Errorf("Err() = %v, want ErrFinalToken", m.Err())
		}
	}
}

// A scanner panics at the hundredth token of nothing; a peer must not be able to make a server do
// that.
func TestSplitWithoutProgress(t *testing.T) {
	endless := func(data []byte, atEOF bool) (int, []byte, error) { return 0, []byte{}, nil }
	var m terminator.Matcher
	m.Set(terminator.Split(endless))
	checkSteps(t, &m, []step{{"", 0, 0, false}, {"ab", 0, 0, true}, {"ab", 0, 0, false}})
	if m.Err() != terminator.ErrNoProgress {
		t.Errorf("Err() = %v, want ErrNoProgress", m.Err())
	}
}

// At the end a function gets an input of nothing, not none: its caller may pass nil, and a token of
// nil would be lost.
func TestSplitAtEOFOfNothing(t *testing.T) {
	for _, nothing := range [][]byte{nil, {}} {
		for _, before := range []string{"", "a,"} {
			var m terminator.Matcher
			m.Set(terminator.Split(onComma))
			m.Next([]byte(before))
			m.EOF()
			if _, _, found := m.Next(nothing); !found || m.Data() == nil ||
				len(m.Data()) > 0 || m.Err() != nil {
				t.Errorf("behind %q: found %t, Data() = %#v, Err() = %v", before, found, m.Data(), m.Err())
			}
			if _, _, found := m.Next(nothing); found || m.Err() != bufio.ErrFinalToken {
				t.Errorf("behind the last token: found %t, Err() = %v", found, m.Err())
			}
		}
	}
}
