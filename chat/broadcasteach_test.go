package chat_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// A message has a head of its own for each channel, on whatever loop that is, whether a channel
// broadcasts it or a room sends it, and is one with it, also beside other messages.
func TestBroadcastEach(t *testing.T) {
	type heads = func(*chat.Channel) []byte
	for name, send := range map[string]func(a *audience, r *chat.Room, head heads){
		"Channel.BroadcastEach": func(a *audience, _ *chat.Room, head heads) {
			a.channels[2].BroadcastEach(a.channels, head, []byte("body\n"))
		},
		"Room.SendEach of a member": func(a *audience, r *chat.Room, head heads) {
			r.SendEach(a.channels[2], head, []byte("body\n"))
		},
		"Room.SendEach of anybody": func(a *audience, r *chat.Room, head heads) {
			r.SendEach(nil, head, []byte("body\n"))
		},
	} {
		a := gather(t, 3, 7)
		var r chat.Room
		for _, c := range a.channels {
			require.True(t, r.Add(c))
		}
		a.channels[4].Close()
		scratch := []byte{}
		head := func(to *chat.Channel) []byte { // the same memory for all
			scratch = fmt.Appendf(scratch[:0], "to %d: ", slices.Index(a.channels, to))
			return scratch
		}
		send(a, &r, head)
		send(a, &r, func(*chat.Channel) []byte { return nil })
		send(a, &r, head)
		for i := range a.channels {
			want := fmt.Sprintf("to %d: body\nbody\nto %d: body\n", i, i)
			if i == 4 {
				want = ""
			}
			if got := a.readAll(i); got != want {
				t.Errorf("%s: channel %d got %q, want %q", name, i, got, want)
			}
		}
	}
}

// A message that is dropped is dropped with its head, and one that waits is sent with it.
func TestBroadcastEachIsDroppedWhole(t *testing.T) {
	body := strings.Repeat("x", 600) + "\n"
	for _, policy := range []chat.SlowPolicy{chat.SlowDropNewest, chat.SlowDropOldest} {
		a := gather(t, 2, 3)
		slow := a.channels[1]
		setLimits(slow, func(l *chat.Limits) { l.Slow, l.MaxOutput = policy, 100_000 })
		const messages = 500
		for n := range messages {
			a.channels[0].BroadcastEach(a.channels[1:], func(*chat.Channel) []byte {
				return fmt.Appendf(nil, "%d ", n)
			}, []byte(body))
			a.settle()
			a.read(2, 1<<20)
		}
		got, last := strings.Split(strings.TrimSuffix(a.readAll(1), body), body), -1
		for _, text := range got {
			var n int
			if _, err := fmt.Sscan(text, &n); err != nil || text != fmt.Sprint(n, " ") || n <= last {
				t.Fatalf("policy %d: %q behind message %d", policy, text, last)
			}
			last = n
		}
		if missing := messages - len(got); missing == 0 || missing != slow.Dropped() {
			t.Errorf("policy %d: %d messages are missing, Dropped is %d", policy, missing, slow.Dropped())
		}
		if n := strings.Count(a.readAll(2), body); n != messages {
			t.Errorf("policy %d: the fast one got %d messages, want %d", policy, n, messages)
		}
	}
}

// The body is there once, however many channels get it.
func TestBroadcastEachSharesTheBody(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	a := gather(t, 2, 200, newEcho)
	body, head := make([]byte, 50_000), []byte("a head")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a.channels[0].BroadcastEach(a.channels, func(*chat.Channel) []byte { return head }, body)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 4*50_000 {
		t.Errorf("%d bytes were allocated for a body of 50,000 and 200 channels", n)
	}
}
