// Package webtest plays requests to an HTTP server in memory, for the tests of package web and of
// programs that use it.
package webtest

import (
	"bufio"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// Play sends pieces and returns the answers, and whether the server has closed.
func Play(tb testing.TB, h chat.NewHandler, pieces ...string) (got string, closed bool) {
	c := chattest.NewConn(tb, h)
	for _, p := range pieces {
		c.SendString(p)
	}
	return string(c.Received()), c.Closed()
}

// Exchange plays the input whole, byte by byte and in random splits. The answers must be the same
// for all.
func Exchange(tb testing.TB, h chat.NewHandler, in string) (got string, closed bool) {
	tb.Helper()
	got, closed = Play(tb, h, in)
	cuts := map[string][]string{"byte by byte": strings.Split(in, "")}
	rnd := rand.New(rand.NewPCG(1, uint64(len(in))))
	for _, name := range []string{"random 1", "random 2", "random 3"} {
		for rest := in; rest != ""; {
			n := 1 + rnd.IntN(min(len(rest), 40))
			cuts[name] = append(cuts[name], rest[:n])
			rest = rest[n:]
		}
	}
	for name, pieces := range cuts {
		if other, c := Play(tb, h, pieces...); other != got || c != closed {
			tb.Errorf("%q cut %s:\ngot  %q, closed %v\nwant %q, closed %v", in, name, other, c, got, closed)
		}
	}
	return got, closed
}

// SameWhenCut is for fuzzing: it plays the input whole, in two pieces split at a place that depends
// on the number, and byte by byte. The result of run must be the same.
func SameWhenCut[T comparable](
	tb testing.TB, in string, cut uint, run func(pieces ...string) T,
) (whole T) {
	tb.Helper()
	k := int(cut % uint(len(in)+1))
	whole = run(in)
	for name, pieces := range map[string][]string{"in two": {in[:k], in[k:]},
		"byte by byte": strings.Split(in, "")} {
		if len(in) > 4<<10 && len(pieces) > 2 {
			continue
		}
		if got := run(pieces...); got != whole {
			tb.Errorf("%q cut %s (%d):\ngot  %+v\nwant %+v", in, name, k, got, whole)
		}
	}
	return whole
}

// Ask is Exchange for a request that has one answer.
func Ask(tb testing.TB, h chat.NewHandler, in string) (a Answer, closed bool) {
	tb.Helper()
	got, closed := Exchange(tb, h, in)
	method, _, _ := strings.Cut(strings.TrimLeft(in, "\r\n"), " ")
	all := Answers(tb, got, method)
	if len(all) != 1 {
		tb.Fatalf("%d answers to %q: %q", len(all), in, got)
	}
	return all[0], closed
}

// An Answer is one that was read whole.
type Answer struct {
	*http.Response
	Text string // of the body
}

// Answers parses the received bytes by the standard library. methods are those of the requests; the
// last one also applies to further requests.
func Answers(tb testing.TB, received string, methods ...string) (all []Answer) {
	tb.Helper()
	r := bufio.NewReader(strings.NewReader(received))
	for i := 0; ; i++ {
		if _, err := r.Peek(1); err == io.EOF {
			return all
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: methods[min(i, len(methods)-1)]})
		if err != nil {
			tb.Fatalf("answer %d in %q: %v", i, received, err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			tb.Fatalf("body of answer %d in %q: %v", i, received, err)
		}
		all = append(all, Answer{resp, string(body)})
	}
}
