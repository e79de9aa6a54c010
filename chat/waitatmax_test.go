package chat_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
)

// Where the server waits at MaxConns, who comes then is not refused but waits, and has its turn as
// soon as somebody goes, in order, on whatever loops they are.
func TestWaitAtMaxConns(t *testing.T) {
	for _, loops := range []int{1, 3} {
		s := &chat.Server{Handler: newEcho, MaxConns: 4, WaitAtMaxConns: true,
			OnRefuse: func(*chat.Channel) { t.Error("OnRefuse is called") }}
		l := served(t, s, loops)
		var peers []*chattest.Peer
		for range 20 {
			p := l.Dial()
			p.SendString("hello\r\n")
			peers = append(peers, p)
		}
		for i, p := range peers {
			open := min(4, len(peers)-i)
			if n := s.Stats().Connections; n != open {
				t.Fatalf("%d loops: %d connections are open, want %d", loops, n, open)
			}
			for j, q := range peers[i:] {
				want := "hello\r\n"
				if j >= open {
					want = ""
				}
				if got := string(q.Received()); i == 0 && got != want || j == 3 && got != want ||
					q.Closed() {
					t.Fatalf("%d loops: peer %d got %q, want %q; closed is %t", loops, i+j, got, want,
						q.Closed())
				}
			}
			if i%2 == 0 {
				p.CloseWrite()
			} else {
				p.Reset()
			}
			l.Advance(time.Minute)
		}
		if st := s.Stats(); st.Accepted != 20 || st.Refused != (chat.Refusals{}) {
			t.Errorf("%d accepted, refused %v", st.Accepted, st.Refused)
		}
	}
}

// A server counts the connections of all that it serves: who waits at one listener has its turn
// when somebody goes at another.
func TestWaitAtMaxConnsOfTwoListeners(t *testing.T) {
	s := &chat.Server{Handler: newEcho, MaxConns: 1, WaitAtMaxConns: true}
	a, b := served(t, s, 1), served(t, s, 2)
	first := a.Dial()
	second := b.Dial()
	second.SendString("hello\r\n")
	require.Empty(t, second.Received())
	first.Reset()
	b.Advance(0)
	require.Equal(t, "hello\r\n", string(second.Received()))
}

// What refuses an address, and OnAccept, still do, and give the room back.
func TestRefusalsBesideWaiting(t *testing.T) {
	s := &chat.Server{Handler: newEcho, MaxConns: 2, WaitAtMaxConns: true,
		OnAccept: func(*chat.Channel) error { return net.ErrClosed }}
	l := served(t, s, 2)
	for range 10 {
		if p := l.Dial(); !p.Closed() {
			t.Fatal("who is refused is not closed")
		}
	}
	if st := s.Stats(); st.Refused != (chat.Refusals{OnAccept: 10}) || st.Connections != 0 {
		t.Errorf("refused %v, %d are open", st.Refused, st.Connections)
	}
}

// An address that has as many connections as it may have is not known before one more is accepted:
// that waits like all others, is refused when its turn comes, and leaves the room to the next.
func TestMaxConnsPerAddressBesideWaiting(t *testing.T) {
	server := &chat.Server{MaxConns: 3, MaxConnsPerAddress: 2, WaitAtMaxConns: true}
	s := serveInMemory(t, server)
	const a, b = "198.51.100.1", "198.51.100.2"
	expect := func(open int, refused uint64) {
		t.Helper()
		st := server.Stats()
		if st.Connections != open || st.Refused != (chat.Refusals{MaxConnsPerAddress: refused}) {
			t.Fatalf("%d are open, refused %+v; want %d, %d", st.Connections, st.Refused, open, refused)
		}
	}
	leave := func(fd int) {
		s.k.Close(fd)
		s.settle()
	}
	firstA := s.dial(a)
	s.dial(a)
	third := s.dial(a)
	s.isAdmitted(third, false)
	leave(third)
	expect(2, 1)
	firstB := s.dial(b)
	expect(3, 1)
	moreA, moreB := s.dial(a), s.dial(b)
	s.isAdmitted(moreA, true) // they wait
	s.isAdmitted(moreB, true)
	expect(3, 1)
	leave(firstB)
	s.isAdmitted(moreA, false)
	s.isAdmitted(moreB, true)
	leave(moreA)
	expect(3, 2)
	again := s.dial(a)
	leave(firstA)
	s.isAdmitted(again, true)
	expect(3, 2)
}

// A shutdown ends a server that waits, and so do Close and an end of the limit: a server without
// one never waits.
func TestShutdownWhileWaiting(t *testing.T) {
	s := &chat.Server{Handler: newEcho, MaxConns: 1, WaitAtMaxConns: true}
	l := served(t, s, 2)
	first := l.Dial()
	waits := l.Dial()
	first.SendString("x\r\n")
	require.Equal(t, "x\r\n", string(first.Received()))
	s.BeginShutdown()
	l.Advance(0)
	require.True(t, waits.Closed(), "who waits is not turned away")
	first.CloseWrite()
	l.Advance(time.Minute)
	require.NoError(t, s.Shutdown(t.Context()))

	s = &chat.Server{Handler: newEcho, MaxConns: chat.NoLimit, WaitAtMaxConns: true}
	l = served(t, s, 1)
	for range 10 {
		l.Dial()
	}
	require.Equal(t, 10, s.Stats().Connections)
}

// Where every loop accepts by itself, all of them together keep to MaxConns, over sockets.
func TestWaitAtMaxConnsOverSockets(t *testing.T) {
	for _, spread := range []core.Spread{core.SpreadRoundRobin,
		core.SpreadLeastConnections, core.SpreadReusePort} {
		s := &chat.Server{Addr: "127.0.0.1:0", Loops: 3, MaxConns: 3, WaitAtMaxConns: true,
			Limits: withoutClocks(chat.Limits{}), Logger: slog.New(slog.DiscardHandler)}
		var most, now maximum
		s.Handler = func(c *chat.Channel) chat.Handler {
			most.raise(now.add(1))
			lines := chat.Lines(func(c *chat.Channel, line []byte) {
				c.Push(append(line, "\r\n"...))
				c.CloseWhenDone()
			})
			return closeFunc{lines(c), func(error) { now.add(-1) }}
		}
		s.ListenConfig.Spread = spread
		l, err := s.Listen()
		if err != nil {
			t.Logf("%v: %v", spread, err)
			continue
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(l) }()
		answers := make(chan error, 60)
		for range 60 {
			go func() { answers <- ask(l.Addr()) }()
		}
		for range 60 {
			require.NoError(t, <-answers)
		}
		require.NoError(t, s.Close())
		expectEnded(t, ended)
		if n := most.n.Load(); n > 3 {
			t.Errorf("%v: %d were open at a time, want 3", spread, n)
		}
	}
}

// maximum is a number that goroutines raise.
type maximum struct{ n atomic.Int64 }

func (m *maximum) add(n int64) int64 { return m.n.Add(n) }

func (m *maximum) raise(n int64) {
	for old := m.n.Load(); n > old && !m.n.CompareAndSwap(old, n); old = m.n.Load() {
	}
}

// ask sends a line and returns what is wrong with the answer.
func ask(addr net.Addr) error {
	c, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(c, "hello\r\n")
	if got, err := io.ReadAll(c); err != nil || string(got) != "hello\r\n" {
		return fmt.Errorf("the answer is %q, %w", got, err)
	}
	return nil
}
