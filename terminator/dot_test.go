package terminator_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

const (
	reject    = terminator.RejectBare
	pass      = terminator.PassBare
	normalize = terminator.NormalizeBare
)

var newlinePolicies = []terminator.NewlinePolicy{reject, pass, normalize}

func TestDot(t *testing.T) {
	bare := terminator.ErrBareNewline.Error()
	for _, c := range []struct {
		name, stream                   string
		rejected, passed, normalized   string
		rejectedBy, passedBy, normalBy string // how the element ends; "" is "found 0"
	}{
		{name: "empty text", stream: ".\r\n"},
		{name: "one line", stream: "a\r\n.\r\n", rejected: "a\r\n", passed: "a\r\n", normalized: "a\r\n"},
		{name: "empty lines", stream: "\r\n\r\n.\r\n", rejected: "\r\n\r\n", passed: "\r\n\r\n",
			normalized: "\r\n\r\n"},
		{name: "stuffed", stream: "..\r\n...a\r\n.b\r\n.\r\n", rejected: ".\r\n..a\r\nb\r\n",
			passed: ".\r\n..a\r\nb\r\n", normalized: ".\r\n..a\r\nb\r\n"},
		{name: "dot inside a line", stream: "a.\r\nb .\r\n.\r\n", rejected: "a.\r\nb .\r\n",
			passed: "a.\r\nb .\r\n", normalized: "a.\r\nb .\r\n"},
		{name: "dot and space", stream: ". \r\n.\r\n", rejected: " \r\n", passed: " \r\n",
			normalized: " \r\n"},
		{name: "NUL is text", stream: "\x00\r\n.\r\n", rejected: "\x00\r\n", passed: "\x00\r\n",
			normalized: "\x00\r\n"},
		{name: "bare LF", stream: "a\nb\r\n.\r\n", rejected: "a", rejectedBy: bare, passed: "a\nb\r\n",
			normalized: "a\r\nb\r\n"},
		{name: "bare CR", stream: "a\rb\r\n.\r\n", rejected: "a", rejectedBy: bare, passed: "a\rb\r\n",
			normalized: "a\r\nb\r\n"},
		{name: "LF first", stream: "\na\r\n.\r\n", rejectedBy: bare, passed: "\na\r\n",
			normalized: "\r\na\r\n"},
		{name: "CR first", stream: "\ra\r\n.\r\n", rejectedBy: bare, passed: "\ra\r\n",
			normalized: "\r\na\r\n"},
		{name: "CR CR LF", stream: "a\r\r\n.\r\n", rejected: "a", rejectedBy: bare, passed: "a\r\r\n",
			normalized: "a\r\n\r\n"},
		{name: "LF CR", stream: "a\n\r\n.\r\n", rejected: "a", rejectedBy: bare, passed: "a\n\r\n",
			normalized: "a\r\n\r\n"},
		{name: "dot between bare LFs", stream: "a\n.\nb\r\n.\r\n", rejected: "a", rejectedBy: bare,
			passed: "a\n.\nb\r\n", normalized: "a\r\n.\r\nb\r\n"},
		{name: "dot behind a bare LF", stream: "a\n.\r\nb\r\n.\r\n", rejected: "a", rejectedBy: bare,
			passed: "a\n.\r\nb\r\n", normalized: "a\r\n.\r\nb\r\n"},
		{name: "stuffed behind a bare LF", stream: "a\n..b\r\n.\r\n", rejected: "a", rejectedBy: bare,
			passed: "a\n..b\r\n", normalized: "a\r\n.b\r\n"},
		{name: "dot before a bare LF", stream: "a\r\n.\nb\r\n.\r\n", rejected: "a\r\n", rejectedBy: bare,
			passed: "a\r\n\nb\r\n", normalized: "a\r\n\r\nb\r\n"},
		{name: "text after a fault is not read", stream: "\r\r\n.\r\n", rejectedBy: bare,
			passed: "\r\r\n", normalized: "\r\n\r\n"},
	} {
		for i, want := range []element{{c.rejected, c.rejectedBy}, {c.passed, c.passedBy},
			{c.normalized, c.normalBy}} {
			if want.end == "" {
				want.end = "found 0"
			}
			s := setup{name: c.name, terms: []spec{dotOf(newlinePolicies[i])}}
			if got := checkSame(t, s, c.stream); got[0] != want {
				t.Errorf("%v: %q\n got %q\nwant %q", s, c.stream, got[0], want)
			}
		}
	}
}

// Every text of a few bytes, every cut, against a reader that sees all of it at once.
func TestCutsOfDotText(t *testing.T) {
	exhaust(t, "\r\n.a", 6, []setup{
		{name: "reject", terms: []spec{dotOf(reject)}},
		{name: "pass", terms: []spec{dotOf(pass)}},
		{name: "normalize", terms: []spec{dotOf(normalize)}},
	})
	exhaust(t, "\r\n.", 7, []setup{
		{name: "reject, then line", terms: []spec{dotOf(reject), str("\r\n")}},
		{name: "pass, then length", terms: []spec{dotOf(pass), length(1)}},
		{name: "normalize, then line", terms: []spec{dotOf(normalize), anyOf("\r\n", "\n")}},
	})
}

// The same without cuts but for longer texts, which come whole and byte by byte.
func TestLongerDotTexts(t *testing.T) {
	t.Parallel()
	longest := 7
	if raceEnabled || testing.Short() {
		longest = 5
	}
	for _, policy := range newlinePolicies {
		for _, s := range policies(setup{name: "longer", terms: []spec{dotOf(policy)}}) {
			f, bytewise := newFeeder(t, s), make([][]byte, longest)
			words("\r\n.a", longest, func(stream string) {
				want, held := reference(s, stream)
				b := []byte(stream)
				for i := range b {
					bytewise[i] = b[i : i+1]
				}
				f.check(stream, [][]byte{b}, want, held)
				f.check(stream, bytewise[:len(b)], want, held)
			})
		}
	}
}

// Texts of many lines under limits of every size: what a limit cuts goes on where it was.
func TestRandomDotTexts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	parts := []string{"\r\n", "\r\n", "\r\n.", "\r\n..", "\r", "\n", ".", "a", "abc", "\r\n.\r\n",
		"\n.\r\n", ".\r", "\r\r\n"}
	for range 600 {
		var b strings.Builder
		for range rnd.IntN(24) {
			b.WriteString(parts[rnd.IntN(len(parts))])
		}
		s := setup{
			name: "random", terms: []spec{dotOf(newlinePolicies[rnd.IntN(3)])}, limit: rnd.Int64N(20),
			skip: rnd.IntN(2) == 0, eof: rnd.IntN(2) == 0,
		}
		checkRandomCuts(t, rnd, s, b.String())
	}
}

// S1 of framing-security.md: no sequence that another reader may take for the end of a mail makes
// two of one.
func TestSMTPSmuggling(t *testing.T) {
	const body, command, end = "Subject: x\r\n\r\nbody", "MAIL FROM:<x>\r\n", "\r\n.\r\n"
	for _, seq := range []string{
		"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\n", "\r\r\n.\r\n",
		"\n.\r\r\n", "\r\n\x00.\r\n",
	} {
		stream := body + seq + command + end
		got := checkSame(t, setup{name: "smuggled", terms: []spec{dotOf(reject)}}, stream)
		switch rejected := got[0].end == terminator.ErrBareNewline.Error() && len(got) == 1; {
		case seq == "\r\n\x00.\r\n": // nothing bare in it, and no end either
			if len(got) != 2 || got[0] != (element{strings.TrimSuffix(stream, ".\r\n"), "found 0"}) ||
				got[1] != (element{}) {
				t.Errorf("%q: %q", seq, got)
			}
		case !rejected || !strings.HasPrefix(stream, got[0].data):
			t.Errorf("%q is not rejected: %q", seq, got)
		}
		got = checkSame(t, setup{name: "smuggled", terms: []spec{dotOf(pass)}}, stream)
		at := strings.Index(stream, end) + 2
		want := strings.ReplaceAll(stream[:at], "\r\n.", "\r\n")
		if got[0] != (element{want, "found 0"}) {
			t.Errorf("%q passed: %q, want one mail %q", seq, got, want)
		}
		got = checkSame(t, setup{name: "smuggled", terms: []spec{dotOf(normalize)}}, stream)
		// That one holds the true end.
		if one := seq != "\r\r\n.\r\n"; one != (len(got) == 2 && got[1] == element{}) {
			t.Errorf("%q normalised: %q", seq, got)
		}
	}
}

// Without bare newlines Dot(PassBare) is a search for "\r\n.\r\n" and a ReplaceAll, and so it is
// with them.
func TestPassBareIsIndex(t *testing.T) {
	words("\r\n.a", 7, func(stream string) {
		lines := "\r\n" + stream
		at := strings.Index(lines, "\r\n.\r\n")
		if at < 0 {
			return
		}
		want := strings.ReplaceAll(lines[:at+2], "\r\n.", "\r\n")[2:]
		f := newFeeder(t, setup{terms: []spec{dotOf(pass)}})
		f.feed([]byte(stream))
		if got := f.seen[0]; got != (element{want, "found 0"}) || f.collected+f.skipped < at+3 {
			t.Fatalf("%q: %q, want %q", stream, got, want)
		}
	})
}

// What NormalizeBare collects has no bare newline, and AppendDot makes a text of it that RejectBare
// reads.
func TestNormalizedTextIsClean(t *testing.T) {
	words("\r\n.a", 6, func(stream string) {
		f := newFeeder(t, setup{terms: []spec{dotOf(normalize)}})
		f.feed([]byte(stream + "\r\n.\r\n"))
		clean := f.seen[0].data
		wire, err := terminator.AppendDot(nil, []byte(clean))
		if err != nil {
			t.Fatalf("%q: normalised to %q: %v", stream, clean, err)
		}
		f = newFeeder(t, setup{terms: []spec{dotOf(reject)}})
		if f.feed(wire); len(f.seen) != 1 || f.seen[0].data != clean {
			t.Fatalf("%q: normalised to %q, read as %q", stream, clean, f.seen)
		}
	})
}

func TestDotHeldBack(t *testing.T) {
	for _, policy := range newlinePolicies {
		var m terminator.Matcher
		m.Set(terminator.Dot(policy))
		checkSteps(t, &m, []step{{"", 0, 0, false}, {".", 0, 0, false}, {".\r", 0, 0, false}})
		if m.Partial() {
			t.Errorf("%v: Partial() = true before the first byte", m.Terminator())
		}
		checkSteps(t, &m,
			[]step{{".\r\n", 0, 3, true}, {"a\r", 1, 0, false}, {"\r", 0, 0, false}, {"\r\n", 2, 0, false}})
		if !m.Partial() {
			t.Errorf("%v: Partial() = false inside a text", m.Terminator())
		}
		checkSteps(t, &m, []step{{".", 0, 0, false}, {"..", 0, 1, false}})
		if !m.Partial() {
			t.Errorf("%v: Partial() = false behind a stuffed dot", m.Terminator())
		}
		if checkSteps(t, &m, []step{{".\r\n.\r\n", 3, 0, false}, {".\r\n", 0, 3, true}}); m.Partial() {
			t.Errorf("%v: Partial() = true between two texts", m.Terminator())
		}
		checkSteps(t, &m, []step{{"..", 0, 1, false}})
		if !m.Partial() {
			t.Errorf("%v: Partial() = false behind a stuffed dot that was the first byte", m.Terminator())
		}
	}
}

// A held beginning of an end is content at the end of the input, and counts: the limit is for it
// too.
func TestDotAtEOF(t *testing.T) {
	for _, held := range []string{".", ".\r", "\r"} {
		for _, policy := range newlinePolicies {
			for limit := range int64(5) {
				for _, skip := range []bool{false, true} {
					s := setup{"EOF", []spec{dotOf(policy)}, limit, skip, true}
					checkCuts(t, s, held)
					checkCuts(t, s, "\r\n"+held)
					checkCuts(t, s, "ab\r\n"+held)
				}
			}
		}
	}
}

// The limit counts what is collected: no stuffed dots, and two bytes for a newline that was made of
// one.
func TestDotLimit(t *testing.T) {
	tooLong := terminator.ErrTooLong.Error()
	for _, c := range []struct {
		policy terminator.NewlinePolicy
		limit  int64
		stream string
		want   element
	}{
		{reject, 3, "..\r\n.\r\n", element{".\r\n", "found 0"}},
		{reject, 2, "..\r\n.\r\n", element{".\r", tooLong}},
		{reject, 4, "ab\r\n.\r\n", element{"ab\r\n", "found 0"}},
		{reject, 4, "ab\r\nc\r\n.\r\n", element{"ab\r\n", tooLong}},
		// It comes before the first byte too many.
		{reject, 3, "abc\n", element{"abc", terminator.ErrBareNewline.Error()}},
		{pass, 3, "ab\n\r\n.\r\n", element{"ab\n", tooLong}},
		{normalize, 3, "a\n.\r", element{"a\r\n", ""}},
		{normalize, 2, "a\nb", element{"a", tooLong}},
	} {
		s := setup{name: "limit", terms: []spec{dotOf(c.policy)}, limit: c.limit}
		if got := checkSame(t, s, c.stream); got[0] != c.want {
			t.Errorf("%v: %q: %q, want %q", s, c.stream, got, c.want)
		}
	}
}

func TestDotDataIsForOneStep(t *testing.T) {
	var m terminator.Matcher
	if m.Set(terminator.Dot(normalize)); m.Data() != nil {
		t.Errorf("Data() = %q before the first step", m.Data())
	}
	checkSteps(t, &m, []step{{"\na", 1, 0, false}})
	if !bytes.Equal(m.Data(), []byte("\r\n")) {
		t.Errorf("Data() = %q for a bare LF", m.Data())
	}
	copy(m.Data(), "??") // it is the caller's to spoil
	if checkSteps(t, &m, []step{{"a", 1, 0, false}}); m.Data() != nil {
		t.Errorf("Data() = %q for text", m.Data())
	}
	checkSteps(t, &m, []step{{"\rb", 1, 0, false}})
	if !bytes.Equal(m.Data(), []byte("\r\n")) {
		t.Errorf("Data() = %q for a bare CR", m.Data())
	}
	if m.Set(terminator.Dot(normalize)); m.Data() != nil {
		t.Errorf("Data() = %q after Set", m.Data())
	}
}
