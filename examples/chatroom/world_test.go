package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/examples/internal/nats"
	"github.com/go-asynchat/asynchat/examples/internal/nats/natstest"
)

const natsAddr = "127.0.0.1:4222"

// A world is servers, the NATS between them, and people, on a kernel in memory.
type world struct {
	t      *testing.T
	k      *simkernel.Kernel
	sched  *simkernel.Scheduler
	middle *core.Loop // of NATS
	people *core.Loop
	nodes  int
}

func newWorld(t *testing.T, r *rand.Rand) *world {
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(log.Writer()) })
	k := simkernel.New()
	w := &world{t: t, k: k, sched: simkernel.NewScheduler(k, r)}
	w.middle, w.people = w.loop(), w.loop()
	t.Cleanup(w.sched.Close)
	return w
}

func (w *world) loop() *core.Loop {
	l, err := core.New(core.WithKernel(w.k), core.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(w.t, err)
	w.sched.Go(l)
	return l
}

func (w *world) nats() *natstest.Server {
	l, err := w.k.NewListener("tcp", natsAddr)
	require.NoError(w.t, err)
	s := &natstest.Server{}
	require.NoError(w.t, s.Serve(l, w.middle))
	return s
}

// A node is a server with its house, on two loops, and one for the link.
type node struct {
	*house
	addr   string
	loops  []*core.Loop
	server *chat.Server
}

func (w *world) node(name string) *node {
	n := &node{house: newHouse(5), loops: []*core.Loop{w.loop(), w.loop()}}
	l, err := w.k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	n.addr = l.Addr().String()
	n.server = &chat.Server{Handler: n.newSession, Limits: limits}
	require.NoError(w.t, n.server.Start(l, n.loops...))
	loop := w.loop()
	w.nodes++
	newLink(n.house, &nats.Client{Loop: loop, Server: nats.Server{Addr: natsAddr}},
		fmt.Sprintf("%016x", w.nodes), name)
	loop.Post(n.link.start)
	return n
}

// A person is connected to a node, and writes down the lines that come.
type person struct {
	*chat.Channel
	w         *world
	nick, far string // as people of the same server know it, and others
	lines     []string
}

func (p *person) name(near bool) string {
	if near {
		return p.nick
	}
	return p.far
}

func (w *world) person(n *node, name string) *person {
	p := &person{w: w, nick: name, far: name + "@" + n.link.name}
	w.people.Post(func() {
		_, err := chat.Dial(w.people, "tcp", n.addr, func(c *chat.Channel) chat.Handler {
			p.Channel = c
			c.PushString(name + "\n")
			return chat.Lines(func(_ *chat.Channel, line []byte) {
				p.lines = append(p.lines, string(line))
			})(c)
		})
		if err != nil {
			w.t.Error(err)
		}
	})
	return p
}

// say sends lines and lets some time pass.
func (p *person) say(lines ...string) {
	p.w.people.Post(func() {
		for _, line := range lines {
			p.PushString(line + "\n")
		}
	})
	p.w.run(2 * time.Second)
}

func (w *world) run(d time.Duration) {
	w.t.Helper()
	if err := w.sched.Run(d, nil); err != nil && !errors.Is(err, simkernel.ErrDeadlock) {
		w.t.Fatal(err)
	}
}

// heard returns the lines since the last call that have one of the parts in them; all, if there are
// none.
func (p *person) heard(parts ...string) (found []string) {
	for _, line := range p.lines {
		if len(parts) == 0 ||
			slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(line, part) }) {
			found = append(found, line)
		}
	}
	p.lines = nil
	return found
}

func (p *person) expect(want ...string) {
	p.w.t.Helper()
	if got := p.heard(); !slices.Equal(got, want) {
		p.w.t.Errorf("heard\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
