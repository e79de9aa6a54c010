package chattest

import (
	"flag"
	"log/slog"
	"math"
	"math/rand/v2"
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

// EverySplit sends stream to a new channel for each split of [Splits], with one receive per piece,
// and then the end of the input. These must be the same for all splits: the calls of the handler
// (except HandleDrained, and with neighbouring collects joined), the output, and the reason of the
// close. Otherwise EverySplit fails the test, with the split, both results and a command that plays
// this split again. In random splits the channel's writes are short too. h is called for each of
// the channels: handlers must not share state, so that each run starts the same.
//
// It returns an open connection on which the stream has arrived whole, for further checks.
func EverySplit(tb testing.TB, h chat.NewHandler, stream string) *Conn {
	tb.Helper()
	checkSplits(tb, h, stream)
	c := NewConn(tb, h)
	c.SendString(stream)
	return c
}

func checkSplits(tb testing.TB, h chat.NewHandler, stream string) {
	tb.Helper()
	everyCut(tb, stream, func(d delivery) outcome {
		return outcome{lines: feed(tb, h, d)}
	})
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

// feed returns what comes of a stream, as lines to be compared.
func feed(tb testing.TB, h chat.NewHandler, d delivery) []string {
	tb.Helper()
	w := newWorld(tb)
	w.newLoop(slog.New(slog.DiscardHandler))
	if d.rough() {
		w.kernel.short = shortWrites(uint64(d.way))
	}
	defer w.close()
	c := w.connect(h)
	for _, piece := range d.pieces() {
		c.Send(piece)
	}
	seen := c.observe(nil, c.Received())
	c.CloseWrite()
	return c.observe(append(seen, endOfInput), c.Received())
}

// observe adds to seen what has happened on c since the last time, with what was received.
func (c *Conn) observe(seen []string, received []byte) []string {
	seen = appendReceived(append(seen, c.rec.take(true)...), received)
	if c.Closed() {
		seen = append(seen, peerSeesEnd)
	}
	if err := c.Reason(); err != ErrOpen {
		seen = append(seen, "reason "+describe(err))
	}
	return seen
}
