package chattest

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/go-asynchat/asynchat/terminator"
)

// TestTerminator checks that t, such as one of terminator.Custom or terminator.Split, keeps the
// contract of terminators on streams. Its elements must not depend on the splits, even under a
// limit and at the end of the stream. It must not change or keep its input. No step may take more
// bytes than there are, and two elements in a row must not both be found without any bytes. And two
// streams that are read at the same time must not affect each other.
func TestTerminator(tb testing.TB, t terminator.Terminator, streams ...string) {
	tb.Helper()
	for _, stream := range streams {
		longest := int64(len(stream))
		for _, limit := range slices.Compact([]int64{0, 1, 2, longest / 2, longest}) {
			for _, skip := range []bool{false, true} {
				for _, eof := range []bool{false, true} {
					if !cutsAgree(tb, t, stream, limit, skip, eof) {
						return
					}
				}
			}
		}
	}
	checkSideBySide(tb, t, streams)
}

func cutsAgree(
	tb testing.TB, t terminator.Terminator, stream string, limit int64, skip, eof bool,
) bool {
	tb.Helper()
	var want []string
	for pieces := range Splits([]byte(stream)) {
		got := readAll(tb, t, pieces, limit, skip, eof)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			tb.Errorf("chattest: %v, limit %d, skip %t, "+
				"end of stream %t: the pieces %s give something else than the whole:\n%s", t, limit, skip, eof,
				abridge(fmt.Sprintf("%q", pieces)), compare(got, want))
			return false
		}
	}
	return true
}

// checkSideBySide reads all streams byte by byte in turn: a framer that is shared by two of them
// mixes them up.
func checkSideBySide(tb testing.TB, t terminator.Terminator, streams []string) {
	tb.Helper()
	feeders := make([]*feeder, len(streams))
	longest := 0
	for i, s := range streams {
		feeders[i] = newFeeder(t)
		longest = max(longest, len(s))
	}
	for at := range longest {
		for i, s := range streams {
			if at < len(s) {
				if err := feeders[i].feed([]byte(s[at : at+1])); err != nil {
					tb.Fatalf("chattest: %v: several streams at once: %v", t, err)
				}
			}
		}
	}
	for i, s := range streams {
		got, err := feeders[i].result(true)
		if err != nil {
			tb.Fatalf("chattest: %v: several streams at once: %v", t, err)
		}
		if want := readAll(tb, t, [][]byte{[]byte(s)}, 0, false, true); !slices.Equal(got, want) {
			tb.Errorf("chattest: %v: the stream %q, read beside others, gives something else:\n%s", t, s,
				compare(got, want))
		}
	}
}

// Reference compares t with split, a simple function for whole streams: split returns the elements
// of the stream, and after them the unfinished rest, as bytes.Split does for a delimiter. Each
// stream is read in every split of [Splits], and the unfinished rest must come at its end. It fails
// at the first difference.
//
//	chattest.Reference(t, terminator.Line(), func(b []byte) [][]byte {
//		return bytes.Split(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"))
//	}, chattest.Words("\r\na", 6))
func Reference(
	tb testing.TB, t terminator.Terminator, split func(stream []byte) [][]byte,
	streams iter.Seq[string],
) {
	tb.Helper()
	for stream := range streams {
		elements := split([]byte(stream))
		if len(elements) == 0 {
			elements = [][]byte{nil}
		}
		last := len(elements) - 1
		var want []string
		for _, e := range elements[:last] {
			want = append(want, fmt.Sprintf("found %q", e))
		}
		want = append(want, fmt.Sprintf("unfinished %q", elements[last]))
		if !readsAs(tb, t, stream, want) {
			return
		}
	}
}

// RoundTrip checks that t reads the output of write: it writes each payload twice in a row, and t
// must find it twice, in every split of [Splits]. write appends the element with its framing to
// dst. If write refuses a payload by an error, the payload is skipped. It fails at the first
// difference.
//
//	chattest.RoundTrip(t, terminator.Netstring(), func(dst, payload []byte) ([]byte, error) {
//		return terminator.AppendNetstring(dst, payload), nil
//	}, chattest.Words(":,1", 4))
func RoundTrip(
	tb testing.TB, t terminator.Terminator, write func(dst, payload []byte) ([]byte, error),
	payloads iter.Seq[string],
) {
	tb.Helper()
	for payload := range payloads {
		element, err := write(nil, []byte(payload))
		if err != nil {
			continue
		}
		stream, found := string(element), fmt.Sprintf("found %q", payload)
		if !readsAs(tb, t, stream+stream, []string{found, found, `unfinished ""`}) {
			return
		}
	}
}

// readsAs reads stream in every way.
func readsAs(tb testing.TB, t terminator.Terminator, stream string, want []string) bool {
	tb.Helper()
	for pieces := range Splits([]byte(stream)) {
		if got := readAll(tb, t, pieces, 0, false, true); !slices.Equal(got, want) {
			tb.Errorf("chattest: %v: the stream %q in the pieces %s is read otherwise:\n%s", t, stream,
				abridge(fmt.Sprintf("%q", pieces)), compare(got, want))
			return false
		}
	}
	return true
}
