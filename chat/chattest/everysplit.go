package chattest

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
)

// The flags have the name of the package in front, as that of httptest has, because the test binary
// is the user's.
var (
	playFlag = flag.String("chattest.play", "",
		"replay only this `way` of cutting a stream or a dialogue")
	updateFlag = flag.Bool("chattest.update", false, "write what dialogues receive to their files")
)

// EverySplit sends stream to a new channel in each of the ways of [Splits], a receive for each
// piece, and then the end of the input. What the handler is called with (but for HandleDrained, and
// neighbouring collects joined), what the peer receives and why the channel closes must be the same
// for all; otherwise it fails the test, with the cut, both results and a command that plays this
// cut again. In the random ways the channel's writes are short too. h is called for each of the
// channels: what its handlers share must not tell them which they are.
//
// It returns a connection on which the stream has arrived whole, and that has not ended, for the
// test to look at.
func EverySplit(tb testing.TB, h chat.NewHandler, stream string) *Conn {
	tb.Helper()
	checkSplits(tb, h, stream)
	c := NewConn(tb, h)
	c.SendString(stream)
	return c
}

func checkSplits(tb testing.TB, h chat.NewHandler, stream string) {
	tb.Helper()
	want := feed(tb, h, stream, nil, nil)
	way := 0
	for cuts := range allCuts(len(stream)) {
		way++
		if *playFlag != "" && *playFlag != strconv.Itoa(way) {
			continue
		}
		var short func() int
		if len(cuts) > 2 {
			short = shortWrites(uint64(way))
		}
		if got := feed(tb, h, stream, cuts, short); !slices.Equal(got, want) {
			pieces := fmt.Sprintf("%q", cutAt([]byte(stream), cuts))
			tb.Errorf("chattest: the stream in the pieces %s gives something else than the stream "+
				"whole:\n%s\n%s", abridge(pieces), compare(got, want), replay(tb, strconv.Itoa(way)))
			return
		}
	}
}

// maxShort bounds the number of short writes: a long answer in pieces of a few bytes takes seconds,
// and finds nothing new.
const maxShort = 1000

// shortWrites says how much each write may take, from a seed.
func shortWrites(seed uint64) func() int {
	rnd, n := rand.New(rand.NewPCG(seed, 3)), 0
	return func() int {
		if n++; n > maxShort {
			return math.MaxInt
		}
		return 1 + rnd.IntN(1+rnd.IntN(100))
	}
}

// feed returns what comes of stream, cut so, as lines to be compared.
func feed(tb testing.TB, h chat.NewHandler, stream string, cuts []int, short func() int) []string {
	tb.Helper()
	w := newWorld(tb)
	w.newLoop(slog.New(slog.DiscardHandler))
	w.kernel.short = short
	defer w.close()
	c := w.connect(h)
	for _, piece := range cutAt([]byte(stream), cuts) {
		c.Send(piece)
	}
	seen := c.observe(nil, c.Received())
	c.CloseWrite()
	return c.observe(append(seen, "end of input"), c.Received())
}

// maxQuoted is how much of an answer is compared as it is.
const maxQuoted = 4 << 10

// observe adds to seen what has happened on c since the last time, with what was received. When
// output is drained depends on the peer, and is left out.
func (c *Conn) observe(seen []string, received []byte) []string {
	seen = append(seen, c.rec.take(drained)...)
	switch n := len(received); {
	case n > maxQuoted:
		seen = append(seen, fmt.Sprintf("peer received %q and so on, %d bytes, of hash %x",
			received[:maxQuoted], n, sha256.Sum256(received)))
	case n > 0:
		seen = append(seen, fmt.Sprintf("peer received %q", received))
	}
	if c.Closed() {
		seen = append(seen, "peer sees the end")
	}
	if err := c.Reason(); err != ErrOpen {
		seen = append(seen, "reason "+describe(err))
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
