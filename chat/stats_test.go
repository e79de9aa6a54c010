package chat_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// served returns a listener in memory whose connections s serves on so many loops.
func served(t *testing.T, s *chat.Server, loops int) *chattest.Listener {
	t.Helper()
	l := chattest.Listen(t)
	s.Loops = loops
	require.NoError(t, s.Serve(l))
	return l
}

// expectCounts compares what the server has counted, but for the counts of the loops, and looks
// whether the sum is right.
func expectCounts(t *testing.T, s *chat.Server, want chat.Stats) {
	t.Helper()
	got := s.Stats()
	if uint64(got.Connections)+got.Closed.Sum() != got.Accepted {
		t.Errorf("%d open and %d closed of %d", got.Connections, got.Closed.Sum(), got.Accepted)
	}
	got.Loops = want.Loops
	if got != want {
		t.Errorf("counts:\n got %+v\nwant %+v", got, want)
	}
}

func closedBy(reasons ...chat.Reason) (n chat.ReasonCounts) {
	for _, r := range reasons {
		n[r]++
	}
	return n
}

func TestStats(t *testing.T) {
	for _, loops := range []int{1, 3} {
		s := &chat.Server{Handler: newEcho}
		expectCounts(t, s, chat.Stats{})
		l := served(t, s, loops)
		a, b := l.Dial(), l.Dial()
		a.SendString("a line\r\nand another\r\nhalf")
		expectCounts(t, s,
			chat.Stats{Connections: 2, Accepted: 2, Elements: 2, Read: 25, Written: 21, Buffered: 4})
		a.CloseWrite()
		expectCounts(t, s, chat.Stats{Connections: 1, Accepted: 2,
			Closed:   closedBy(chat.ReasonPeerAborted),
			Elements: 2, Read: 25, Written: 21})
		b.Advance(10 * time.Second)
		c := l.Dial()
		c.SendString("quit\r\n")
		c.Reset()
		l.Advance(0)
		expectCounts(t, s,
			chat.Stats{Accepted: 3, Closed: closedBy(chat.ReasonPeerAborted,
				chat.ReasonTooSlow, chat.ReasonPeerReset),
				Elements: 3, Read: 31, Written: 27})
	}
}

// The elements that a conversation has taken count, however its function ends.
func TestStatsOfConversations(t *testing.T) {
	for name, end := range map[string]func(v *chat.Conversation) error{
		"returns": func(*chat.Conversation) error { return nil },
		"panics":  func(*chat.Conversation) error { panic("boom") },
		"closes":  func(v *chat.Conversation) error { return v.Close() },
		"waits":   func(v *chat.Conversation) error { _, err := v.ReadFull(make([]byte, 9)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			s := &chat.Server{Logger: slog.New(slog.DiscardHandler),
				Handler: chat.Converse(func(v *chat.Conversation) error {
					for range 3 {
						if _, err := v.ReadLine(); err != nil {
							return err
						}
					}
					return end(v)
				})}
			peer := served(t, s, 1).Dial()
			peer.SendString("one\r\n")
			require.Equal(t, uint64(1), s.Stats().Elements)
			peer.SendString("two\r\nthree\r\nfour\r\n")
			require.Equal(t, uint64(3), s.Stats().Elements)
		})
	}
}

// The high-water mark of the queues is what peers let wait, not what was pushed and taken at once.
func TestStatsMaxQueued(t *testing.T) {
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Length(1))
		return &pusher{c}
	}}
	l := served(t, s, 2)
	a, b, c := l.Dial(), l.Dial(), l.Dial()
	a.SendString("x")
	if got := s.Stats().MaxQueued; got != 0 {
		t.Errorf("MaxQueued %d while everything is taken", got)
	}
	const window = 64 << 10
	for i, p := range []*chattest.Peer{b, c} {
		p.Stall()
		p.SendString(strings.Repeat("x", i+1))
	}
	if got, want := s.Stats().MaxQueued, 2*50_000-window; got != want {
		t.Errorf("MaxQueued %d, want %d", got, want)
	}
	c.Unstall()
	if got, want := s.Stats().MaxQueued, 2*50_000-window; got != want {
		t.Errorf("MaxQueued %d, want it to stay %d", got, want)
	}
	if got := s.Stats().Buffered; got != 0 {
		t.Errorf("%d bytes are buffered", got)
	}
}

// pusher answers each byte with 50,000.
type pusher struct{ *chat.Channel }

func (p *pusher) CollectIncomingData(data []byte) { p.Push(make([]byte, 50_000*len(data))) }
func (p *pusher) FoundTerminator()                {}

// Also the queue of a channel that is closed for it, before it is seen at the end of the event.
func TestStatsMaxQueuedOfASlowReader(t *testing.T) {
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler { return &flooder{c} }}
	l := served(t, s, 1)
	p := l.Dial()
	p.Stall()
	p.SendString("x")
	st := s.Stats()
	if st.Closed[chat.ReasonSlowReader] != 1 || st.MaxQueued < chat.DefaultLimits().MaxOutput {
		t.Errorf("%d closed, MaxQueued %d; want 1, at least %d", st.Closed[chat.ReasonSlowReader],
			st.MaxQueued,
			chat.DefaultLimits().MaxOutput)
	}
}

type flooder struct{ *chat.Channel }

func (f *flooder) FoundTerminator() {}
func (f *flooder) CollectIncomingData([]byte) {
	for f.Push(make([]byte, 60_000)) == nil {
	}
}

func TestStatsOfRefusals(t *testing.T) {
	s := &chat.Server{Handler: newEcho, MaxConns: 3, OnAccept: func(c *chat.Channel) error {
		if c.ID()%2 == 0 {
			return nil
		}
		return errors.New("odd")
	}}
	next := chattest.NewConn(t, newEcho).Channel().ID() + 1
	l := served(t, s, 2)
	admitted := 0
	for ; admitted < 3; next++ {
		p := l.Dial()
		if next%2 == 0 {
			admitted++
		} else if !p.Closed() {
			t.Errorf("the channel with the ID %d was not refused", next)
		}
	}
	odd := s.Stats().Refused.OnAccept
	if odd < 2 || odd > 3 {
		t.Errorf("OnAccept has refused %d", odd)
	}
	if p := l.Dial(); !p.Closed() {
		t.Error("a fourth connection was not refused")
	}
	want := chat.Stats{Connections: 3, Accepted: 4 + odd,
		Refused: chat.Refusals{MaxConns: 1, OnAccept: odd}}
	want.Closed[chat.ReasonRefused] = 1 + odd
	expectCounts(t, s, want)
	s.BeginShutdown()
	l.Advance(time.Second)                 // they are newcomers
	l.Advance(chat.DefaultLimits().Linger) // whose peers do not end
	want.Connections, want.Closed[chat.ReasonShutdown] = 0, 3
	expectCounts(t, s, want)
}

// The JSON has the same figures; names of reasons as text.
func TestVar(t *testing.T) {
	s := &chat.Server{Handler: newEcho}
	l := served(t, s, 1)
	v := s.Var()
	p := l.Dial()
	p.SendString("x\r\n")
	p.CloseWrite()
	l.Dial()
	var got struct {
		Connections, Accepted, Elements, Read, Written, MaxQueued, Buffered int

		Refused map[string]int
		Closed  map[string]int
		Loops   struct{ Turns, Accepted int }
	}
	require.NoError(t, json.Unmarshal([]byte(v.String()), &got))
	if got.Connections != 1 || got.Accepted != 2 || got.Elements != 1 ||
		got.Read != 3 || got.Written != 3 {
		t.Errorf("got %+v", got)
	}
	if len(got.Closed) != 1 || got.Closed["peer closed"] != 1 || len(got.Refused) != 3 ||
		got.Loops.Accepted != 2 || got.Loops.Turns == 0 {
		t.Errorf("got %+v", got)
	}
}

// What has been counted stays when the loops have ended, and may be asked for at any time from
// anywhere.
func TestStatsOutliveServe(t *testing.T) {
	var s *chat.Server
	s = &chat.Server{Loops: 2, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		s.Stats() // from a callback
		c.Push(append(line, "\r\n"...))
	})}
	var wg sync.WaitGroup
	addrs, ends := [2]net.Addr{}, [2]<-chan error{}
	for i := range addrs {
		addrs[i], ends[i] = serve(t, s, "tcp", "127.0.0.1:0")
	}
	for i := range 4 {
		conn := dial(t, addrs[i%2])
		wg.Go(func() {
			for range 100 {
				s.Stats()
				if _, err := conn.Write([]byte("line\r\n")); err != nil {
					t.Error(err)
				}
				if _, err := io.ReadFull(conn, make([]byte, 6)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s.Close()
	expectEnded(t, ends[0])
	expectEnded(t, ends[1])
	want := chat.Stats{Accepted: 4, Elements: 400, Read: 2400, Written: 2400}
	want.Closed[chat.ReasonShutdown] = 4
	st := s.Stats()
	want.MaxQueued = st.MaxQueued
	if st.Loops.Accepted != 4 || st.Loops.LongestTurn <= 0 || st.Loops.Read != 2400 {
		t.Errorf("after Serve the loops have %+v", st.Loops)
	}
	expectCounts(t, s, want)
}

// Two listeners on one loop: its work is counted once.
func TestStatsOfListenersOnOneLoop(t *testing.T) {
	k, loop, settle := simLoop(t)
	s := &chat.Server{Handler: newEcho}
	for _, address := range []string{"192.0.2.1:25", "192.0.2.1:587"} {
		ln, err := k.NewListener("tcp", address)
		require.NoError(t, err)
		require.NoError(t, s.Start(ln, loop))
		_, err = k.Connect("tcp", nil, ln.Addr())
		require.NoError(t, err)
	}
	settle()
	if st := s.Stats(); st.Accepted != 2 || st.Loops.Accepted != 2 {
		t.Errorf("%d accepted by the server, %d by its loops; want 2, 2", st.Accepted, st.Loops.Accepted)
	}
}
