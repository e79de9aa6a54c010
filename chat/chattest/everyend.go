package chattest

import (
	"errors"
	"io"
	"log/slog"
	"strconv"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
)

// maxEnds bounds the places at which one request breaks off. Of a longer one some are left out.
const maxEnds = 600

// EveryEnd checks that a handler knows where a request ends: it must call Channel.ExpectMore
// wherever a request goes on, and nowhere else. The peer sends before, which must be zero or more
// whole requests, and then one request. In each of many runs it ends its direction at another
// place. If this is within the request, the channel must close with io.ErrUnexpectedEOF, and before
// or after the request with io.EOF. The handler may also close with its own reason.
//
// If ExpectMore is missing, a peer has IdleTimeout for each part of a request, a shutdown breaks
// requests off, and a truncated request looks like a client that has left. No other check of this
// package finds a missing call: in one run, a line without an answer may also be a whole request.
// EveryEnd fails for a handler with HandleEOF, which decides itself.
func EveryEnd(tb testing.TB, h chat.NewHandler, before, request string) {
	tb.Helper()
	ends := []int{0}
	if len(request) > 1 {
		ends = append(ends, singles(len(request), maxEnds)...)
	}
	for _, n := range append(ends, len(request)) {
		reason := endAt(tb, h, before, request[:n])
		switch inside := 0 < n && n < len(request); {
		case reason == ErrOpen:
			tb.Fatalf("chattest: EveryEnd: the channel is open behind the end of the input: its handler " +
				"has HandleEOF, or waits for something that does not come")
		case inside && reason == io.EOF:
			tb.Errorf("chattest: the peer has left within a request, and the channel takes that for an end "+
				"between two: ExpectMore is missing behind %s of %s",
				abridge(strconv.Quote(request[:n])), abridge(strconv.Quote(request)))
			return
		case !inside && errors.Is(reason, io.ErrUnexpectedEOF):
			tb.Errorf("chattest: the channel expects more behind a whole request: %s",
				abridge(strconv.Quote(before+request[:n])))
			return
		}
	}
}

// endAt returns why a channel closes whose peer sends the two texts and then ends its direction.
func endAt(tb testing.TB, h chat.NewHandler, before, begun string) error {
	tb.Helper()
	w := newWorld(tb)
	w.newLoop(slog.New(slog.DiscardHandler))
	defer w.close()
	c := w.connect(h)
	if before != "" {
		c.SendString(before)
	}
	if begun != "" {
		c.SendString(begun)
	}
	c.CloseWrite()
	return c.Reason()
}
