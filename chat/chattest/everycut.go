package chattest

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A delivery is one way in which a stream arrives.
type delivery struct {
	stream string
	cuts   []int
	way    int // its number, for -chattest.play; 0: the one with which all others are compared
}

// pieces returns the stream as it arrives, in memory of the caller's own.
func (d delivery) pieces() [][]byte { return cutAt([]byte(d.stream), d.cuts) }

// rough reports whether more than the cuts may be unusual.
func (d delivery) rough() bool { return len(d.cuts) > 2 }

// An outcome is what came of a delivery.
type outcome struct {
	lines []string // what must be the same for all deliveries
	fault string   // what must not be, whatever the others give; "" if nothing
	how   string   // what was unusual in addition to the cuts; "" if nothing
}

// everyCut plays the stream whole and then in each of the ways of [Splits]. It fails the test at
// the first that has another outcome than the whole stream.
func everyCut(tb testing.TB, stream string, play func(delivery) outcome) {
	tb.Helper()
	whole := delivery{stream: stream}
	want := play(whole)
	if want.fault != "" {
		tb.Errorf("chattest: %s: %s", whole.name(want), want.fault)
		return
	}
	for cuts := range allCuts(len(stream)) {
		whole.way++
		if *playFlag != "" && *playFlag != strconv.Itoa(whole.way) {
			continue
		}
		d := delivery{stream, cuts, whole.way}
		got := play(d)
		switch {
		case got.fault != "":
			tb.Errorf("chattest: %s: %s\n%s", d.name(got), got.fault, d.replay(tb))
			return
		case !slices.Equal(got.lines, want.lines):
			tb.Errorf("chattest: %s gives something else than %s:\n%s\n%s", d.name(got), d.other(),
				compare(got.lines, want.lines), d.replay(tb))
			return
		}
	}
}

func (d delivery) name(o outcome) string {
	if len(d.cuts) == 0 {
		return "the stream whole" + o.how
	}
	return "the stream in the pieces " + abridge(fmt.Sprintf("%q", d.pieces())) + o.how
}

// other names what d is compared with.
func (d delivery) other() string {
	if len(d.cuts) == 0 {
		return "at the first time, so it does not depend on the stream alone"
	}
	return "the stream whole"
}

func (d delivery) replay(tb testing.TB) string { return replay(tb, strconv.Itoa(d.way)) }

// Lines of an outcome.
const (
	endOfInput  = "end of input"
	peerSeesEnd = "peer sees the end"
)

// maxQuoted is how much of an answer is compared as it is.
const maxQuoted = 4 << 10

// appendReceived adds what the peer has received, if that is anything.
func appendReceived(seen []string, received []byte) []string {
	switch n := len(received); {
	case n > maxQuoted:
		return append(seen, fmt.Sprintf("peer received %q and so on, %d bytes, of hash %x",
			received[:maxQuoted], n, sha256.Sum256(received)))
	case n > 0:
		return append(seen, fmt.Sprintf("peer received %q", received))
	}
	return seen
}

// compare shows got up to the first line in which it differs from want, and both there.
func compare(got, want []string) string {
	var b strings.Builder
	for i := 0; i < max(len(got), len(want)); i++ {
		if i < len(got) && i < len(want) && got[i] == want[i] {
			fmt.Fprintf(&b, "    %s\n", abridge(got[i]))
			continue
		}
		fmt.Fprintf(&b, "  > %s\n  want %s", lineOf(got, i), lineOf(want, i))
		break
	}
	return b.String()
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return abridge(lines[i])
	}
	return "(nothing more)"
}

func abridge(line string) string {
	const most = 400
	if len(line) <= most {
		return line
	}
	return fmt.Sprintf("%s ... (%d bytes) ... %s", line[:most/2], len(line), line[len(line)-most/2:])
}

// replay returns the command that plays the way of cutting again, and nothing else.
func replay(tb testing.TB, way string) string {
	var names []string
	for _, name := range strings.Split(tb.Name(), "/") {
		names = append(names, "^"+regexp.QuoteMeta(name)+"$")
	}
	return fmt.Sprintf("replay: go test -run '%s' -chattest.play=%s", strings.Join(names, "/"), way)
}
