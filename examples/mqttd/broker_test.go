package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/examples/internal/mqtttest"
)

// A world is a broker on a network in memory.
type world struct {
	*testing.T
	broker *broker
	net    *chattest.Listener
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t, newBroker(), chattest.Listen(t)}
	server := w.broker.server()
	server.Handler = chattest.Guard(t, server.Handler)
	require.NoError(t, server.Serve(w.net))
	return w
}

// A user is a client that has introduced itself.
type user struct {
	*chattest.Peer
	t *testing.T
}

func (w *world) connect(h mqtttest.Hello, present bool) user {
	w.Helper()
	u := user{w.net.Dial(), w.T}
	u.SendString(h.Connect())
	ack := "\x20\x02\x00\x00"
	if present {
		ack = "\x20\x02\x01\x00"
	}
	got := u.Received()
	require.True(w, strings.HasPrefix(string(got), ack), "%x", got)
	require.Len(w, got, 4, "use resume")
	return u
}

func (w *world) clean(id string) user {
	w.Helper()
	return w.connect(mqtttest.Hello{ID: id, Clean: true}, false)
}

func (u user) subscribe(filter string, qos byte) {
	u.t.Helper()
	u.SendString(mqtttest.Subscribe(1, filter, qos))
	u.expect("\x90\x03\x00\x01" + string(min(qos, 1)))
}

func (u user) expect(packets ...string) {
	u.t.Helper()
	require.Equal(u.t, fmt.Sprintf("%q", strings.Join(packets, "")),
		fmt.Sprintf("%q", u.Received()))
}

// A client gets a message once, however many of its subscriptions fit, with the highest QoS of
// them, and no higher than that of the message.
func TestPublish(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.clean("a"), w.clean("b"), w.clean("")
	a.subscribe("x/#", 0)
	a.subscribe("x/+", 2)
	b.subscribe("x/y", 0)
	c.SendString(mqtttest.Publish(0, "x/y", "zero", 0) + mqtttest.Publish(7, "x/y", "one", 1))
	c.expect(mqtttest.Ack(mqtttest.PubAck, 7))
	a.expect(mqtttest.Publish(0, "x/y", "zero", 0), mqtttest.Publish(1, "x/y", "one", 0))
	b.expect(mqtttest.Publish(0, "x/y", "zero", 0), mqtttest.Publish(0, "x/y", "one", 0))
	a.SendString(mqtttest.Unsubscribe(2, "x/#") + mqtttest.Unsubscribe(3, "x/+"))
	a.expect("\xb0\x02\x00\x02\xb0\x02\x00\x03")
	c.SendString(mqtttest.Publish(8, "x/y", "two", 0))
	a.expect()
	b.expect(mqtttest.Publish(0, "x/y", "two", 0))
}

// What is retained comes at a subscription, marked, until an empty message takes it away.
func TestRetained(t *testing.T) {
	w := newWorld(t)
	a := w.clean("a")
	a.SendString(mqtttest.Publish(0, "x/y", "old", 1) + mqtttest.Publish(1, "x/y", "new", 1) +
		mqtttest.Publish(0, "z", "other", 0))
	a.expect(mqtttest.Ack(mqtttest.PubAck, 1))
	a.SendString(mqtttest.Subscribe(1, "x/+", 1))
	a.expect("\x90\x03\x00\x01\x01", mqtttest.Publish(1, "x/y", "new", 1))
	a.SendString(mqtttest.Publish(0, "x/y", "", 1))
	a.expect(mqtttest.Publish(0, "x/y", "", 0))
	a.subscribe("#", 1)
	if b := w.broker; b.retained != 0 || b.kept != 0 {
		t.Errorf("%d messages of %d bytes are retained", b.retained, b.kept)
	}
}

// A will is done when a client goes without a word, and not when it takes leave.
func TestWills(t *testing.T) {
	w := newWorld(t)
	watch := w.clean("watch")
	watch.subscribe("gone", 1)
	h := mqtttest.Hello{ID: "a", Clean: true, WillTopic: "gone", WillPayload: "a",
		WillFlags: 0x08, KeepAlive: 60}
	a := w.connect(h, false)
	a.SendString("\xe0\x00")
	require.True(t, a.Closed())
	watch.expect()
	for i, end := range []func(user){
		func(u user) { u.Reset() },
		func(u user) { u.CloseWrite() },
		func(u user) { u.SendString("\x00\x00") }, // is no packet
		func(u user) { w.connect(mqtttest.Hello{ID: "a", Clean: true}, false) },
		func(u user) { w.net.Advance(90 * time.Second) },
	} {
		watch.SendString("\xc0\x00")
		watch.expect("\xd0\x00")
		end(w.connect(h, false))
		watch.expect(mqtttest.Publish(i+1, "gone", "a", 0))
		watch.SendString(mqtttest.Ack(mqtttest.PubAck, i+1))
	}
}

// A client says from time to time that it is there; what it gets does not count.
func TestKeepAlive(t *testing.T) {
	w := newWorld(t)
	a := w.connect(mqtttest.Hello{ID: "a", Clean: true, KeepAlive: 10}, false)
	forever := w.clean("b")
	a.subscribe("x", 0)
	for range 5 {
		w.net.Advance(14 * time.Second)
		a.SendString("\xc0\x00")
		a.expect("\xd0\x00")
	}
	w.net.Advance(14 * time.Second)
	forever.SendString(mqtttest.Publish(0, "x", "1", 0))
	a.expect(mqtttest.Publish(0, "x", "1", 0))
	w.net.Advance(2 * time.Second)
	require.True(t, a.Closed())
	w.net.Advance(24 * time.Hour)
	require.False(t, forever.Closed())
	stranger := w.net.Dial()
	w.net.Advance(chat.DefaultLimits().FirstTimeout)
	require.True(t, stranger.Closed())
}

// A session that is kept goes on where it was: what was not answered comes again, marked, with its
// identifier, before what has come meanwhile, and nothing of QoS 0.
func TestKeptSession(t *testing.T) {
	w := newWorld(t)
	hello := mqtttest.Hello{ID: "a"}
	a, b := w.connect(hello, false), w.clean("b")
	a.subscribe("x", 1)
	b.SendString(mqtttest.Publish(1, "x", "1", 0) + mqtttest.Publish(2, "x", "2", 0))
	a.expect(mqtttest.Publish(1, "x", "1", 0), mqtttest.Publish(2, "x", "2", 0))
	a.SendString(mqtttest.Ack(mqtttest.PubAck, 1))
	a.Reset()
	b.SendString(mqtttest.Publish(3, "x", "3", 0) + mqtttest.Publish(0, "x", "zero", 0))
	a = user{w.net.Dial(), t}
	a.SendString(hello.Connect())
	a.expect("\x20\x02\x01\x00", mqtttest.Publish(2, "x", "2", 8), mqtttest.Publish(3, "x", "3", 0))
	over := a
	a = user{w.net.Dial(), t}
	a.SendString(hello.Connect()) // takes over
	a.expect("\x20\x02\x01\x00", mqtttest.Publish(2, "x", "2", 8), mqtttest.Publish(3, "x", "3", 8))
	require.True(t, over.Closed())
	a.SendString(mqtttest.Ack(mqtttest.PubAck, 3) + mqtttest.Ack(mqtttest.PubAck, 2) +
		mqtttest.Ack(mqtttest.PubAck, 2))
	require.Zero(t, w.broker.waiting)
	a.Reset()
	w.connect(mqtttest.Hello{ID: "a", Clean: true}, false).CloseWrite() // forgets it
	w.connect(mqtttest.Hello{ID: "a"}, false)
}

// What was sent comes before what has waited for the window, and both in order.
func TestKeptSessionIsInOrder(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect(mqtttest.Hello{ID: "a"}, false), w.clean("b")
	a.subscribe("x", 1)
	for i := range window + 5 {
		b.SendString(mqtttest.Publish(i+1, "x", fmt.Sprint(i), 0))
	}
	a.Reset()
	a = user{w.net.Dial(), t}
	a.SendString(mqtttest.Hello{ID: "a"}.Connect())
	want := "\x20\x02\x01\x00"
	for i := range window {
		want += mqtttest.Publish(i+1, "x", fmt.Sprint(i), 8)
	}
	a.expect(want)
	a.SendString(mqtttest.Ack(mqtttest.PubAck, 1))
	a.expect(mqtttest.Publish(window+1, "x", fmt.Sprint(window), 0))
}

// A client that answers slowly has no more than a window under way, and one that takes nothing
// neither costs more than what may wait, nor anything of the others.
func TestSlowClients(t *testing.T) {
	w := newWorld(t)
	a, deaf, b := w.clean("a"), w.clean("deaf"), w.clean("b")
	a.subscribe("x", 1)
	deaf.subscribe("x", 1)
	deaf.subscribe("y", 0)
	deaf.Stall()
	large := strings.Repeat("z", 10_000)
	for i := range 50 {
		b.SendString(mqtttest.Publish(i+1, "x", fmt.Sprint(i, large), 0) +
			mqtttest.Publish(0, "y", large, 0))
	}
	for i := range 50 {
		want := ""
		if i == 0 {
			for n := range window {
				want += mqtttest.Publish(n+1, "x", fmt.Sprint(n, large), 0)
			}
		} else if n := i + window - 1; n < 50 {
			want = mqtttest.Publish(n+1, "x", fmt.Sprint(n, large), 0)
		}
		a.expect(want)
		a.SendString(mqtttest.Ack(mqtttest.PubAck, i+1))
	}
	c := w.broker.clients["deaf"]
	if n := c.session.Queued(); n > maxUnsent+20_000 {
		t.Errorf("%d bytes wait in the channel", n)
	}
	deaf.Unstall() // what comes now, comes as there is room, and not for an answer
	seen := 0
	for acks := "."; acks != ""; deaf.SendString(acks) {
		acks = ""
		all := readPackets(deaf.Received())
		for _, p := range all[:len(all)-1] {
			if _, payload, id := mqtttest.Published(p[0], parsePacket(p).body); id != 0 {
				require.Equal(t, fmt.Sprint(seen, large), payload)
				seen++
				acks += mqtttest.Ack(mqtttest.PubAck, id)
			}
		}
		if seen < window {
			t.Fatalf("%d messages came without an answer, want %d", seen, window)
		}
	}
	require.Equal(t, 50, seen)
	require.Zero(t, w.broker.waiting)
}

// What waits for a client is bounded, and what it has given up is given back.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect(mqtttest.Hello{ID: "a"}, false), w.clean("b")
	a.subscribe("x", 1)
	a.Reset()
	large := strings.Repeat("z", 250_000)
	size := (&message{topic: "x", payload: []byte(large)}).size()
	for i := range maxQueued/size + 10 {
		b.SendString(mqtttest.Publish(i+1, "x", large, 0))
	}
	require.Len(t, w.broker.clients["a"].queue, maxQueued/size)
	w.connect(mqtttest.Hello{ID: "a", Clean: true}, false)
	require.Zero(t, w.broker.waiting)
	d := w.clean("d")
	for i := range maxSubscribed {
		d.subscribe(fmt.Sprint("t", i), 0)
	}
	d.SendString(mqtttest.Subscribe(1, "one more", 0) + mqtttest.Subscribe(2, "t1", 1) +
		mqtttest.Subscribe(3, "a#", 0))
	d.expect("\x90\x03\x00\x01\x80", "\x90\x03\x00\x02\x01", "\x90\x03\x00\x03\x80")
	d.Reset()
	if n := len(w.broker.topics.children); n > 0 {
		t.Errorf("%d nodes are left", n)
	}
}

func alone(c *chat.Channel) chat.Handler { return newBroker().newSession(c) }

func TestDialogues(t *testing.T) {
	for _, file := range []string{"session.txt", "testdata/refusals.txt", "testdata/version.txt",
		"testdata/twice.txt"} {
		t.Run(file, func(t *testing.T) { chattest.Play(t, file, alone) })
	}
}

func FuzzSession(f *testing.F) {
	hello := mqtttest.Hello{ID: "a", Clean: true, KeepAlive: 1}.Connect()
	chattest.Fuzz(f, alone, hello+mqtttest.Subscribe(1, "+/#", 1)+mqtttest.Publish(1, "a/b", "x", 1)+
		mqtttest.Ack(mqtttest.PubAck, 1)+"\xc0\x00\xe0\x00",
		mqtttest.Hello{ID: "a", WillTopic: "w", WillPayload: "x"}.Connect()+mqtttest.Unsubscribe(1, "a"),
		hello+mqtttest.Publish(0, "$a", "x", 1)+mqtttest.Subscribe(1, "$a", 0)+hello)
}
