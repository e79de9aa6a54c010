package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// M14: members come and go, and those that are closed go by themselves.
func TestRoomMembers(t *testing.T) {
	a := gather(t, 3, 6)
	var r, other chat.Room
	for _, c := range a.channels {
		require.True(t, r.Add(c))
		require.False(t, r.Add(c))
		require.True(t, other.Add(c))
	}
	require.True(t, r.Remove(a.channels[1]))
	require.False(t, r.Remove(a.channels[1]))
	a.channels[4].Close()
	a.channels[5].CloseWhenDone()
	require.False(t, r.Add(a.channels[4]))
	require.False(t, r.Remove(a.channels[4]))
	require.Equal(t, 4, r.Len())
	require.Equal(t, 5, other.Len())
	a.settle()
	r.Send(nil, []byte("hello"))
	r.Send(nil, nil)
	for i, want := range []string{"hello", "", "hello", "hello", "", ""} {
		if got := a.readAll(i); got != want {
			t.Errorf("channel %d got %q, want %q", i, got, want)
		}
	}
	got := slices.Collect(r.All())
	for i, c := range a.channels {
		if slices.Contains(got, c) != (i != 1 && i != 4) {
			t.Errorf("All has the wrong channel %d", i)
		}
	}
	for _, l := range a.group.Loops() {
		l.Close()
	}
	if r.Len() != 0 || other.Len() != 0 {
		t.Errorf("left are %d and %d", r.Len(), other.Len())
	}
	r.Send(nil, []byte("nobody"))
}

// W8: what a member says comes in order with what is pushed to it, and before an end.
func TestRoomIsInOrder(t *testing.T) {
	h := func(c *chat.Channel) chat.Handler {
		r := &chat.Room{}
		return chat.Lines(func(c *chat.Channel, line []byte) {
			r.Add(c)
			r.Send(c, append([]byte("said "), line...))
			c.PushString(" after ")
			if string(line) == "quit" {
				c.CloseWhenDone()
			}
		})(c)
	}
	chattest.EverySplit(t, h, "hi\r\nquit\r\nno\r\n")
	c := chattest.NewConn(t, h)
	c.SendString("hi\r\nquit\r\nno\r\n")
	expectReceived(t, c, "said hi after said quit after ")
}

// Members on several loops, who speak in their callbacks, and other goroutines: all hear all in one
// order.
func TestRoomHasOneOrder(t *testing.T) {
	const members, each = 12, 60
	a := gather(t, 4, members)
	var r chat.Room
	for i, c := range a.channels {
		r.Add(c)
		a.handlers[i].onFound = func(h *recorder, element string) {
			r.Send(h.Channel, []byte(element+"\n"))
		}
	}
	spoken := make(chan bool)
	go func() {
		defer close(spoken)
		var wg sync.WaitGroup
		for i := 0; i < members; i += 3 {
			wg.Go(func() {
				for n := range each {
					r.Send(nil, fmt.Appendf(nil, "%d %d\n", i, n))
				}
			})
		}
		wg.Wait()
	}()
	for n := range each {
		for i, fd := range a.peers {
			if i%3 != 0 {
				a.k.Write(fd, fmt.Appendf(nil, "%d %d\r\n", i, n))
			}
		}
		a.turn()
	}
	<-spoken
	want := a.readAll(0)
	if n := strings.Count(want, "\n"); n != members*each {
		t.Fatalf("%d lines, want %d", n, members*each)
	}
	for i := range members {
		if got := a.readAll(i); got != want {
			t.Fatalf("member %d has heard something else than member 0", i)
		}
	}
}

// One copy of the bytes, whatever the number of members.
func TestRoomAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	a := gather(t, 3, 300, newEcho)
	var r chat.Room
	for _, c := range a.channels {
		r.Add(c)
	}
	message, buf := []byte(strings.Repeat("x", 3000)), make([]byte, 4000)
	for _, from := range []*chat.Channel{nil, a.channels[0]} {
		round := func() {
			r.Send(from, message)
			a.settle()
			for _, fd := range a.peers {
				a.k.Read(fd, buf)
			}
		}
		for range 20 {
			round()
		}
		if n := testing.AllocsPerRun(100, round); n > 2 {
			t.Errorf("%v allocations for a message to 300 members, want 1", n)
		}
	}
}

// A slow member is put out while somebody speaks to the room: it leaves within Send.
func TestRoomPutsOutTheSlow(t *testing.T) {
	a := gather(t, 1, 3)
	var r chat.Room
	for _, c := range a.channels {
		setLimits(c, func(l *chat.Limits) { l.MaxOutput = 50_000 })
		r.Add(c)
	}
	a.channels[0].Post(func() {
		for n := range 400 {
			r.Send(a.channels[0], []byte(numbered(n)))
			a.read(0, 1<<20)
		}
	})
	a.settle()
	if r.Len() != 1 {
		t.Errorf("%d members are left, want 1", r.Len())
	}
}
