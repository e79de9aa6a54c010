package chat_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// A speaker does something random for each line of channel 0.
type speaker struct {
	*audience
	*rand.Rand
	room  chat.Room
	apart bool // nothing is joined
	saw   []string
	n     int
}

func (s *speaker) hear(r *recorder, _ string) {
	c := r.Channel
	s.n++
	here := slices.DeleteFunc(slices.Clone(s.channels),
		func(other *chat.Channel) bool { return other.Loop() != c.Loop() })
	other := here[s.IntN(len(here))]
	subset := s.channels[s.IntN(len(s.channels)):]
	switch s.IntN(20) {
	default:
		c.Broadcast(s.channels, fmt.Appendf(nil, "all %d\n", s.n))
	case 0, 1, 2, 3, 4:
		s.room.Send(c, fmt.Appendf(nil, "room %d\n", s.n))
	case 16:
		other.Broadcast(s.channels, fmt.Appendf(nil, "other %d\n", s.n))
	case 5:
		c.Broadcast(subset, fmt.Appendf(nil, "some %d\n", s.n))
	case 6:
		c.Broadcast(append(s.channels, other), fmt.Appendf(nil, "twice %d\n", s.n))
	case 7:
		c.Broadcast(s.channels, fmt.Appendf(nil, "long %d %s\n", s.n, strings.Repeat("x", s.IntN(6000))))
	case 8:
		c.BroadcastEach(subset, func(*chat.Channel) []byte { return []byte("each ") },
			fmt.Appendf(nil, "%d\n", s.n))
	case 9:
		chat.Broadcast(subset, fmt.Appendf(nil, "posted %d\n", s.n))
		c.Broadcast(s.channels, fmt.Appendf(nil, "behind %d\n", s.n))
		c.BroadcastEach(nil, nil, nil) // in either case here, since a post comes when it comes
	case 10, 11:
		fmt.Fprintf(other, "push %d\n", s.n)
	case 12:
		look := []func() int{other.Queued, other.Dropped}[s.n%2]
		s.saw = append(s.saw, fmt.Sprintf("%d: %d queued or dropped", s.n, look()))
	case 13:
		if s.IntN(10) == 0 {
			[]func(){other.CloseWhenDone, other.CloseWrite, other.DiscardBuffers,
				func() { other.Close() }}[s.IntN(4)]()
		}
	case 14:
		setLimits(other, func(l *chat.Limits) { l.HighWater = s.IntN(200) - 1 })
	case 15:
		if s.IntN(20) == 0 {
			if s.IntN(2) == 0 {
				c.Close()
			}
			panic("the end of the speaker")
		}
	}
	if s.apart {
		c.BroadcastEach(nil, nil, nil) // to nobody, after the others
	}
}

// spoken returns what the channels of a speaker have got and seen.
func spoken(t *testing.T, seed uint64, apart bool) (saw []string) {
	random := rand.New(rand.NewPCG(seed, 5))
	s := &speaker{Rand: rand.New(rand.NewPCG(seed, 6)), apart: apart}
	s.audience = gather(t, 1+int(seed%8)/7, 2+random.IntN(6))
	s.handlers[0].onFound = s.hear
	for _, c := range s.channels {
		setLimits(c, func(l *chat.Limits) {
			l.Slow = chat.SlowPolicy(random.IntN(3))
			l.HighWater = []int{0, chat.NoLimit, random.IntN(300)}[random.IntN(3)]
			l.MaxOutput = []int{0, random.IntN(2000)}[random.IntN(2)]
		})
		s.room.Add(c)
	}
	for range 4 {
		s.k.Write(s.peers[0], []byte(strings.Repeat("line\r\n", 1+random.IntN(40))))
		s.settle()
		for i := range s.peers {
			s.read(i, random.IntN(1000))
		}
	}
	for i, c := range s.channels {
		c.CloseWhenDone()
		s.saw = append(s.saw, fmt.Sprintf("%d has got %q, %d dropped, %s", i, s.readAll(i), c.Dropped(),
			s.handlers[i].log))
	}
	return s.saw
}

// Broadcasts that are joined leave each channel with what it would have if they were not.
func TestJoinedBroadcasts(t *testing.T) {
	for seed := range uint64(400) {
		require.Equal(t, spoken(t, seed, true), spoken(t, seed, false), "seed %d", seed)
	}
}

// Whoever looks at a channel, or has it speak TLS, does so after what was broadcast before.
func TestJoinedBeforeOthers(t *testing.T) {
	a := gather(t, 1, 3)
	slow, secured := a.channels[1], a.channels[2]
	setLimits(slow, func(l *chat.Limits) { l.Slow, l.MaxOutput = chat.SlowDropNewest, 1 })
	slow.Push(make([]byte, 1<<20)) // more than the system takes
	line, dropped := 0, 0
	a.handlers[0].onFound = func(r *recorder, _ string) {
		switch line++; line {
		default:
			r.Broadcast(a.channels, []byte("line\n"))
		case 4:
			require.NoError(t, secured.StartTLS(serverConfig()))
		case 6:
			dropped = slow.Dropped()
		}
	}
	a.k.Write(a.peers[0], []byte(strings.Repeat("line\r\n", 8)))
	a.settle()
	require.Equal(t, 4, dropped)
	require.Equal(t, "line\nline\nline\n", a.readAll(2), "in clear")
}
