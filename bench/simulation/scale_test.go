package sim_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A caller sends its messages, some at a time, and compares what comes back.
type caller struct {
	conn     *core.Conn
	id       int
	sent     int // messages
	total    int
	out      []byte // not sent yet
	expected []byte // sent, or in out, and not come back
	finished func()
	fail     func(format string, args ...any)
}

const inFlight = 1

func (c *caller) HandleConnect() { c.HandleWrite() }

func (c *caller) HandleWrite() {
	for len(c.out) > 0 {
		n, err := c.conn.Send(c.out)
		if err != nil || n == 0 {
			break
		}
		c.out = c.out[:copy(c.out, c.out[n:])]
	}
	want := core.Readable
	if len(c.out) > 0 {
		want |= core.Writable
	}
	c.conn.SetWant(want)
}

func (c *caller) say() {
	for range min(inFlight, c.total-c.sent) {
		c.sent++
		line := fmt.Appendf(nil, "message %d of caller %d\r\n", c.sent, c.id)
		c.out = append(c.out, line...)
		c.expected = append(c.expected, line...)
	}
	c.HandleWrite()
}

func (c *caller) HandleRead() {
	buf := c.conn.Loop().ReadBuffer()
	n, err := c.conn.Recv(buf)
	if n > len(c.expected) || !bytes.Equal(buf[:n], c.expected[:n]) {
		c.fail("caller %d: %q came back, want %q", c.id, buf[:n], c.expected[:min(n, len(c.expected))])
		c.conn.Close()
		return
	}
	c.expected = c.expected[:copy(c.expected, c.expected[n:])]
	switch {
	case err != nil:
		c.conn.CloseWith(err)
	case n > 0 && len(c.expected) == 0 && c.sent < c.total:
		c.say()
	case len(c.expected) == 0 && c.sent == c.total:
		c.conn.Close()
	}
}

func (c *caller) HandleClose(err error) {
	if c.sent < c.total || len(c.expected) > 0 {
		c.fail("caller %d: closed after %d messages: %v", c.id, c.sent, err)
	}
	c.finished()
}

// 1,000 connections exchange 1,000,000 messages with an echo server, while one call in a hundred
// goes wrong.
func TestAMillionMessages(t *testing.T) {
	conns, messages := 1000, 1_000_000
	if os.Getenv("ASYNCHAT_FULL") != "1" {
		messages /= 10
	}
	if raceEnabled {
		messages /= 10
	}
	start := time.Now()
	r := rand.New(rand.NewPCG(1, 1))
	k := simkernel.New()
	sched := simkernel.NewScheduler(k, r)
	var loops []*core.Loop
	for range 3 {
		l, err := core.New(core.WithKernel(k))
		require.NoError(t, err)
		loops = append(loops, l)
	}
	sched.Go(loops...)
	l, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	echoed := 0
	srv := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		echoed++
		c.Push(line)
		c.PushString("\r\n")
	})}
	require.NoError(t, srv.Start(l, loops[:2]...))
	k.Inject(r, simkernel.Faults{Short: 0.01, Join: 0.01, Again: 0.01, Interrupt: 0.01, Late: 0.01,
		Reorder: 0.01, Spurious: 0.01, Stale: 0.01, Slow: 0.01, Latency: 50 * time.Millisecond,
		Jitter: 10 * time.Millisecond})
	open := conns
	for i := range conns {
		c := &caller{id: i, total: messages / conns, finished: func() { open-- }, fail: t.Errorf}
		c.conn, err = core.Dial(loops[2], "tcp", l.Addr().String(), c, core.Readable)
		require.NoError(t, err)
		c.conn.After(0, c.say)
	}
	require.NoError(t, sched.Run(time.Hour, func() bool { return open == 0 || t.Failed() }))
	if echoed != messages && !t.Failed() {
		t.Errorf("%d messages were echoed, want %d; %d callers are left", echoed, messages, open)
	}
	srv.BeginShutdown()
	require.NoError(t, sched.Run(time.Minute, nil))
	sched.Close()
	if n := k.Open(); n != 0 {
		t.Errorf("%d descriptors are left", n)
	}
	t.Logf("%d messages of %d connections, %v on the virtual clock, %d turns, in %v", messages, conns,
		k.Now().Sub(simkernel.New().Now()), sched.Turns, time.Since(start).Round(time.Millisecond))
}
