package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// Nobody is served before those who wait already, and nobody twice who lets the others wait.
func TestTotalRateIsInTurn(t *testing.T) {
	for _, loops := range []int{1, 2} {
		y := &tally{}
		l := served(t, &chat.Server{Handler: y.handler, TotalReadRate: total}, loops)
		first, second := l.Dial(), l.Dial()
		first.Send(make([]byte, 65_000)) // 1000 more than there are
		l.Advance(10 * time.Millisecond)
		second.Send(make([]byte, 100))
		if y.counts[1] != 0 {
			t.Errorf("%d loops: the second has read %d bytes before the first", loops, y.counts[1])
		}
		l.Advance(5625*time.Microsecond - 1)
		if y.counts[0] != 64_000 || y.counts[1] != 0 {
			t.Errorf("%d loops: read %v before the first may go on", loops, y.counts)
		}
		l.Advance(1)
		if y.counts[0] != 65_000 || y.counts[1] != 0 {
			t.Errorf("%d loops: read %v, want the first to have gone on", loops, y.counts)
		}
		l.Advance(15625 * time.Microsecond)
		if y.counts[1] != 100 {
			t.Errorf("%d loops: read %v, want the second to have gone on", loops, y.counts)
		}
	}
}

// Who has taken nothing for a while and could, but for the others, is not stalled.
func TestTotalRateAndStall(t *testing.T) {
	var channels []*chat.Channel
	s := &chat.Server{
		TotalWriteRate: chat.Rate{PerSecond: 1, Burst: simkernel.Window + 5},
		Limits:         chat.Limits{StallTimeout: time.Second / 2, FirstTimeout: chat.NoLimit},
		Handler: func(c *chat.Channel) chat.Handler {
			channels = append(channels, c)
			return &counter{}
		}}
	l := served(t, s, 1)
	slowly, other := l.Dial(), l.Dial()
	slowly.Stall()
	channels[0].Post(func() { channels[0].Push(make([]byte, simkernel.Window+20)) })
	l.Advance(time.Second / 4)
	// Which takes what is left in the bucket.
	channels[1].Post(func() { channels[1].Push(make([]byte, 100)) })
	l.Advance(0)
	slowly.Unstall()
	l.Advance(10 * time.Second)
	if a, b := len(slowly.Received()), len(other.Received()); a < simkernel.Window+4 || b < 9 ||
		s.Stats().Connections != 2 {
		t.Errorf("%d and %d bytes received, %d connections; want both to go on", a, b,
			s.Stats().Connections)
	}
}

// A loop that comes late shares out what has come together meanwhile.
func TestTotalRateAfterAPause(t *testing.T) {
	k, loop, settle := simLoop(t)
	y := &tally{}
	ln, err := k.NewListener("tcp", "192.0.2.1:25")
	require.NoError(t, err)
	require.NoError(t, (&chat.Server{Handler: y.handler, TotalReadRate: total}).Start(ln, loop))
	for range 4 {
		fd, err := k.Connect("tcp", nil, ln.Addr())
		require.NoError(t, err)
		settle()
		k.Write(fd, make([]byte, 50_000))
		settle()
		k.Write(fd, make([]byte, 60_000))
		settle()
	}
	before := append([]int(nil), y.counts...)
	k.Advance(time.Second / 2)
	settle()
	for i, n := range y.counts {
		if n -= before[i]; n < 7000 || n > 9000 {
			t.Errorf("channel %d of 4 got %d bytes of the 32000 that came together", i, n)
		}
	}
}

// A loop that is held up by a handler keeps no other loop from its share for longer than a moment,
// however short a turn is beside that; and when it is back, it has its own.
func TestTotalRateAndALoopThatIsHeldUp(t *testing.T) {
	for _, rate := range []chat.Rate{total, {PerSecond: 32 << 20, Burst: 64 << 10}} {
		k := simkernel.New()
		var loops [2]*core.Loop
		for i := range loops {
			l, err := core.New(core.WithKernel(k))
			require.NoError(t, err)
			defer l.Close()
			loops[i] = l
		}
		y := &tally{}
		s := &chat.Server{Handler: y.handler, TotalReadRate: rate}
		ln, err := k.NewListener("tcp", "192.0.2.1:25")
		require.NoError(t, err)
		require.NoError(t, s.Start(ln, loops[:]...))
		var peers []int
		for range 4 {
			fd, err := k.Connect("tcp", nil, ln.Addr())
			require.NoError(t, err)
			peers = append(peers, fd)
		}
		flood := make([]byte, simkernel.Window)
		run := func(turning []*core.Loop, d time.Duration) []int {
			before := append([]int(nil), append(y.counts, make([]int, 4)...)[:4]...)
			for end := k.Now().Add(d); k.Now().Before(end); k.Advance(100 * time.Microsecond) {
				for _, fd := range peers {
					k.Write(fd, flood[:k.Room(fd)])
				}
				for range 4 {
					for _, l := range turning {
						_, err := l.Poll(0)
						require.NoError(t, err)
					}
				}
			}
			for i := range before {
				before[i] = y.counts[i] - before[i]
			}
			return before
		}
		run(loops[:], time.Second/10)
		const time10 = time.Second / 2
		for _, turning := range [][]*core.Loop{loops[:1], loops[1:], loops[:]} {
			got := run(turning, time10)
			for i, n := range got {
				want := rate.PerSecond / 2 / (2 * len(turning))
				if len(turning) == 1 && loops[i/2] != turning[0] { // each loop has accepted two at once
					want = 0
				}
				if n < want*93/100-1000 || n > want*107/100+1000 {
					t.Errorf("at %d a second, turning %d of the loops, the channels have read %v, "+
						"want about %d of number %d", rate.PerSecond, len(turning), got, want, i)
				}
			}
		}
	}
}
