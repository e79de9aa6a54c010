package chat_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// recordEOF is record for a handler that has HandleEOF.
func recordEOF(t terminator.Terminator, set ...func(*recorder)) (*recorder, chat.NewHandler) {
	r, h := record(t, set...)
	return r, func(ch *chat.Channel) chat.Handler { h(ch); return eofRecorder{r} }
}

// What HandleEOF has unread comes before the end, also where our direction has ended before it, and
// the handler has paused at its last input.
func TestUnreadInHandleEOF(t *testing.T) {
	r, h := recordEOF(crlf, onEvent(func(r *recorder, event string) {
		if event == "eof" {
			r.Unread([]byte("again\r\n"))
		}
	}), onData(func(r *recorder, data string) {
		if data == "\r" {
			r.PauseReading()
		}
	}))
	c := chattest.NewConn(t, h)
	c.SendString("a\r")
	c.Do(r.CloseWrite)
	c.CloseWrite()
	c.Do(r.ResumeReading)
	r.expect(t, `connect, "a\r", eof, "again", found, close <nil>`)
}

func TestCloseWriteSendsWhatWasPushed(t *testing.T) { // B23
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Stall()
	c.Do(func() {
		r.PushString(strings.Repeat("x", 300_000))
		r.CloseWrite()
		r.CloseWrite()
	})
	c.Accept(200_000)
	if c.Closed() {
		t.Fatal("our direction ended before the output was sent")
	}
	c.Unstall()
	if got := len(c.Received()); got != 300_000 || !c.Closed() {
		t.Errorf("received %d bytes, the end seen: %v; want 300000, true", got, c.Closed())
	}
	if n := r.count("drained"); n != 0 {
		t.Errorf("drained %d times, but nothing can be pushed any more", n)
	}
	c.SendString("a\r\nb")
	c.SendString("\r\n")
	r.expect(t, `connect, "a", found, "b", found`)
	c.CloseWrite()
	r.expect(t, `connect, "a", found, "b", found, close <nil>`)
}

func TestCloseWriteAtOnceWhenEmpty(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(r.CloseWrite)
	if !c.Closed() {
		t.Error("the peer does not see the end")
	}
	r.expect(t, "connect")
}

func TestPushAfterCloseWrite(t *testing.T) { // S151, B45
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	p := &closeCounter{}
	c.Do(func() {
		r.CloseWrite()
		_, writeErr := r.Write([]byte("x"))
		for _, err := range []error{r.Push([]byte("x")), r.PushString("x"), r.Push(nil),
			r.PushProducer(p), writeErr} {
			if err != chat.ErrClosed {
				t.Errorf("after CloseWrite: %v, want ErrClosed", err)
			}
		}
	})
	if p.closed != 1 {
		t.Errorf("a producer pushed too late was closed %d times, want once", p.closed)
	}
	expectReceived(t, c, "")
}

type closeCounter struct{ closed int }

func (p *closeCounter) More() ([]byte, error) { return []byte("more"), nil }
func (p *closeCounter) Close() error          { p.closed++; return nil }

// Whichever direction ends first, the channel closes when both have.
func TestBothDirectionsEnd(t *testing.T) {
	oursFirst := func(then string) func(*recorder, *chattest.Conn) {
		return func(r *recorder, c *chattest.Conn) {
			c.Do(r.CloseWrite)
			c.SendString(then)
			c.CloseWrite()
		}
	}
	for _, test := range []struct {
		name      string
		handleEOF bool
		act       func(*recorder, *chattest.Conn)
		want      string
	}{
		{"ours first", false, oursFirst("a\r\n"), `connect, "a", found, close <nil>`},
		{"ours first", true, oursFirst("a\r\n"), `connect, "a", found, eof, close <nil>`},
		{"theirs first", true, func(r *recorder, c *chattest.Conn) { c.CloseWrite(); c.Do(r.CloseWrite) },
			"connect, eof, close <nil>"},
		{"inside an element", false, oursFirst("a"), `connect, "a", close unexpected EOF`},
		{"inside an element", true, oursFirst("a"), `connect, "a", eof, close <nil>`},
		{"with output queued", true, func(r *recorder, c *chattest.Conn) {
			c.Stall()
			c.Do(func() { r.PushString(strings.Repeat("x", 68_000)); r.CloseWrite() })
			c.CloseWrite()
			r.note("sent")
			c.Unstall()
		}, "connect, eof, sent, close <nil>"},
		{"while paused", true, func(r *recorder, c *chattest.Conn) {
			c.Do(r.PauseReading)
			c.SendString("a\r\n")
			c.CloseWrite()
			c.Do(r.CloseWrite)
			r.note("resume")
			c.Do(r.ResumeReading)
		}, `connect, resume, "a", found, eof, close <nil>`},
		{"reset", true, func(r *recorder, c *chattest.Conn) { c.Do(r.CloseWrite); c.Reset() },
			"connect, close read tcp 127.0.0.1:2: read: connection reset by peer"},
	} {
		r, h := record(crlf)
		if test.handleEOF {
			r, h = recordEOF(crlf)
		}
		c := chattest.NewConn(t, h)
		test.act(r, c)
		if got := r.events(); got != test.want {
			t.Errorf("%s, HandleEOF %v: events\n got %s\nwant %s", test.name, test.handleEOF, got, test.want)
		}
	}
}

func TestCloseWriteInEveryCallback(t *testing.T) {
	for _, where := range []string{"connect", "data", "found", "eof", "drained"} {
		act := func(r *recorder, event string) {
			if event == "connect" {
				r.PushString("hello")
			}
			if event == where {
				r.CloseWrite()
			}
		}
		r, h := recordEOF(crlf, onEvent(act), onData(func(r *recorder, _ string) { act(r, "data") }))
		c := chattest.NewConn(t, h)
		c.SendString("a\r\n")
		c.CloseWrite()
		r.expect(t, `connect, "a", found, eof, close <nil>`)
		expectReceived(t, c, "hello")
	}
}

func TestCloseWriteBeforeConnected(t *testing.T) {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	peer, h := record(crlf)
	_, err = core.Listen(loop, "tcp", "127.0.0.1:7", acceptFunc(func(conn *core.Conn) {
		chat.NewChannel(conn, h)
	}))
	require.NoError(t, err)
	r, h2 := recordEOF(terminator.None)
	c, err := chat.Dial(loop, "tcp", "127.0.0.1:7", h2)
	require.NoError(t, err)
	c.PushString("request\r\n")
	c.CloseWrite()
	for range 20 {
		_, err := loop.Poll(0)
		require.NoError(t, err)
	}
	peer.expect(t, `connect, "request", found, close EOF`)
	r.expect(t, "connect, eof, close <nil>")
}

type acceptFunc func(*core.Conn)

func (f acceptFunc) HandleAccepted(c *core.Conn) { f(c) }

// The peer's end does not count before the handler has all that precedes it.
func TestCloseWriteWaitsForTheDelivery(t *testing.T) {
	r, h := recordEOF(crlf, onData(func(r *recorder, data string) {
		if data == "\r" {
			r.PauseReading()
		}
	}))
	c := chattest.NewConn(t, h)
	c.SendString("a\r")
	c.CloseWrite()
	c.Do(r.CloseWrite)
	r.expect(t, `connect, "a\r"`)
	c.Do(r.ResumeReading)
	r.expect(t, `connect, "a\r", eof, close <nil>`)
}

// CloseWhenDone after CloseWrite is what it always is: no more input, and a bounded wait for the
// peer.
func TestCloseWhenDoneAfterCloseWrite(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(r.CloseWrite)
	c.Do(r.CloseWhenDone)
	c.SendString("a\r\n")
	r.expect(t, "connect")
	c.Advance(chat.DefaultLimits().Linger)
	r.expect(t, "connect, close <nil>")
}

func TestDiscardBuffersAfterCloseWrite(t *testing.T) { // S180
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Stall()
	c.Do(func() {
		r.PushString(strings.Repeat("x", 200_000))
		r.CloseWrite()
		r.DiscardBuffers()
	})
	c.Unstall()
	if got := len(c.Received()); got >= 200_000 || !c.Closed() {
		t.Errorf("received %d bytes, the end seen: %v; want less than 200000, true", got, c.Closed())
	}
	c.SendString("a\r\n")
	r.expect(t, `connect, "a", found`)
}

// The queue stops the input of who answers requests, and not of who does not.
func TestWaterMarks(t *testing.T) { // B42
	for _, test := range []struct {
		low, high, queued int
		want              bool
	}{
		{0, 0, 40_000, false},
		{0, 0, 10_000, true},
		{0, chat.NoLimit, 500_000, true},
		{1, 100_000, 90_000, true},
		{1, 100_000, 110_000, false},
	} {
		got := false
		r, h := record(crlf, onFound(func(*recorder, string) { got = true }))
		c := chattest.NewConn(t, h)
		c.Stall()
		c.Do(func() {
			setLimits(r.Channel, func(l *chat.Limits) { l.LowWater, l.HighWater = test.low, test.high })
			r.Push(make([]byte, simkernel.Window)) // this much is out of the queue
		})
		c.Do(func() { r.Push(make([]byte, test.queued)) })
		c.SendString("a\r\n")
		if got != test.want {
			t.Errorf("marks %d, %d: input is delivered beside %d queued bytes: %v, want %v", test.low,
				test.high, test.queued, got, test.want)
		}
		c.Do(func() { setLimits(r.Channel, func(l *chat.Limits) { l.HighWater = chat.NoLimit }) })
		if !got {
			t.Errorf("marks %d, %d: not delivered when the marks are taken away", test.low, test.high)
		}
	}
}

// A shutdown is one system call, not one for each event that follows.
func TestTheEndIsToldOnce(t *testing.T) {
	k := &shutdownCounter{Kernel: simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	r, h := record(crlf, onFound(func(r *recorder, _ string) { r.CloseWhenDone() }))
	chat.NewChannel(core.NewConn(loop, near), h).CloseWrite()
	for _, in := range []string{"a", "b", "c", "\r\n"} {
		_, err := k.Write(far, []byte(in))
		require.NoError(t, err)
		for calls := 1; calls > 0; {
			calls, err = loop.Poll(0)
			require.NoError(t, err)
		}
	}
	r.expect(t, `connect, "abc", found`)
	if k.n != 1 {
		t.Errorf("%d shutdowns, want one", k.n)
	}
}

type shutdownCounter struct {
	*simkernel.Kernel
	n int
}

func (k *shutdownCounter) CloseWrite(fd int) error {
	k.n++
	return k.Kernel.CloseWrite(fd)
}
