// Package sim runs whole systems on the simulated kernel under faults, and checks rules that must
// always hold. A system has servers on several loops, a forwarder, a room, clients that know their
// expected input, slow and hostile peers, and shutdowns.
//
// Everything comes from one seed: the faults, the clients, what they say and in which pieces, and
// the order in which the loops run. The same seed gives the same run, with the same bytes in the
// event log. See docs/simulation.md.
//
// What must hold: a client receives exactly the bytes of its model, in order, to the agreed end. If
// a fault has broken its connection, it receives a prefix of them. HandleClose is called once,
// nothing after it, and nothing delivered after a close. Nobody spins. Timers fire at their time.
// Queues keep below their limits. Connections of inactive peers are closed when their time is up.
// In the end all descriptors are closed.
package sim

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// patience is how long clients may take, and the servers with hostile peers. No fault delays
// anything for so long.
const patience = time.Hour

// A world is one run.
type world struct {
	profile
	seed     uint64
	rand     *rand.Rand
	k        *simkernel.Kernel
	sched    *simkernel.Scheduler
	start    time.Time
	logger   *slog.Logger
	servers  []*chat.Server
	loops    []*core.Loop // of the servers
	near     []*core.Loop // of the clients
	far      []*core.Loop // of the forwarder
	addrs    map[string]net.Addr
	clients  []*client
	hostile  []*hostile
	members  []*member
	room     *room
	peers    map[netip.AddrPort]peer // by their own addresses
	open     map[*audit]bool         // channels of servers
	ending   bool                    // a shutdown has begun
	endingAt time.Duration
	report   Report
	failure  *Failure
	lag      time.Duration                     // how long the servers were held up, in all
	forgiven map[netip.AddrPort]bool           // closed by a limit of the world
	claims   int                               // of addresses, in PROXY headers
	own      map[netip.AddrPort]netip.AddrPort // whose those are
	calling  int                               // conversations that talk to another service
	dying    int                               // handlers that are to panic and have not yet
	tasks    []*task                           // work off the loops
}

// A peer knows for which reasons a channel to it may be closed.
type peer interface {
	mayClose(a *audit, reason error) bool
}

// Run runs a seed. The error, if there is one, is a *Failure.
func Run(seed uint64, o Options) (Report, error) {
	w := &world{
		seed:  seed,
		rand:  rand.New(rand.NewPCG(seed, 0x5eed)),
		k:     simkernel.New(),
		addrs: make(map[string]net.Addr),
		peers: make(map[netip.AddrPort]peer),
		open:  make(map[*audit]bool),
		own:   make(map[netip.AddrPort]netip.AddrPort),
	}
	w.start = w.k.Now()
	w.k.Trace = o.Log
	w.profile = newProfile(w.rand)
	w.tls = o.TLS
	w.logger = slog.New(&listener{w: w})
	w.sched = simkernel.NewScheduler(w.k, w.rand)
	w.build()
	w.play()
	w.finish()
	w.report.Seed, w.report.Turns, w.report.Breaks = seed, w.sched.Turns, w.k.Breaks()
	w.report.Took = w.now()
	if w.failure != nil {
		return w.report, w.failure
	}
	return w.report, nil
}

// fail keeps the first failure, and ends the run.
func (w *world) fail(format string, args ...any) {
	if w.failure == nil {
		w.failure = &Failure{Seed: w.seed, At: w.now(), What: fmt.Sprintf(format, args...)}
		w.k.Note("FAILURE " + w.failure.What)
		w.k.Trace = nil // the log ends here
	}
}

func (w *world) now() time.Duration { return w.k.Now().Sub(w.start) }

// until runs the world until done, and fails if that takes too long.
func (w *world) until(what string, done func() bool) {
	if w.failure != nil {
		return
	}
	err := w.sched.Run(patience, func() bool { return w.failure != nil || done() })
	switch {
	case w.failure != nil:
	case err != nil:
		w.fail("%s: %v", what, err)
	case !done():
		w.fail("%s: not in %v", what, patience)
	}
}

func (w *world) newLoops(n int) []*core.Loop {
	loops := make([]*core.Loop, n)
	for i := range loops {
		l, err := core.New(core.WithKernel(w.k), core.WithLogger(w.logger))
		if err != nil {
			panic(err)
		}
		loops[i] = l
		w.keepTime(l)
	}
	w.sched.Go(loops...)
	return loops
}

func (w *world) build() {
	w.loops = w.newLoops(w.serverLoops)
	w.near, w.far = w.loops, w.loops
	if !w.shared {
		w.near, w.far = w.newLoops(w.clientLoops), w.newLoops(w.proxyLoops)
	}
	w.room = newRoom(w)
	handlers := []chat.NewHandler{w.newSession, w.newPlain, w.newTalk, w.newReader, w.newLines}
	for i, name := range services {
		w.serve(name, handlers[i], w.loops)
	}
	w.serve("room", w.room.join, w.loops)
	for _, name := range services {
		w.serve("forward to "+name, (&forwarder{w: w, remote: w.addrs[name]}).accept, w.far)
	}
	// Nobody listens on the first.
	w.k.AddName("server", netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1"))
	w.k.Inject(w.rand, w.faults)
	for i := range w.numClients + w.crowd {
		w.clients = append(w.clients, w.newClient(i))
	}
	for i := range w.numHostile {
		w.hostile = append(w.hostile, w.newHostile(i))
	}
	for i := range w.numMembers {
		w.members = append(w.members, w.newMember(i))
	}
}

// services are what clients talk to: a session with HandleEOF, one without, a conversation, typed
// reads, and chat.Lines.
var services = []string{"session", "plain", "talk", "reads", "lines"}

func (w *world) serve(name string, h chat.NewHandler, loops []*core.Loop) {
	l, err := w.k.NewListener("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s := &chat.Server{Handler: h, Limits: w.limits, MaxConns: w.maxConns, Logger: w.logger,
		MaxWorkers: w.maxWorkers}
	s.OnRefuse = func(c *chat.Channel) { c.PushString(busy) }
	s.ListenConfig.Spread = w.spread
	w.set(s)
	if w.tls {
		s.TLSConfig = serverTLS()
	}
	if err := s.Start(l, loops...); err != nil {
		panic(err)
	}
	w.servers = append(w.servers, s)
	w.addrs[name] = l.Addr()
}

const busy = "BUSY\r\n"

// play lets everything happen, and is done when every client has come to its end.
func (w *world) play() {
	w.pauses()
	if w.shutdownAt > 0 {
		w.k.After(w.shutdownAt, w.shutdown)
	}
	w.until("the clients come to their ends", func() bool {
		for _, c := range w.clients {
			if !c.done {
				return false
			}
		}
		return w.room.settled()
	})
	if w.failure != nil {
		for _, c := range w.clients {
			if !c.done {
				w.failure.What += "\n\t" + c.String()
			}
		}
		for _, m := range w.members {
			if !m.done {
				w.failure.What += "\n\t" + m.String()
			}
		}
	}
}

func (w *world) shutdown() {
	w.ending, w.endingAt = true, w.now()
	w.k.Note("shutdown")
	for _, s := range w.servers {
		s.BeginShutdown()
	}
}

// finish ends the faults, waits until the servers are rid of their hostile peers, ends the servers,
// and looks whether anything is left.
func (w *world) finish() {
	w.k.Inject(w.rand, simkernel.Faults{Keep: w.faults.Keep}) // a way of the system, not a fault
	w.room.leave()
	w.until("the servers get rid of hostile peers", func() bool { return len(w.open) == 0 })
	if w.failure != nil {
		for a := range w.open {
			w.failure.What += "\n\tan open channel: " + a.String()
		}
	}
	w.shutdown()
	w.until("the listeners are closed", func() bool {
		for _, l := range w.loops {
			if l.Len() > w.ownedBy(l) {
				return false
			}
		}
		return true
	})
	w.look()
	w.until("all work that has begun is told to have ended", w.workEnded)
	for _, h := range w.hostile {
		h.end()
	}
	w.until("all descriptors are closed", func() bool { return w.k.Open() == 0 })
	w.closeLoops()
	if n := w.k.Open(); n > 0 {
		w.fail("%d descriptors are open when all is closed", n)
	}
}

// ownedBy returns how many dispatchers of l are those of hostile peers, which are still there.
func (w *world) ownedBy(l *core.Loop) (n int) {
	for _, h := range w.hostile {
		if h.conn != nil && !h.conn.Closed() && h.conn.Loop() == l {
			n++
		}
	}
	return n
}

func (w *world) closeLoops() {
	defer func() {
		if v := recover(); v != nil {
			w.fail("panic when the loops are closed: %v", v)
		}
	}()
	w.sched.Close()
}

// isOf reports whether err is, or wraps, one of these.
func isOf(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
