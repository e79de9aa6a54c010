package chat_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// An element that came in one piece goes to the function of Messages without being collected. hidden is the same handler, whose elements are all
// collected, since the channel does not see what it is.
type hidden struct {
	chat.Handler
	ways map[string]int
}

func (h hidden) Inner() chat.Handler { return h.Handler }

func (h hidden) HandleClose(reason error) {
	if errors.Is(reason, chat.ErrTooLong) {
		h.ways["too long"]++
	}
}

// Whatever the function does meanwhile, both get the same messages and answers, and end alike.
func TestWholeElementsAreAsCollected(t *testing.T) {
	ways := map[string]int{}
	for seed := range uint64(2000) {
		direct := playMessages(t, seed, false, ways)
		collected := playMessages(t, seed, true, ways)
		if direct != collected {
			t.Fatalf("seed %d:\n%s\nbut collected:\n%s", seed, direct, collected)
		}
	}
	for _, way := range []string{"too long", "paused", "discarded", "unread", "closed", "throttled", "switched"} {
		if ways[way] == 0 {
			t.Errorf("no run was %s", way)
		}
	}
}

// playMessages has a channel receive a random stream in random pieces, and returns what it made of it. ways counts what happened.
func playMessages(t *testing.T, seed uint64, hide bool, ways map[string]int) string {
	stream, act := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	var log strings.Builder
	terminators := []terminator.Terminator{terminator.String("\n"), terminator.String("\r\n"), terminator.Length(7), terminator.Length(101),
		terminator.Any(";", "\n")}
	newHandler := chat.Messages(terminators[0], func(c *chat.Channel, msg []byte) {
		fmt.Fprintf(&log, "%q\n", msg)
		switch act.IntN(20) {
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
		if n, err := k.Read(far, in); err == nil {
			fmt.Fprintf(&log, "answer of %d bytes\n", n)
		}
	}
	k.CloseWrite(far)
	settle()
	fmt.Fprintln(&log, c.Push(nil), c.Queued())
	return log.String()
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
