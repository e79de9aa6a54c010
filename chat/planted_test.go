package chat_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// Faults that were planted, and that no test had caught (W39): each test names its own.

// A shutdown waits a second for a peer that does not close, not Linger.
func TestShutdownLingersForASecond(t *testing.T) {
	var reasons []error
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &ended{Channel: c, reasons: &reasons}
	}}
	l := served(t, s, 1)
	l.Dial().SendString("one\r\n")
	s.BeginShutdown()
	if l.Advance(time.Second - 1); len(reasons) != 0 {
		t.Errorf("closed before a second has passed: %v", reasons)
	}
	if l.Advance(1); len(reasons) != 1 {
		t.Error("a second later it is open")
	}
}

// A channel that lingers already when the shutdown begins does not go on for the rest of Linger.
func TestShutdownOfWhoLingers(t *testing.T) {
	var reasons []error
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.CloseWhenDone()
		return &ended{Channel: c, reasons: &reasons}
	}}
	l := served(t, s, 1)
	l.Dial()
	l.Advance(time.Second)
	s.BeginShutdown()
	if l.Advance(time.Second); len(reasons) != 1 {
		t.Error("a second after the shutdown it is open")
	}
}

// What goes keeps a channel from being idle, also one that is not plain: with a tap here.
func TestWhoOnlyListensIsNotIdle(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("element\r\n")
	w.Do(func() { w.r.SetTap(func(chat.Direction, []byte) {}) })
	for range 5 {
		w.goesOn(5*time.Minute - 1)
		w.Do(func() { w.r.PushString("news\r\n") })
	}
	w.endsAt(5*time.Minute, chat.ErrIdle)
}

// A peer that has ended inside an element is not slow with the rest of it.
func TestHalfClosedInsideAnElement(t *testing.T) {
	w := &watched{T: t, r: &recorder{}}
	w.Conn = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		w.r.Channel = c
		c.SetTerminator(terminator.Length(8)) // whose rest is held by nobody at the end
		return &struct {
			*recorder
			keeper
		}{recorder: w.r}
	})
	w.SendString("an elementhalf")
	w.CloseWrite()
	w.endsAt(5*time.Minute, chat.ErrIdle)
}

// One large broadcast may have many small ones go.
func TestALargeBroadcastDropsManySmallOnes(t *testing.T) {
	const limit = 100_000
	a := gather(t, 1, 1)
	slow := a.channels[0]
	setLimits(slow, func(l *chat.Limits) { l.Slow, l.MaxOutput = chat.SlowDropOldest, limit })
	for range 2000 {
		a.broadcast(strings.Repeat("x", 99) + "\n")
		a.settle()
	}
	small := slow.Queued()
	a.broadcast(strings.Repeat("y", 90_000) + "\n")
	a.settle()
	dropped := slow.Dropped()
	for range 5 {
		a.broadcast(strings.Repeat("y", 90_000) + "\n")
		a.settle()
		if q := slow.Queued(); q > limit+90_001 {
			t.Fatalf("%d bytes are queued, %d before the large ones, %d were dropped", q, small, dropped)
		}
	}
}

// Without a high-water mark broadcasts wait at the default one, or nothing would be dropped.
func TestBroadcastsWaitWithoutAMark(t *testing.T) {
	const limit = 100_000
	a := gather(t, 1, 1)
	slow := a.channels[0]
	setLimits(slow, func(l *chat.Limits) {
		l.Slow, l.MaxOutput, l.HighWater = chat.SlowDropOldest, limit, chat.NoLimit
	})
	for range 4000 {
		a.broadcast(strings.Repeat("x", 99) + "\n")
		a.settle()
	}
	if q := slow.Queued(); q > limit+100 || slow.Dropped() == 0 {
		t.Errorf("%d bytes are queued, %d messages were dropped", q, slow.Dropped())
	}
}

// No more is encrypted than a little ahead of a peer that reads nothing.
func TestTLSEncryptsALittleAhead(t *testing.T) {
	s, h := upgrading()
	c, peer := secureConn(t, h)
	c.Stall()
	asked := 0
	c.Do(func() { s.PushProducer(askedPieces{&asked, 1000}) })
	// The system has 64 KiB, the wire as much, and each a record more.
	if most := 2*64/16 + 4; asked > most || asked == 0 {
		t.Errorf("of 1000 pieces of 16 KiB %d were asked for, want at most %d", asked, most)
	}
	c.Do(func() { s.Close() })
	_ = peer
}

// secureConn returns a channel of upgrading under TLS, and its peer.
func secureConn(t *testing.T, h chat.NewHandler) (*chattest.Conn, *tls.Conn) {
	t.Helper()
	c := chattest.NewConn(t, h)
	c.SendString("STARTTLS\r\n")
	c.Received()
	peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
	require.NoError(t, peer.Handshake())
	return c, peer
}

// askedPieces is n pieces of 16 KiB, and how many of them were asked for.
type askedPieces struct {
	asked *int
	n     int
}

func (p askedPieces) More() ([]byte, error) {
	if *p.asked == p.n {
		return nil, io.EOF
	}
	*p.asked++
	return make([]byte, 16<<10), nil
}

// Work that waits for a worker when its client goes is none for a shutdown to wait for.
func TestShutdownDoesNotWaitForWorkThatNeverBegan(t *testing.T) {
	l := chattest.Listen(t)
	l.HoldWork()
	s := &chat.Server{MaxWorkers: 1, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.Go(func() func() { return nil })
	})}
	require.NoError(t, s.Serve(l))
	first, second := l.Dial(), l.Dial()
	first.SendString("go\r\n")
	second.SendString("go\r\n")
	second.Reset()
	first.Reset()
	l.FinishWork()
	s.BeginShutdown()
	l.Advance(0)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(over); err != nil {
		t.Errorf("Shutdown when no work is left = %v", err)
	}
}

// What a ReadUntil has gathered before its deadline is what the next Read returns.
func TestReadBehindADeadline(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		v.SetReadDeadline(v.Loop().Now().Add(time.Second))
		_, err := v.ReadUntil(crlf)
		note("%t", errors.Is(err, os.ErrDeadlineExceeded))
		v.SetReadDeadline(time.Time{})
		buf := make([]byte, 100)
		n, err := v.Read(buf)
		note("%q %v", buf[:n], err)
		return nil
	})
	c.SendString("hal")
	c.SendString("f a line")
	c.Advance(time.Second)
	expectNotes(t, notes, `true, "half a line" <nil>, end <nil>`)
}

// A flood to one conversation lets another have its turn.
func TestAFloodToAConversationGivesWay(t *testing.T) {
	k, loop, settle := simLoop(t)
	var order []string
	start := func(name string) int {
		near, far, err := k.Pair()
		require.NoError(t, err)
		chat.NewChannel(core.NewConn(loop, near), chat.Converse(func(v *chat.Conversation) error {
			for {
				line, err := v.ReadUntil(terminator.Any("\n", "\r")) // which has no fast path
				if err != nil {
					return err
				}
				order = append(order, name+string(line))
			}
		}))
		return far
	}
	flooded, quiet := start("flood"), start("quiet")
	settle()
	k.Write(flooded, []byte(strings.Repeat("\n", 5*chat.DefaultLimits().ElementsPerTurn)))
	k.Write(quiet, []byte("\n"))
	settle()
	for i, name := range order {
		if name == "quiet" {
			if i > 2*chat.DefaultLimits().ElementsPerTurn {
				t.Errorf("the other line comes behind %d of the flood", i)
			}
			return
		}
	}
	t.Error("the other line did not come")
}

// Flush waits until what crypto/tls has made of it is sent, too.
func TestFlushUnderTLS(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		if err := v.StartTLS(serverConfig()); err != nil {
			return err
		}
		if _, err := v.ReadLine(); err != nil {
			return err
		}
		v.Write(bytes.Repeat([]byte("x"), 60_000))
		v.Write(bytes.Repeat([]byte("y"), 20_000)) // all is encrypted, not all is taken
		note("flushed %v", v.Flush())
		return nil
	})
	peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
	require.NoError(t, peer.Handshake())
	c.Stall()
	fmt.Fprintf(peer, "go\r\n")
	expectNotes(t, notes, "")
	c.Unstall()
	expectNotes(t, notes, "flushed <nil>, end <nil>")
}

// A Sleep that the end of the channel interrupts leaves no timer behind.
func TestSleepLeavesNoTimer(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		return v.Sleep(time.Hour)
	})
	loop := c.Channel().Loop()
	c.Reset()
	expectNotes(t, notes, "end "+syscallReset)
	if at, ok := loop.NextTimer(); ok {
		t.Errorf("a timer is left that is due at %v", at)
	}
}

const syscallReset = "read tcp 127.0.0.1:2: read: connection reset by peer"

// Talk does not wait for ever for a peer that stays.
func TestTalkDoesNotWaitForever(t *testing.T) {
	conn := &staying{}
	if err := chat.Talk(conn, func(*chat.Conversation) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if conn.deadline.IsZero() {
		t.Error("the last read has no deadline")
	}
}

// A staying conn has a peer that does not close: a read ends at its deadline, or at once if it
// would wait for ever.
type staying struct {
	net.Conn
	deadline time.Time
}

func (s *staying) SetReadDeadline(t time.Time) error { s.deadline = t; return nil }
func (s *staying) Read([]byte) (int, error)          { return 0, os.ErrDeadlineExceeded }
func (s *staying) Write(p []byte) (int, error)       { return len(p), nil }
func (s *staying) CloseWrite() error                 { return nil }
func (s *staying) Close() error                      { return nil }

// A dial that is given up at a deadline leaves no descriptor, and what was dialled is closed when
// the function has returned, though its own peer stays.
func TestDialledConversationsAreClosed(t *testing.T) {
	k, loop, settle := simLoop(t)
	ln, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	near, _, err := k.Pair()
	require.NoError(t, err)
	before := 0
	var errs []error
	chat.NewChannel(core.NewConn(loop, near), chat.Converse(func(v *chat.Conversation) error {
		_, err := v.Dial("tcp", addr.String())
		errs = append(errs, err)
		before = k.Open()
		return nil
	}))
	settle()
	require.Equal(t, []error{nil}, errs)
	far, _, err := k.Accept(ln)
	require.NoError(t, err)
	if !k.Ended(far) {
		t.Error("what the function has dialled is open when it has returned")
	}
	if got := k.Open(); got > before { // one was accepted, one closed
		t.Errorf("%d descriptors are open, %d were before", got, before)
	}
}

func TestDialGivenUpLeavesNothing(t *testing.T) {
	k, loop, settle := simLoop(t)
	_, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	near, _, err := k.Pair()
	require.NoError(t, err)
	k.Inject(rand.New(rand.NewPCG(1, 0)), simkernel.Faults{Slow: 1})
	before, after := k.Open(), 0
	var dialled error
	chat.NewChannel(core.NewConn(loop, near), chat.Converse(func(v *chat.Conversation) error {
		v.SetReadDeadline(v.Loop().Now().Add(time.Millisecond))
		_, dialled = v.Dial("tcp", addr.String())
		v.SetReadDeadline(time.Time{})
		v.Sleep(time.Millisecond)
		after = k.Open()
		return nil
	}))
	settle()
	for range 2 {
		k.Advance(time.Millisecond)
		settle()
	}
	if !errors.Is(dialled, os.ErrDeadlineExceeded) || after != before {
		t.Errorf("Dial = %v; %d descriptors are open afterwards, %d before", dialled, after, before)
	}
}

// The most that one channel had is the most of all loops, not their sum.
func TestStatsMaxQueuedOfTwoLoops(t *testing.T) {
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Length(1))
		return &pusher{c}
	}}
	l := served(t, s, 2)
	a, b := l.Dial(), l.Dial()
	for _, p := range []*chattest.Peer{a, b} {
		p.Stall()
		p.SendString("xx")
	}
	if got, want := s.Stats().MaxQueued, 100_000-64<<10; got != want {
		t.Errorf("MaxQueued %d, want %d", got, want)
	}
}

// What the terminator has left before counts for MaxBuffered as what it leaves now.
func TestMaxBufferedOfManyReads(t *testing.T) {
	more := func([]byte, bool) (int, []byte, error) { return 0, nil, nil }
	w := watch(t, terminator.Split(more))
	w.Do(func() {
		setLimits(w.r.Channel, func(l *chat.Limits) {
			l.MaxElement, l.MaxBuffered = chat.NoLimit, 20_000
		})
	})
	for i := range 5 {
		w.Send(make([]byte, 5000))
		if closed := strings.Contains(w.r.events(), "close"); closed != (i == 4) {
			t.Fatalf("with %d bytes: %s", 5000*(i+1), w.r.events())
		}
	}
	w.r.expect(t, "connect, close "+chat.ErrBuffered.Error())
}

// Whatever a peer does to a channel that lingers, everything was sent.
func TestResetWhileLingering(t *testing.T) {
	r, h := record(crlf, func(r *recorder) {
		r.onFound = func(r *recorder, _ string) { r.CloseWhenDone() }
	})
	c := chattest.NewConn(t, h)
	c.SendString("quit\r\n")
	c.Reset()
	r.expect(t, `connect, "quit", found, close <nil>`)
}

// A handshake that waits for its rate does not turn the loop meanwhile, also when the connection
// breaks. It ends with that.
func TestHandshakeUnderARateDoesNotSpin(t *testing.T) {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	var channel *chat.Channel
	chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
		channel = c
		setLimits(c, func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: 1000, Burst: 1} })
		c.StartTLS(serverConfig())
		return &flooder{c}
	})
	settle()
	k.Write(far, []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"))
	quiet := func() bool {
		for range 20 {
			if n, err := loop.Poll(0); n == 0 && err == nil {
				return true
			}
		}
		return false
	}
	require.True(t, quiet(), "while the rate lets nothing be read")
	k.Reset(far)
	require.True(t, quiet(), "behind the reset")
	for range 20 {
		k.Advance(time.Millisecond)
		require.True(t, quiet(), "between two bytes")
	}
	require.True(t, channel.Closed(), "when everything is read")
}

// A tap sees nothing that was not decrypted, also of what is dropped behind the end.
func TestTapSeesNoCiphertext(t *testing.T) {
	s, h := upgrading()
	var seen bytes.Buffer
	c, peer := secureConn(t, h)
	c.Do(func() {
		s.SetTap(func(d chat.Direction, p []byte) {
			if d == chat.DirectionReceived {
				seen.Write(p)
			}
		})
		s.CloseWhenDone()
	})
	fmt.Fprintf(peer, "unheard\r\n")
	if seen.Len() > 0 {
		t.Errorf("the tap sees %q", seen.Bytes())
	}
}

// A first element that is in progress when a write fails has ElementTimeout from then on.
func TestFailedWriteEndsFirstTimeout(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("ha")
	w.FailWrites()
	w.Advance(9 * time.Second)
	w.Do(func() { w.r.PushString("x") })
	w.Advance(30*time.Second - 1)
	require.Equal(t, chattest.ErrOpen, w.Reason())
	w.Advance(time.Second)
	require.NotEqual(t, chattest.ErrOpen, w.Reason())
}

// A peer that ends its direction while we drain still gets all that waits.
func TestPeerEndsWhileWeDrain(t *testing.T) {
	w := watch(t, crlf)
	w.Stall()
	w.Do(func() {
		w.r.PushString(strings.Repeat("x", 100_000))
		w.r.CloseWhenDone()
	})
	w.CloseWrite()
	require.Equal(t, chattest.ErrOpen, w.Reason())
	w.Unstall()
	require.Len(t, w.Received(), 100_000)
	require.NoError(t, w.Reason())
}

// A shutdown does not wait for a handler that holds half an element of a peer that has gone.
func TestShutdownOfWhoHoldsWhatIsBroken(t *testing.T) {
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.PauseAfter(1)
		return newEcho(c)
	}}
	l := served(t, s, 1)
	p := l.Dial()
	p.SendString("a\r\nhalf")
	p.Reset()
	require.EqualValues(t, 1, s.Stats().Connections)
	s.BeginShutdown()
	l.Advance(0)
	require.Zero(t, s.Stats().Connections)
}

// The moment that a shutdown gives to newcomers is not longer than what they have in any case.
func TestShutdownGivesNoMoreThanFirstTimeout(t *testing.T) {
	s := &chat.Server{Handler: newEcho, Limits: chat.Limits{FirstTimeout: 100 * time.Millisecond}}
	l := served(t, s, 1)
	p := l.Dial()
	s.BeginShutdown()
	l.Advance(100*time.Millisecond - 1)
	require.False(t, p.Closed())
	l.Advance(1)
	require.True(t, p.Closed())
}

// What is unread and cannot be delivered is held; what is skipped of an element is not.
func TestUnreadIsHeldAndSkippedIsNot(t *testing.T) {
	many := strings.Repeat("x", 1000)
	s := &chat.Server{Handler: chat.Messages(crlf, func(c *chat.Channel, _ []byte) {
		c.PauseReading()
		c.Unread([]byte(many))
	})}
	l := served(t, s, 1)
	l.Dial().SendString("a\r\n")
	require.EqualValues(t, len(many), s.Stats().Buffered)

	s = &chat.Server{Handler: newEcho, Limits: chat.Limits{MaxElement: 10, SkipTooLong: true}}
	l = served(t, s, 1)
	l.Dial().SendString(many)
	require.LessOrEqual(t, s.Stats().Buffered, int64(10))
}

// A timer without a time that is reset before it has run runs at its new time, once.
func TestTimerThatIsPutOffAtOnce(t *testing.T) {
	w, ran := watch(t, crlf), 0
	w.Do(func() { w.r.After(0, func() { ran++ }).Reset(time.Second) })
	w.Advance(time.Second - 1)
	require.Zero(t, ran)
	w.Advance(time.Hour)
	require.Equal(t, 1, ran)
}
