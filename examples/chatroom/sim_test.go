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
	newLink(n.house, &nats.Client{Loop: loop, Server: nats.Server{Addr: natsAddr}}, fmt.Sprintf("%016x", w.nodes), name)
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
			return chat.Lines(func(_ *chat.Channel, line []byte) { p.lines = append(p.lines, string(line)) })(c)
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

// heard returns the lines since the last call that have one of the parts in them; all, if there are none.
func (p *person) heard(parts ...string) (found []string) {
	for _, line := range p.lines {
		if len(parts) == 0 || slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(line, part) }) {
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

func TestServersAreJoined(t *testing.T) {
	w := newWorld(t, nil)
	w.nats()
	paris := w.node("paris")
	w.run(time.Second)
	ann := w.person(paris, "ann")
	w.run(time.Second)
	ann.heard()
	rome := w.node("rome")
	w.run(time.Second)
	ann.expect("-- the server rome is here too; people: 0")
	bob := w.person(rome, "Bob")
	w.run(time.Second)
	ann.expect("[lobby] -- Bob@rome has joined")
	bob.expect("-- welcome; what is your name?", "[lobby] -- Bob has joined", "[lobby] -- here: ann@paris, Bob")
	ann.say("hello", "/me waves", "/msg bob psst", "/msg bob@rome again", "/msg BOB@paris no")
	bob.expect("[lobby] ann@paris: hello", "[lobby] * ann@paris waves", "[ann@paris -> you] psst", "[ann@paris -> you] again")
	ann.expect("[lobby] ann: hello", "[lobby] * ann waves", "[you -> Bob@rome] psst", "[you -> Bob@rome] again", "-- nobody is called BOB@paris")
	// The same name elsewhere is somebody else, and a third server learns of all at once.
	cyd := w.person(w.node("oslo"), "ann")
	w.run(time.Second)
	cyd.say("/who", "/msg ann@paris hello me")
	cyd.expect("-- welcome; what is your name?", "[lobby] -- ann has joined", "[lobby] -- here: ann",
		"-- the server paris is here too; people: 1", "-- the server rome is here too; people: 1",
		"[lobby] -- here: ann, ann@paris, Bob@rome", "[you -> ann@paris] hello me")
	bob.say("/msg ann which", "/nick rob", "/join den", "/part lobby", "/part den", "/join lobby")
	bob.expect("-- the server oslo is here too; people: 1", "-- who is meant: ann@oslo, ann@paris?",
		"[lobby] -- Bob is now rob", "[den] -- rob has joined", "[den] -- here: rob", "[lobby] -- rob has left", "-- you talk in den", "[den] -- rob has left",
		"[lobby] -- said before:", "[lobby] ann@paris: hello", "[lobby] * ann@paris waves",
		"[lobby] -- rob has joined", "[lobby] -- here: ann@oslo, ann@paris, rob")
	bob.say("/quit until tomorrow")
	ann.expect("-- the server oslo is here too; people: 1", "[ann@oslo -> you] hello me",
		"[lobby] -- Bob@rome is now rob@rome", "[lobby] -- rob@rome has left", "[lobby] -- rob@rome has joined", "[lobby] -- rob@rome has gone (until tomorrow)")
}

// While NATS is away a server goes on, and says so once. What was said meanwhile comes to the others when it is back: once, and in order.
func TestOutage(t *testing.T) {
	w := newWorld(t, nil)
	s := w.nats()
	paris, rome := w.node("paris"), w.node("rome")
	w.run(time.Second)
	ann, bob := w.person(paris, "ann"), w.person(rome, "bob")
	w.run(time.Second)
	w.middle.Post(s.Kill)
	w.run(time.Second)
	ann.heard()
	bob.heard()
	cyd := w.person(paris, "cyd")
	w.run(time.Minute)
	ann.expect("[lobby] -- cyd has joined")
	cyd.expect("-- welcome; what is your name?", "-- "+lostText, "[lobby] -- cyd has joined", "[lobby] -- here: ann, cyd")
	ann.say("one", "/msg bob psst", "two", "/nick eve")
	bob.say("three")
	ann.expect("[lobby] ann: one", "-- nobody here is called bob, and the link to the other servers is lost", "[lobby] ann: two", "[lobby] -- ann is now eve")
	bob.expect("[lobby] bob: three")
	cyd.heard()
	w.nats()
	w.run(15 * time.Second)
	const back = "-- the link to the other servers is back"
	ann.expect(back, "[lobby] bob@rome: three")
	cyd.expect(back, "[lobby] bob@rome: three")
	bob.expect(back, "[lobby] -- cyd@paris has joined", "[lobby] ann@paris: one", "[lobby] ann@paris: two", "[lobby] -- ann@paris is now eve@paris")
	bob.say("four", "/who")
	bob.expect("[lobby] bob: four", "[lobby] -- here: bob, cyd@paris, eve@paris")
	ann.expect("[lobby] bob@rome: four")
}

// Without NATS from the start it is the same.
func TestWithoutNATS(t *testing.T) {
	w := newWorld(t, nil)
	paris, rome := w.node("paris"), w.node("rome")
	w.run(30 * time.Second)
	ann, bob := w.person(paris, "ann"), w.person(rome, "bob")
	w.run(time.Second)
	ann.say("hello?")
	ann.expect("-- welcome; what is your name?", "-- "+lostText, "[lobby] -- ann has joined", "[lobby] -- here: ann", "[lobby] ann: hello?")
	bob.heard()
	w.nats()
	w.run(15 * time.Second)
	ann.expect("-- the link to the other servers is back", "-- the server rome is here too; people: 1")
	ann.say("hello!")
	bob.expect("-- the link to the other servers is back", "-- the server paris is here too; people: 1", "[lobby] ann@paris: hello!")
}

// What a server does not remember any more is lost, and said to be; who is there is known all the same.
func TestTooMuchForTheLog(t *testing.T) {
	w := newWorld(t, nil)
	s := w.nats()
	paris, rome := w.node("paris"), w.node("rome")
	w.run(time.Second)
	ann, bob := w.person(paris, "ann"), w.person(rome, "bob")
	w.run(time.Second)
	w.middle.Post(s.Kill)
	w.run(time.Second)
	bob.heard()
	for range 2200 { // two events each
		w.people.Post(func() { ann.PushString("/nick ann\n/me waves\n") })
		w.run(time.Second)
	}
	ann.say("/join den", "/join lobby")
	if ann.heard(); len(paris.link.log.events) > maxLog || paris.link.log.size > maxLogBytes {
		t.Errorf("the log has %d events, %d bytes", len(paris.link.log.events), paris.link.log.size)
	}
	w.nats()
	w.run(15 * time.Second)
	ann.say("here I am")
	bob.expect("-- the link to the other servers is back", "-- the server paris has said more than it remembers; some of it is lost",
		"[lobby] ann@paris: here I am")
	bob.say("/join den")
	bob.expect("[den] -- bob has joined", "[den] -- here: ann@paris, bob")
}

// The users of a server that goes, or is not heard any more, do not count.
func TestServersGo(t *testing.T) {
	w := newWorld(t, nil)
	w.nats()
	paris, rome, oslo := w.node("paris"), w.node("rome"), w.node("oslo")
	w.run(time.Second)
	ann := w.person(paris, "ann")
	w.person(rome, "bob")
	w.person(oslo, "cyd")
	w.run(time.Second)
	ann.heard()
	rome.server.BeginShutdown()
	w.run(3 * time.Second)
	closed := false
	rome.link.client.Loop.Post(func() { rome.link.close(func() { closed = true }) })
	w.run(10 * time.Second)
	ann.expect("[lobby] -- bob@rome has gone", "-- the server rome has gone")
	if !closed {
		t.Error("the link has not ended")
	}
	oslo.link.client.Loop.Post(func() { oslo.link.client.Close(nil) }) // without a word
	w.run(20 * time.Second)
	ann.say("/who", "/msg cyd hello")
	ann.expect("-- the server oslo is not heard any more", "[lobby] -- here: ann", "-- nobody is called cyd")
	w.run(forgetful)
	if n := len(paris.link.peers); n != 0 {
		t.Errorf("%d servers are remembered", n)
	}
}

// Whatever the network does, and NATS: all who are in the room hear all messages of each other once and in order; their own at once.
func TestJoinedUnderFaults(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t, r)
		s := w.nats()
		var people []*person
		for _, name := range []string{"paris", "rome", "oslo"} {
			n := w.node(name)
			for i := range 3 {
				people = append(people, w.person(n, fmt.Sprintf("%s%d", name, i)))
			}
		}
		w.run(2 * time.Second)
		// The people are connected: from now on only the links break, with NATS, or on the way to it.
		w.k.Inject(r, simkernel.Faults{Short: 0.2, Again: 0.1, Late: 0.2, Reorder: 0.2, Break: 0.5, Refuse: 0.2, Latency: 100 * time.Millisecond})
		const lines = 12
		for i := range lines {
			if i%4 == 1 {
				w.middle.Post(s.Kill)
			}
			for _, p := range people {
				w.people.Post(func() { fmt.Fprintf(p, "line %02d\n", i) })
				w.run(time.Duration(r.IntN(300)) * time.Millisecond)
			}
			if i%4 == 2 {
				s = w.nats()
			}
		}
		w.k.Inject(r, simkernel.Faults{})
		w.run(time.Minute)
		for i, p := range people {
			for _, other := range people {
				name := other.name(i/3 == slices.Index(people, other)/3)
				var want []string
				for i := range lines {
					want = append(want, fmt.Sprintf("[lobby] %s: line %02d", name, i))
				}
				var got []string
				for _, line := range p.lines {
					if strings.Contains(line, " "+name+": line") {
						got = append(got, line)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("seed %d: %s has heard of %s\n  %s", seed, p.name(true), name, strings.Join(got, "\n  "))
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}
