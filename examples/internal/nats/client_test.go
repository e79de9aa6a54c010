package nats_test

import (
	"errors"
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

// A world is a kernel in memory, a loop on it, and a place for a server.
type world struct {
	t     *testing.T
	k     *simkernel.Kernel
	sched *simkernel.Scheduler
	loop  *core.Loop
	addr  string
}

func newWorld(t *testing.T) *world {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k), core.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	w := &world{t: t, k: k, sched: simkernel.NewScheduler(k, rand.New(rand.NewPCG(1, 2))), loop: loop,
		addr: "127.0.0.1:4222"}
	w.sched.Go(loop)
	t.Cleanup(w.sched.Close)
	return w
}

// serve starts a server of this protocol.
func (w *world) serve(token string) *natstest.Server {
	l, err := w.k.NewListener("tcp", w.addr)
	require.NoError(w.t, err)
	s := &natstest.Server{Token: token}
	require.NoError(w.t, s.Serve(l, w.loop))
	return s
}

// serveAs starts a server that says words, and then listens.
func (w *world) serveAs(words string) {
	l, err := w.k.NewListener("tcp", w.addr)
	require.NoError(w.t, err)
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.PushString(words)
		return chat.Lines(func(*chat.Channel, []byte) {})(c)
	}}
	s.FirstTimeout = chat.NoLimit
	require.NoError(w.t, s.Start(l, w.loop))
}

// run lets d pass, or less if done says so.
func (w *world) run(d time.Duration, done func() bool) {
	w.t.Helper()
	if err := w.sched.Run(d, done); err != nil && !errors.Is(err, simkernel.ErrDeadlock) {
		w.t.Fatal(err)
	}
}

// A station is a client that writes down what happens.
type station struct {
	*nats.Client
	heard []string
	ups   int
	downs []error
	when  []time.Duration // of the downs
}

func (w *world) station(token string) *station {
	s := &station{Client: &nats.Client{Loop: w.loop, Server: nats.Server{Addr: w.addr, Token: token}}}
	s.OnUp = func() { s.ups++ }
	s.OnDown = func(err error) {
		s.downs = append(s.downs, err)
		s.when = append(s.when, w.loop.Now().Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
	}
	for _, subject := range []string{"all", "some"} {
		s.Subscribe(subject, func(p []byte) { s.heard = append(s.heard, subject+":"+string(p)) })
	}
	w.loop.Post(s.Start)
	return s
}

func TestMessagesArrive(t *testing.T) {
	w := newWorld(t)
	w.serve("secret")
	a, b := w.station("secret"), w.station("secret")
	w.run(time.Second, func() bool { return a.Up() && b.Up() })
	w.loop.Post(func() {
		for _, m := range []struct{ subject, payload string }{{"all", "one"}, {"none", "x"},
			{"some", "two\r\nPUB all 1\r\nx\r\n"}, {"all", ""}} {
			if err := a.Publish(m.subject, []byte(m.payload)); err != nil {
				t.Errorf("Publish(%q) = %v", m.subject, err)
			}
		}
	})
	w.run(time.Second, nil)
	want := []string{"all:one", "some:two\r\nPUB all 1\r\nx\r\n", "all:"}
	if !slices.Equal(b.heard, want) {
		t.Errorf("b has heard %q, want %q", b.heard, want)
	}
	if len(a.heard) > 0 {
		t.Errorf("a has heard itself: %q", a.heard)
	}
}

func TestPublishRefuses(t *testing.T) {
	w := newWorld(t)
	a := w.station("")
	if err := a.Publish("all", nil); !errors.Is(err, nats.ErrDown) {
		t.Errorf("Publish without a connection = %v", err)
	}
	w.serve("")
	w.run(time.Second, a.Up)
	w.loop.Post(func() {
		for _, subject := range []string{"", "a b", "a\r\nPUB all 0", "a\tb", "a\x00"} {
			if err := a.Publish(subject, nil); !errors.Is(err, nats.ErrSubject) {
				t.Errorf("Publish(%q) = %v, want ErrSubject", subject, err)
			}
		}
		if err := a.Publish("all", make([]byte, 1<<20+1)); !errors.Is(err, nats.ErrTooLarge) {
			t.Errorf("Publish of too much = %v", err)
		}
	})
	w.run(time.Second, nil)
	if !a.Up() || len(a.downs) > 1 {
		t.Errorf("the connection has suffered: %v", a.downs)
	}
}

// A client whose server has gone comes again, more and more rarely, and when it is back the
// subscriptions are, too.
func TestReconnects(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	a, b := w.station(""), w.station("")
	w.run(time.Second, func() bool { return a.Up() && b.Up() })
	w.loop.Post(s.Kill)
	w.run(30*time.Second, nil)
	if a.Up() || len(a.downs) < 8 || len(a.downs) > 16 {
		t.Errorf("up: %t; %d failures in 30 s, want 8 to 16", a.Up(), len(a.downs))
	}
	for i, last := 1, time.Duration(0); i < len(a.when); i++ {
		gap := a.when[i] - a.when[i-1]
		if gap > 5*time.Second || 2*gap < last {
			t.Errorf("attempt %d comes %v after the one before, which came after %v", i, gap, last)
		}
		last = gap
	}
	w.serve("")
	w.run(6*time.Second, func() bool { return a.Up() && b.Up() })
	w.loop.Post(func() { b.Publish("some", []byte("again")) })
	w.run(time.Second, nil)
	if a.ups != 2 || !slices.Equal(a.heard, []string{"some:again"}) {
		t.Errorf("%d times up, heard %q", a.ups, a.heard)
	}
}

// What is wrong with the server is told, and it is not asked again and again without a pause.
func TestFaultsOfServers(t *testing.T) {
	const info = "INFO {\"max_payload\":100}\r\n"
	for _, tt := range []struct{ says, want string }{
		{info + "-ERR 'Authorization Violation'\r\n",
			`nats: the server says "'Authorization Violation'"`},
		// E5: it is no line of its own in the log, and no command to a terminal.
		{info + "-ERR x\x0bby (forged)\x1b[2J\u00e9" + strings.Repeat("y", 1000) + "\r\n",
			`nats: the server says "x\vby (forged)\x1b[2J\u00e9` + strings.Repeat("y", 82) + `"`},
		{"INFO {\"tls_required\":true}\r\n",
			"nats: the server wants TLS, which this client does not speak"},
		{"INFO {\r\n", "nats: INFO: unexpected end of JSON input"},
		{"HTTP/1.1 400 Bad Request\r\n", "nats: the server says \"HTTP/1.1\", which makes no sense"},
		{info + "PONG\r\nMSG a 2 1\r\nx\r\n", "nats: a message comes for no subscription"},
		{info + "PONG\r\nMSG a -1 1\r\nx\r\n", "nats: a message comes for no subscription"},
		{info + "PONG\r\nMSG a 0 1048577\r\n", "nats: a message has the length \"1048577\""},
		{info + "PONG\r\nMSG a 0 0x1\r\n", "nats: a message has the length \"0x1\""},
		{info + "PONG\r\nMSG a 0 1\r\nxyz\r\n", "nats: a message does not end where it should"},
		{info + "PONG\r\nMSG a\r\n", "nats: the server says \"MSG\", which makes no sense"},
		{strings.Repeat("x", 1<<16+1), "chat: element"},
		{"", "nats: the server does not answer"},
		{info, "nats: the server does not answer"},
	} {
		w := newWorld(t)
		w.serveAs(tt.says)
		a := w.station("")
		w.run(40*time.Second, func() bool { return len(a.downs) > 0 })
		if len(a.downs) == 0 || !strings.Contains(a.downs[0].Error(), tt.want) &&
			!(errors.Is(a.downs[0], chat.ErrTooLong) && len(tt.says) > 1<<16) {
			t.Errorf("%.60q ends the connection with %v, want %q", tt.says, a.downs, tt.want)
		}
		before := len(a.downs)
		w.run(20*time.Second, nil)
		if n := len(a.downs) - before; n > 12 {
			t.Errorf("%.60q: %d attempts in 20 s", tt.says, n)
		}
	}
}

// What was published before Close arrives, and nothing is left.
func TestClose(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	a, b := w.station(""), w.station("")
	w.run(time.Second, func() bool { return a.Up() && b.Up() })
	over := false
	w.loop.Post(func() {
		a.Publish("all", []byte("the last word"))
		a.Close(func() { over = true })
	})
	w.run(time.Minute, nil)
	if !slices.Equal(b.heard, []string{"all:the last word"}) || len(a.downs) > 0 {
		t.Errorf("heard %q, down %v", b.heard, a.downs)
	}
	if !over {
		t.Error("Close has no end")
	}
	w.loop.Post(func() { b.Close(nil); s.Kill() })
	w.run(time.Minute, nil)
	if n := w.k.Open(); n > 0 {
		t.Errorf("%d descriptors are left", n)
	}
}

// Whatever the kernel does: messages come in order and not twice, and when the faults are over the
// connection is there.
func TestUnderFaults(t *testing.T) {
	for seed := range uint64(30) {
		w := newWorld(t)
		r := rand.New(rand.NewPCG(seed, 3))
		w.serve("")
		w.k.Inject(r, simkernel.Faults{Short: 0.3, Again: 0.2, Interrupt: 0.1, Join: 0.5, Late: 0.2,
			Break: 0.4, Refuse: 0.2, Latency: 50 * time.Millisecond})
		a, b := w.station(""), w.station("")
		sent := 0
		w.loop.Every(100*time.Millisecond, func() {
			if sent++; sent <= 100 {
				a.Publish("all", []byte{byte(sent)})
			}
		})
		w.run(20*time.Second, nil)
		w.k.Inject(r, simkernel.Faults{})
		w.run(20*time.Second, func() bool { return a.Up() && b.Up() })
		if !slices.IsSorted(b.heard) || len(slices.Compact(slices.Clone(b.heard))) != len(b.heard) {
			t.Errorf("seed %d: heard %q", seed, b.heard)
		}
		if !a.Up() || !b.Up() {
			t.Errorf("seed %d: up %t and %t", seed, a.Up(), b.Up())
		}
	}
}

func TestParseURL(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want nats.Server
	}{
		{"nats://localhost", nats.Server{Addr: "localhost:4222"}},
		{"nats://127.0.0.1:1/", nats.Server{Addr: "127.0.0.1:1"}},
		{"nats://s3cret@[::1]:42", nats.Server{Addr: "[::1]:42", Token: "s3cret"}},
		{"nats://a:b%40@h", nats.Server{Addr: "h:4222", User: "a", Password: "b@"}},
	} {
		if got, err := nats.ParseURL(tt.in); got != tt.want || err != nil {
			t.Errorf("ParseURL(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"", "localhost:4222", "http://h", "nats://", "nats://h/path",
		"nats://h?x", "nats://secret@h:port"} {
		if got, err := nats.ParseURL(in); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseURL(%q) = %+v, %v; want an error without the secret", in, got, err)
		}
	}
}
