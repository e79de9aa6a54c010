package chat_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// An audience is channels in memory, spread over loops, and their peers.
type audience struct {
	*testing.T
	k        *simkernel.Kernel
	group    *core.Group
	channels []*chat.Channel
	handlers []*recorder
	peers    []int
	heard    []bytes.Buffer
	buf      [64 << 10]byte
}

// gather makes channels whose handlers are recorders, or one given.
func gather(t *testing.T, loops, channels int, handler ...chat.NewHandler) *audience {
	t.Helper()
	k := simkernel.New()
	g, err := core.NewGroup(loops, core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(g.Close)
	a := &audience{T: t, k: k, group: g, heard: make([]bytes.Buffer, channels)}
	for i := range channels {
		near, far, err := k.Pair()
		require.NoError(t, err)
		r, h := record(crlf)
		if len(handler) > 0 {
			h = handler[0]
		}
		a.channels = append(a.channels, chat.NewChannel(core.NewConn(g.Loops()[i%loops], near), h))
		a.handlers = append(a.handlers, r)
		a.peers = append(a.peers, far)
	}
	a.settle()
	return a
}

// turn turns every loop once, and reports whether anything happened.
func (a *audience) turn() (busy bool) {
	a.Helper()
	for _, l := range a.group.Loops() {
		calls, err := l.Poll(0)
		require.NoError(a, err)
		busy = busy || calls > 0
	}
	return busy
}

func (a *audience) settle() {
	a.Helper()
	for a.turn() {
	}
}

// read lets a peer read what has come, at most n bytes.
func (a *audience) read(i, n int) {
	for n > 0 {
		k, err := a.k.Read(a.peers[i], a.buf[:min(n, len(a.buf))])
		if k == 0 || err != nil {
			return
		}
		a.heard[i].Write(a.buf[:k])
		n -= k
	}
}

// readAll lets a peer read until nothing comes any more, and returns all that it has read.
func (a *audience) readAll(i int) string {
	a.Helper()
	for before := -1; a.heard[i].Len() > before; {
		a.settle()
		before = a.heard[i].Len()
		a.read(i, 1<<20)
	}
	return a.heard[i].String()
}

func (a *audience) broadcast(messages ...string) {
	for _, m := range messages {
		chat.Broadcast(a.channels, []byte(m))
	}
}

// Every channel gets every message once, and those of one goroutine in their order.
func TestBroadcastFromManyGoroutines(t *testing.T) {
	const channels, speakers, each = 1000, 4, 30
	a := gather(t, 3, channels)
	done := make(chan bool)
	go func() {
		defer close(done)
		var wg sync.WaitGroup
		for s := range speakers {
			wg.Go(func() {
				line, list := []byte{}, make([]*chat.Channel, channels)
				for n := range each {
					copy(list, a.channels)
					line = fmt.Appendf(line[:0], "%d %d\n", s, n)
					chat.Broadcast(list, line)
					clear(line) // they are ours again
					clear(list)
				}
			})
		}
		wg.Wait()
	}()
	for spoken := false; !spoken; {
		select {
		case <-done:
			spoken = true
		default:
		}
		a.turn()
		for i := range a.peers {
			a.read(i, 1<<20)
		}
	}
	for i := range a.peers {
		var next [speakers]int
		lines := strings.Split(strings.TrimSuffix(a.readAll(i), "\n"), "\n")
		for _, line := range lines {
			var s, n int
			fmt.Sscanf(line, "%d %d", &s, &n)
			if n != next[s] {
				t.Fatalf("channel %d: message %d of %d in the place of %d", i, n, s, next[s])
			}
			next[s]++
		}
		if len(lines) != speakers*each {
			t.Fatalf("channel %d got %d messages, want %d", i, len(lines), speakers*each)
		}
	}
}

// numbered returns the n-th of messages of 1,000 bytes.
func numbered(n int) string { return fmt.Sprintf("%-999d\n", n) }

// numbers returns which messages of numbered a peer has got, and the pushes between them. It fails
// for a part of one.
func (a *audience) numbers(got string) (n []int, pushes string) {
	a.Helper()
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "push") {
			pushes += line
			continue
		}
		i, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || len(line) != 1000 {
			a.Fatalf("a part of a message: %d bytes, %.20q", len(line), line)
		}
		n = append(n, i)
	}
	return n, pushes
}

// S11 of the security notes, B42: of 30 peers one does not read. It is dealt with by the policy of
// its channel; nobody else notices.
func TestSlowPolicies(t *testing.T) {
	const messages, limit = 500, 100_000
	for _, policy := range []chat.SlowPolicy{
		chat.SlowClose, chat.SlowDropNewest, chat.SlowDropOldest} {
		a := gather(t, 3, 30)
		slow := a.channels[7]
		setLimits(slow, func(l *chat.Limits) { l.Slow, l.MaxOutput = policy, limit })
		for n := range messages {
			a.broadcast(numbered(n))
			if n%50 == 0 {
				slow.PushString(fmt.Sprintf("push %d\n", n))
			}
			a.settle()
			for i := range a.peers {
				if i != 7 {
					a.read(i, 1<<20)
				}
			}
			if q := slow.Queued(); q > limit+1000 {
				t.Fatalf("policy %d: %d bytes are queued", policy, q)
			}
		}
		for i := range a.peers {
			if i == 7 {
				continue
			}
			if n, _ := a.numbers(a.readAll(i)); len(n) != messages {
				t.Errorf("policy %d: channel %d got %d messages, want %d", policy, i, len(n), messages)
			}
		}
		if policy == chat.SlowClose {
			a.handlers[7].expect(t, "connect, close "+chat.ErrSlowReader.Error())
			continue
		}
		got, pushes := a.numbers(a.readAll(7))
		if missing := messages - len(got); missing < 300 || missing != slow.Dropped() {
			t.Errorf("policy %d: %d of %d were not sent, Dropped() = %d", policy, missing,
				messages, slow.Dropped())
		}
		want := "push 0\npush 50\npush 100\npush 150\npush 200\npush 250\npush 300\npush 350\n" +
			"push 400\npush 450\n"
		if pushes != want {
			t.Errorf("policy %d: pushes\n%s", policy, pushes)
		}
		gaps := 0
		for i, n := range got[1:] {
			if n <= got[i] {
				t.Errorf("policy %d: message %d behind %d", policy, n, got[i])
			} else if n != got[i]+1 {
				gaps++
			}
		}
		first, last := got[0], got[len(got)-1]
		if newest := policy == chat.SlowDropOldest; first != 0 || (last == messages-1) != newest ||
			gaps > 1 || newest && gaps != 1 {
			t.Errorf("policy %d: from %d to %d with %d gaps", policy, first, last, gaps)
		}
		a.broadcast(numbered(messages)) // and all is well again
		a.settle()
		if got, _ := a.numbers(a.readAll(7)); got[len(got)-1] != messages {
			t.Errorf("policy %d: the last is %d", policy, got[len(got)-1])
		}
	}
}

// A fast reader is not slow because much is said at once: nothing is dropped of a burst over the
// limits.
func TestBroadcastBurst(t *testing.T) {
	for _, high := range []int{0, chat.NoLimit} {
		a := gather(t, 2, 4)
		for _, c := range a.channels {
			setLimits(c, func(l *chat.Limits) {
				l.Slow, l.MaxOutput, l.HighWater = chat.SlowDropNewest, 40_000, high
			})
		}
		for n := range 60 {
			a.broadcast(numbered(n))
		}
		for i, c := range a.channels {
			if n, _ := a.numbers(a.readAll(i)); len(n) != 60 || c.Dropped() != 0 {
				t.Errorf("channel %d got %d of 60 messages, %d dropped", i, len(n), c.Dropped())
			}
		}
	}
}

// What comes in one turn leaves in one write.
func TestBroadcastsAreJoined(t *testing.T) {
	r, h := record(crlf)
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	c := chat.NewChannel(core.NewConn(loop, near), h)
	settle()
	for range 40 {
		chat.Broadcast([]*chat.Channel{c}, []byte("some words\n"))
	}
	settle()
	buf := make([]byte, 1000)
	if n, _ := k.Read(far, buf); n != 40*11 || k.Writes(far) != 1 || r.count("drained") != 1 {
		t.Errorf("%d bytes in %d writes, drained %d times; want 440, 1, 1", n, k.Writes(far),
			r.count("drained"))
	}
}

// W8: from within a handler, in order with what the handler pushes, and before an end.
func TestBroadcastFromAHandler(t *testing.T) {
	a := gather(t, 1, 2)
	a.handlers[0].onFound = func(r *recorder, element string) {
		r.PushString("before ")
		a.broadcast("<" + element + "> ")
		r.PushString("after ")
	}
	a.k.Write(a.peers[0], []byte("one\r\ntwo\r\n"))
	a.settle()
	if got, want := a.readAll(0), "before <one> after before <two> after "; got != want {
		t.Errorf("the speaker got %q, want %q", got, want)
	}
	if got, want := a.readAll(1), "<one> <two> "; got != want {
		t.Errorf("the other one got %q, want %q", got, want)
	}
}

// The ends of a channel: what waits is sent by those that send the rest, and dropped by those that
// drop it.
func TestBacklogAtTheEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*chat.Channel)
		want int
	}{
		{"CloseWhenDone", (*chat.Channel).CloseWhenDone, 200},
		{"CloseWrite", (*chat.Channel).CloseWrite, 200},
		{"DiscardBuffers", (*chat.Channel).DiscardBuffers, 65},
		{"Close", func(c *chat.Channel) { c.Close() }, 65},
	} {
		a := gather(t, 1, 1)
		for n := range 200 {
			a.broadcast(numbered(n))
		}
		a.settle()
		tt.end(a.channels[0])
		a.settle()
		a.readAll(0)
		if got := a.heard[0].Len() / 1000; got != tt.want {
			t.Errorf("%s: %d messages, want %d", tt.name, got, tt.want)
		}
		if q := a.channels[0].Queued(); q != 0 {
			t.Errorf("%s: %d bytes are queued", tt.name, q)
		}
	}
}

// A slow peer of a busy room still has its say: its input is read each time that its queue has
// drained.
func TestBacklogDoesNotHoldUpInput(t *testing.T) {
	a := gather(t, 1, 1)
	setLimits(a.channels[0], func(l *chat.Limits) { l.Slow = chat.SlowDropOldest })
	said := 0
	a.handlers[0].onFound = func(*recorder, string) { said++ }
	for n := range 3000 {
		a.broadcast(numbered(2*n), numbered(2*n+1))
		if n == 1000 {
			a.k.Write(a.peers[0], []byte("QUIT\r\n"))
		}
		a.turn()
		a.read(0, 1000)
	}
	got, _ := a.numbers(a.heard[0].String()[:a.heard[0].Len()/1000*1000])
	if !slices.IsSorted(got) {
		t.Error("messages out of order")
	}
	if a.channels[0].Dropped() == 0 || said != 1 {
		t.Errorf("%d dropped, %d commands heard; want some, 1", a.channels[0].Dropped(), said)
	}
}

// Each waiting message counts, or empty lines would be free; and what waits counts for the server,
// too.
func TestBacklogIsBounded(t *testing.T) {
	a := gather(t, 1, 1)
	for range 70 {
		a.broadcast(numbered(0))
	}
	for range 30_000 {
		a.broadcast("\n")
	}
	a.settle()
	if got := a.handlers[0].count("close " + chat.ErrSlowReader.Error()); got != 1 {
		t.Error("30,000 messages of one byte wait")
	}

	s := serveInMemory(t, &chat.Server{MaxTotalBuffered: 200_000})
	s.dial("127.0.0.1")
	for range 300 {
		chat.Broadcast(s.open, make([]byte, 1000))
	}
	s.settle()
	if len(s.reasons) != 1 || !errors.Is(s.reasons[0], chat.ErrOverloaded) {
		t.Errorf("the reasons are %v, want ErrOverloaded", s.reasons)
	}
}

// Channels that are closed, on loops that are, and those that close while the broadcast is on its
// way.
func TestBroadcastSkipsTheClosed(t *testing.T) {
	a := gather(t, 2, 6)
	a.channels[1].Close()
	a.channels[2].CloseWhenDone()
	a.broadcast("one ")
	a.channels[3].Close()
	a.settle()
	a.group.Loops()[1].Close() // of channels 1, 3, 5
	a.broadcast("two ")
	chat.Broadcast(a.channels, nil)
	chat.Broadcast(nil, []byte("nobody"))
	a.group.Loops()[0].Poll(0)
	a.group.Loops()[0].Poll(0)
	for i, want := range []string{"one two ", "", "", "", "one two ", "one "} {
		a.read(i, 100)
		if got := a.heard[i].String(); got != want {
			t.Errorf("channel %d got %q, want %q", i, got, want)
		}
	}
}

// One copy of the bytes, and nothing for each channel.
func TestBroadcastAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const channels = 300
	a := gather(t, 3, channels, newEcho)
	message, buf := []byte(strings.Repeat("x", 3000)), make([]byte, 4000)
	round := func() {
		chat.Broadcast(a.channels, message)
		for a.turn() {
		}
		for _, fd := range a.peers {
			a.k.Read(fd, buf)
		}
	}
	for range 20 {
		round()
	}
	if n := testing.AllocsPerRun(100, round); n > 2 {
		t.Errorf("%v allocations for a message to %d channels, want 1", n, channels)
	} else {
		t.Logf("%v allocations for a message to %d channels", n, channels)
	}
}

// A shutdown that comes when the queue has just drained sends what waits.
func TestShutdownSendsTheBacklog(t *testing.T) {
	s := serveInMemory(t, &chat.Server{})
	fd := s.dial("127.0.0.1")
	for n := range 200 {
		chat.Broadcast(s.open, []byte(numbered(n)))
	}
	s.settle()
	s.server.BeginShutdown()
	s.open[0].Loop().Poll(0) // in the next turn the channel hears of it, after the event
	got, buf := 0, make([]byte, 64<<10)
	for n, _ := s.k.Read(fd, buf); n > 0; n, _ = s.k.Read(fd, buf) {
		got += n
		s.settle()
	}
	if got != 200*1000 {
		t.Errorf("%d bytes were sent, want 200000", got)
	}
}
