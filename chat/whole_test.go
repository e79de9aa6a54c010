package chat_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// An element that came in one piece goes to the function of Messages without being collected.
// hidden is the same handler, whose elements are all collected, since the channel does not see what
// it is.
type hidden struct {
	chat.Handler
	ways map[string]int
}

func (h hidden) Inner() chat.Handler { return h.Handler }

func (h hidden) HandleClose(reason error) {
	switch {
	case errors.Is(reason, chat.ErrTooLong):
		h.ways["too long"]++
	case errors.Is(reason, chat.ErrTooSlow):
		h.ways["too slow"]++
	}
}

// Whatever the function does meanwhile, both get the same messages and answers, and end alike.
func TestWholeElementsAreAsCollected(t *testing.T) {
	oneGoroutine(t)
	ways := map[string]int{}
	for seed := range uint64(2000) {
		direct := playMessages(t, seed, false, ways)
		collected := playMessages(t, seed, true, ways)
		if direct != collected {
			t.Fatalf("seed %d:\n%s\nbut collected:\n%s", seed, direct, collected)
		}
	}
	for _, way := range []string{"too long", "too slow", "paused", "discarded", "unread", "closed",
		"throttled", "switched"} {
		if ways[way] == 0 {
			t.Errorf("no run was %s", way)
		}
	}
}

// playMessages has a channel receive a random stream in random pieces, and returns what it made of
// it. ways counts what happened.
func playMessages(t *testing.T, seed uint64, hide bool, ways map[string]int) string {
	stream, act := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
	timed := seed%2 == 0 // much of it is one request, and a clock ends some
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	var log strings.Builder
	terminators := []terminator.Terminator{terminator.String("\n"), terminator.String("\r\n"),
		terminator.Length(7), terminator.Length(101),
		terminator.Any(";", "\n")}
	newHandler := chat.Messages(terminators[0], func(c *chat.Channel, msg []byte) {
		fmt.Fprintf(&log, "%q\n", msg)
		what := act.IntN(20)
		if timed && what > 7 {
			what = 6
		}
		switch what {
		case 0:
			c.SetTerminator(terminators[act.IntN(len(terminators))])
			ways["switched"]++
		case 1:
			c.PauseReading()
			ways["paused"]++
		case 2:
			c.Unread([]byte("again\nand again;"))
			ways["unread"]++
		case 3:
			c.DiscardBuffers()
			ways["discarded"]++
		case 4:
			c.PushString(strings.Repeat("y", 70_000))
			ways["throttled"]++
		case 5:
			c.CloseWhenDone()
			ways["closed"]++
		case 6:
			c.ExpectMore()
		case 7:
			c.PauseAfter(2)
		default:
			c.Push(msg)
		}
	})
	c := chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
		limits := c.Limits()
		limits.MaxElement, limits.ElementsPerTurn, limits.HighWater = 100, 5, 1000
		c.SetLimits(limits)
		h := newHandler(c)
		if hide {
			return hidden{h, ways}
		}
		return h
	})
	in := make([]byte, 64<<10)
	for range 30 {
		k.Write(far, []byte(somePiece(stream)))
		settle()
		c.ResumeReading()
		settle()
		if timed {
			k.Advance(time.Duration(stream.IntN(30)) * time.Second)
			settle()
			fmt.Fprintln(&log, c.Push(nil))
		}
		if n, err := k.Read(far, in); err == nil {
			fmt.Fprintf(&log, "answer of %d bytes\n", n)
		}
	}
	k.CloseWrite(far)
	settle()
	fmt.Fprintln(&log, c.Push(nil), c.Queued())
	return log.String()
}

// What Messages has of an element belongs to the next, if the terminator is changed meanwhile: also
// to one that comes whole.
func TestWholeElementBehindABeginning(t *testing.T) {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	var got []string
	c := chat.NewChannel(core.NewConn(loop, near),
		chat.Messages(crlf, func(_ *chat.Channel, msg []byte) { got = append(got, string(msg)) }))
	for _, piece := range []string{"one\r\n", "abc", "def;ghi;", "jkl;"} {
		k.Write(far, []byte(piece))
		settle()
		if piece == "abc" {
			c.SetTerminator(terminator.String(";"))
			settle()
		}
	}
	require.Equal(t, []string{"one", "abcdef", "ghi", "jkl"}, got)
}

// Parts of a request that are whole have one time and one rate, too: 10 KiB gain 10 s, but no more
// than there was at first.
func TestExpectMoreOfWholeElements(t *testing.T) {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	n := 0
	c := chat.NewChannel(core.NewConn(loop, near),
		chat.Messages(crlf, func(c *chat.Channel, _ []byte) {
			if n++; n > 1 {
				c.ExpectMore()
			}
		}))
	k.Write(far, []byte("one\r\n"))
	settle()
	k.Write(far, []byte("two\r\n"))
	settle()
	k.Advance(25 * time.Second)
	k.Write(far, []byte(strings.Repeat("x", 10<<10-2)+"\r\n"))
	settle()
	k.Advance(15*time.Second - 1)
	settle()
	require.NoError(t, c.Push(nil), "before 40 s")
	k.Advance(1)
	settle()
	require.ErrorIs(t, c.Push(nil), chat.ErrClosed, "after 40 s")
	require.Equal(t, 3, n)
}

// Nor does the first one of a connection leave memory behind: many have no other.
func TestFirstElementIsNotGathered(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const channels = 64
	loop, err := core.New(core.WithKernel(&endless{input: []byte("hello\r\n")}))
	require.NoError(t, err)
	for fd := range channels {
		chat.NewChannel(core.NewConn(loop, fd), newEcho)
	}
	_, err = loop.Poll(0) // 16 of them, as many events as it has room for at first
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = loop.Poll(0)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	if n := after.Mallocs - before.Mallocs; n > 10 {
		t.Errorf("%d allocations for the first lines of 48, want hardly any", n)
	}
}

func somePiece(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(6) {
		if r.IntN(60) == 0 {
			b.WriteString(strings.Repeat("l", 150))
		}
		b.WriteString(strings.Repeat("x", r.IntN(40)))
		b.WriteString([]string{"\n", "\r\n", ";", "\r", ""}[r.IntN(5)])
	}
	return b.String()
}
