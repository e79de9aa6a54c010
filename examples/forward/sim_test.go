package main

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/bench/simulation"
	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// A caller sends all it has, ends its direction, and receives all of it again.
type caller struct {
	conn     *core.Conn
	data     []byte
	sent     int
	got      []byte
	over     bool
	complete bool
}

func (c *caller) HandleConnect() { c.HandleWrite() }

func (c *caller) HandleWrite() {
	n, err := c.conn.Send(c.data[c.sent:])
	c.sent += n
	switch {
	case err != nil:
		c.conn.SetWant(core.Readable)
	case c.sent < len(c.data):
		c.conn.SetWant(core.Readable | core.Writable)
	default:
		c.conn.SetWant(core.Readable)
		c.conn.CloseWrite()
	}
}

func (c *caller) HandleRead() {
	buf := c.conn.Loop().ReadBuffer()
	n, err := c.conn.Recv(buf)
	c.got = append(c.got, buf[:n]...)
	if err != nil {
		c.complete = err == io.EOF
		c.conn.CloseWith(err)
	}
}

func (c *caller) HandleClose(error) { c.over = true }

// echo sends back what comes, and ends when its peer does.
type echo struct{ *chat.Channel }

func (e *echo) CollectIncomingData(data []byte) { e.Push(data) }
func (e *echo) FoundTerminator()                {}

// The forwarder loses nothing on a kernel with faults, unless they have broken a connection; and
// nothing is left of it.
func TestForwarderUnderFaults(t *testing.T) {
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard)
	whole := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		k := simkernel.New()
		sched := simkernel.NewScheduler(k, r)
		var loops []*core.Loop
		for range 3 {
			l, err := core.New(core.WithKernel(k), core.WithLogger(slog.New(slog.DiscardHandler)))
			require.NoError(t, err)
			loops = append(loops, l)
		}
		sched.Go(loops...)
		serve := func(h chat.NewHandler, loops ...*core.Loop) (*chat.Server, string) {
			l, err := k.NewListener("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			s := &chat.Server{Handler: h}
			require.NoError(t, s.Start(l, loops...))
			return s, l.Addr().String()
		}
		remote, addr := serve(func(c *chat.Channel) chat.Handler {
			c.SetTerminator(terminator.None)
			return &echo{c}
		}, loops[0])
		f := &forwarder{remote: addr, dialer: chat.Dialer{Timeout: dialTimeout}}
		between, addr := serve(f.accept, loops[:2]...)
		faults := sim.SomeFaults(r)
		k.Inject(r, faults)
		callers := make([]*caller, 5)
		for i := range callers {
			c := &caller{data: bytes.Repeat([]byte{byte('a' + i), '\n', 0}, r.IntN(30_000))}
			callers[i] = c
			var err error
			if c.conn, err = core.Dial(loops[2], "tcp", addr, c, core.Readable); err != nil {
				c.over = true
			}
		}
		err := sched.Run(time.Hour, func() bool {
			for _, c := range callers {
				if !c.over {
					return false
				}
			}
			return true
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		excused := k.Breaks() > 0 || faults.Refuse+faults.NoFiles+faults.NoWatch > 0
		for i, c := range callers {
			switch {
			case !c.over:
				t.Errorf("seed %d: caller %d has no end: %d of %d bytes", seed, i, len(c.got), len(c.data))
			case !bytes.HasPrefix(c.data, c.got):
				t.Errorf("seed %d: caller %d has received something else", seed, i)
			case c.complete && len(c.got) == len(c.data):
				whole++
			case !excused:
				t.Errorf("seed %d: caller %d has received %d bytes of %d, complete: %t", seed, i, len(c.got),
					len(c.data), c.complete)
			}
		}
		k.Inject(r, simkernel.Faults{})
		between.BeginShutdown()
		remote.BeginShutdown()
		if err := sched.Run(time.Minute, nil); err != nil {
			t.Fatalf("seed %d: at the end: %v", seed, err)
		}
		if n := k.Open(); n > 0 {
			t.Errorf("seed %d: %d descriptors are left", seed, n)
		}
		sched.Close()
	}
	if whole < 150 {
		t.Errorf("%d of 300 callers were served", whole)
	}
}
