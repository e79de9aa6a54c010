package chat_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// numbered returns n bytes in which every place can be told from the others nearby.
func numbered(n int) []byte {
	p := make([]byte, n)
	rand.NewChaCha8([32]byte{9}).Read(p)
	return p
}

// gathering makes a channel under None with limits, and returns what it has collected.
func gathering(t *testing.T, change func(*chat.Limits)) (*chattest.Conn, *bytes.Buffer) {
	t.Helper()
	got := &bytes.Buffer{}
	r, h := record(terminator.None, onData(func(r *recorder, data string) { got.WriteString(data) }))
	c := chattest.NewConn(t, h)
	c.Do(func() { setLimits(r.Channel, change) })
	return c, got
}

// At 1000 bytes a second, 15 are worth waiting for: each 15 ms.
const slow, pieceOfSlow, waitOfSlow = 1000, 15, 15 * time.Millisecond

// Reading stops when the bucket is empty, and goes on when there is enough again, at that very moment. The peer is held up, and nothing is lost.
func TestReadRate(t *testing.T) {
	c, got := gathering(t, func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: slow, Burst: 500} })
	data := numbered(70_000)
	c.Send(data)
	events := func() uint64 { return c.Channel().Loop().Stats().Events }
	before := events()
	for i := range 2000 {
		if want := 500 + pieceOfSlow*i; got.Len() != want {
			t.Fatalf("%d bytes after %v, want %d", got.Len(), time.Duration(i)*waitOfSlow, want)
		}
		c.Advance(waitOfSlow - 1)
		if want := 500 + pieceOfSlow*i; got.Len() != want {
			t.Fatalf("%d bytes just before %v, want %d", got.Len(), time.Duration(i+1)*waitOfSlow, want)
		}
		c.Advance(1)
	}
	if n := events() - before; !c.Paused() || n > 10 {
		t.Errorf("%d events, paused is %t; want hardly any: the poller is not asked for what may not be read", n, c.Paused())
	}
	c.Advance(time.Minute)
	if !bytes.Equal(got.Bytes(), data) {
		t.Errorf("%d bytes, want all %d, in order", got.Len(), len(data))
	}
	c.Advance(time.Second)
	got.Reset()
	c.Send(data[:600]) // the burst is there again, and what was not read of it is not lost
	if got.Len() != 500 {
		t.Errorf("%d bytes at once after a pause, want 500", got.Len())
	}
}

// A read of less than was there costs what it was.
func TestReadRateOfSmallReads(t *testing.T) {
	c, got := gathering(t, func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: slow, Burst: 500} })
	for i := range 50 {
		c.SendString("0123456789")
		if got.Len() != 10*(i+1) {
			t.Fatalf("%d bytes, want %d", got.Len(), 10*(i+1))
		}
	}
	c.SendString("x")
	if got.Len() != 500 {
		t.Errorf("%d bytes, want no more than the burst", got.Len())
	}
	c.Advance(waitOfSlow)
	if got.Len() != 501 || c.Paused() {
		t.Errorf("%d bytes, paused is %t; want 501, false", got.Len(), c.Paused())
	}
}

// While our rate keeps us from reading, the peer is not slow, and not idle; else it is.
func TestClocksAndReadRate(t *testing.T) {
	const size = 40_500
	w := watch(t, terminator.Length(size))
	w.Do(func() {
		setLimits(w.r.Channel, func(l *chat.Limits) {
			l.ReadRate, l.FirstTimeout, l.MinRate = chat.Rate{PerSecond: slow, Burst: 500}, 5*time.Second, chat.NoLimit
		})
	})
	w.goesOn(time.Second)
	w.Send(make([]byte, size-1))
	w.goesOn(40*time.Second + 5*time.Millisecond) // the last byte is read then: 4 of the 5 seconds are left
	w.endsAt(4*time.Second, chat.ErrNoElement)

	w = watch(t, terminator.Length(1))
	w.Do(func() {
		setLimits(w.r.Channel, func(l *chat.Limits) {
			l.ReadRate, l.IdleTimeout = chat.Rate{PerSecond: slow, Burst: 500}, 5*time.Second
		})
	})
	w.Send(make([]byte, size))
	w.goesOn(40*time.Second + 5*time.Millisecond)
	w.endsAt(5*time.Second, chat.ErrIdle)
}

// The rate of the output is as exact, and CloseWhenDone sends all of it; meanwhile no clock is against the peer.
func TestWriteRate(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	data := numbered(50_500)
	c.Do(func() {
		setLimits(r.Channel, func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: slow, Burst: 500} })
		r.Push(data[:100])
		r.PushString(string(data[100:300]))
		r.PushProducer(fifo.SimpleProducer(data[300:20_000], 7000))
		r.Push(data[20_000:])
		r.CloseWhenDone()
	})
	var got []byte
	events := func() uint64 { return c.Channel().Loop().Stats().Events }
	before := events()
	for i := range 1000 {
		got = append(got, c.Received()...)
		if want := 500 + pieceOfSlow*i; len(got) != want {
			t.Fatalf("%d bytes after %v, want %d", len(got), time.Duration(i)*waitOfSlow, want)
		}
		c.Advance(waitOfSlow - 1)
		if c.Received() != nil {
			t.Fatalf("sent before its time")
		}
		c.Advance(1)
	}
	if n := events() - before; n > 10 {
		t.Errorf("%d events, want hardly any", n)
	}
	c.Advance(35*time.Second - 1) // all would be sent after 50 s, and a piece is sent each 15 ms
	if got = append(got, c.Received()...); len(got) == len(data) || c.Closed() {
		t.Errorf("%d bytes are sent, closed is %t, before 50 s have passed", len(got), c.Closed())
	}
	c.Advance(1)
	if got = append(got, c.Received()...); !bytes.Equal(got, data) || !c.Closed() {
		t.Errorf("%d bytes are sent, closed is %t; want all %d in order, true", len(got), c.Closed(), len(data))
	}
	c.CloseWrite()
	r.expect(t, "connect, close <nil>")
}

// The clock of the output runs while the peer does not take what we offer, and no longer.
func TestStallAndWriteRate(t *testing.T) {
	const window = 64 << 10
	stalled := func() *watched {
		w := watch(t, crlf)
		w.SendString("first\r\n")
		w.Do(func() {
			setLimits(w.r.Channel, func(l *chat.Limits) {
				l.WriteRate, l.IdleTimeout = chat.Rate{PerSecond: slow, Burst: window + 100}, chat.NoLimit
			})
		})
		w.Stall()
		w.Do(func() { w.r.Push(make([]byte, window+100_100)) })
		return w
	}
	stalled().endsAt(30*time.Second, chat.ErrStalled)

	w := stalled()
	w.goesOn(29 * time.Second)
	w.Unstall() // the bucket has 29,100 by now
	w.goesOn(71*time.Second - 1)
	if got, want := len(w.Received()), window+100_100-5; got != want { // in pieces of 15
		t.Errorf("%d bytes before 100 s, want %d", got, want)
	}
	w.goesOn(1)
	if got := len(w.Received()); got != 5 {
		t.Errorf("%d bytes after 100 s, want 5", got)
	}
}

// A wait for our own rate may be longer than the clock, and is none of the peer's.
func TestLongWaitsForRates(t *testing.T) {
	const second = time.Second
	w := watch(t, terminator.Length(11))
	w.Do(func() {
		setLimits(w.r.Channel, func(l *chat.Limits) {
			l.ReadRate, l.FirstTimeout, l.MinRate = chat.Rate{PerSecond: 1, Burst: 5}, second/2, chat.NoLimit
		})
	})
	w.SendString("0123456789")
	w.goesOn(6 * second) // after five, all is read, but who has read all that it may does not know that
	w.endsAt(second/2, chat.ErrNoElement)

	w = watch(t, terminator.Length(11))
	limits := func(l *chat.Limits) {
		l.ReadRate, l.FirstTimeout, l.MinRate = chat.Rate{PerSecond: 1, Burst: 5}, second/2, chat.NoLimit
	}
	w.Do(func() { setLimits(w.r.Channel, limits) })
	w.SendString("012345")
	w.goesOn(second * 3 / 4)
	w.Do(func() { setLimits(w.r.Channel, limits) }) // the clock begins anew, and still stands
	w.goesOn(second * 5 / 4)
	w.endsAt(second/2, chat.ErrNoElement)

	w = watch(t, crlf) // what is dropped is not measured, and the time to linger is what it is
	w.Do(func() {
		setLimits(w.r.Channel, func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: 1, Burst: 5} })
	})
	w.SendString("0123456789")
	w.Do(w.r.CloseWhenDone)
	w.Advance(5*second - 1)
	w.r.expect(t, `connect, "01234"`)
	w.Advance(1)
	w.r.expect(t, `connect, "01234", close <nil>`)
}

// filing is a kernel in memory that sends files.
type filing struct{ *simkernel.Kernel }

func (k filing) SendFile(fd int, file *os.File, off int64, n int) (int, error) {
	if n == 0 {
		panic("the system is asked to send nothing")
	}
	p := make([]byte, n)
	n, err := file.ReadAt(p, off)
	if err != nil && err != io.EOF {
		return 0, err
	}
	return k.Write(fd, p[:n])
}

// The system is given no more of a file than may be sent.
func TestWriteRateOfFiles(t *testing.T) {
	k := filing{simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	name, content := randomFile(t, 10_000)
	file, err := os.Open(name)
	require.NoError(t, err)
	c := chat.NewChannel(core.NewConn(loop, near), newEcho)
	setLimits(c, func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: slow, Burst: 500} })
	p, err := fifo.File(file)
	require.NoError(t, err)
	head := numbered(490 + pieceOfSlow)[:490] // a file behind other data, with what is left
	c.Push(head)
	c.PushProducer(p)
	c.PushString("tail")
	got := make([]byte, 20_000)
	n := 0
	for i := range 100 {
		for range 3 {
			loop.Poll(0)
		}
		for k.Buffered(far) > 0 {
			m, _ := k.Read(far, got[n:])
			n += m
		}
		if want := 500 + pieceOfSlow*i; n != want {
			t.Fatalf("%d bytes after %v, want %d", n, time.Duration(i)*waitOfSlow, want)
		}
		k.Advance(waitOfSlow)
	}
	if want := append(head, content...); !bytes.Equal(got[:n], want[:n]) {
		t.Error("the bytes are others")
	}
}

// A producer is asked for no more than may be sent, and a file is cut where the bucket is empty.
func TestWriteRateOfProducers(t *testing.T) {
	asked := 0
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() {
		setLimits(r.Channel, func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: slow, Burst: 500} })
		r.PushProducer(fifo.Seq(func(yield func([]byte) bool) {
			for range 1000 {
				asked++
				if !yield(make([]byte, 100)) {
					return
				}
			}
		}))
	})
	c.Advance(3 * time.Second)
	if sent := len(c.Received()); sent != 3500 || asked > 36 {
		t.Errorf("%d bytes are sent, and %d hundreds asked for; want 3500, hardly more than 35", sent, asked)
	}
	c.Do(func() { r.DiscardBuffers(); r.PushString("x") })
	c.Advance(waitOfSlow)
	expectReceived(t, c, "x")
}

// Waiting for a rate is one way to wait among others, and ends with what ends those.
func TestReadRateAndPause(t *testing.T) {
	var got bytes.Buffer
	r, h := record(terminator.None, onData(func(r *recorder, data string) { got.WriteString(data) }))
	c := chattest.NewConn(t, h)
	c.Do(func() {
		setLimits(r.Channel, func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: slow, Burst: 500} })
	})
	data := numbered(2000)
	c.Send(data)
	c.Do(r.PauseReading)
	c.Advance(time.Minute)
	if got.Len() != 500 {
		t.Errorf("%d bytes while reading is paused, want 500", got.Len())
	}
	c.Do(r.ResumeReading)
	if got.Len() != 1000 {
		t.Errorf("%d bytes after the pause, want another burst", got.Len())
	}
	c.Do(func() { setLimits(r.Channel, func(l *chat.Limits) { l.ReadRate = chat.Rate{} }) })
	if !bytes.Equal(got.Bytes(), data) {
		t.Errorf("%d bytes without a limit, want all", got.Len())
	}
}

// To ask for a limit that is in force fills no bucket: who sets limits for each element would have none.
func TestSetLimitsFillsNoBucket(t *testing.T) {
	got := 0
	r, h := record(terminator.Length(1), onFound(func(r *recorder, element string) {
		got++
		r.SetMaxElement(int64(1000+got), false)
	}))
	c := chattest.NewConn(t, h)
	set := func(burst int) {
		c.Do(func() {
			setLimits(r.Channel, func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: slow, Burst: burst} })
		})
	}
	set(500)
	c.Send(make([]byte, 3000))
	if got != 500 {
		t.Errorf("%d bytes, want 500", got)
	}
	set(400)
	if got != 500 {
		t.Errorf("%d bytes with another burst, want no more", got)
	}
	c.Advance(waitOfSlow)
	if got != 515 {
		t.Errorf("%d bytes, want 515", got)
	}
}

// A channel that is closed while it waits leaves no trace, and one that closes when it is done has what it needs.
func TestCloseWhileRateWaits(t *testing.T) {
	for _, end := range []func(c *chat.Channel){
		func(c *chat.Channel) { c.Close() }, func(c *chat.Channel) { c.Abort() }, func(c *chat.Channel) { c.CloseWhenDone(); c.DiscardBuffers() },
	} {
		r, h := record(terminator.None)
		c := chattest.NewConn(t, h)
		c.Do(func() {
			setLimits(r.Channel, func(l *chat.Limits) {
				l.ReadRate, l.WriteRate = chat.Rate{PerSecond: slow}, chat.Rate{PerSecond: slow}
			})
			r.Push(make([]byte, 5000))
		})
		c.Send(make([]byte, 5000))
		c.Do(func() { end(r.Channel) })
		if r.count("close <nil>") != 1 || !c.Closed() {
			t.Errorf("%s; want it closed", r.events())
		}
		c.Advance(time.Hour)
	}
}

// What is read and written at a rate is what is read and written without, however it is cut and paused.
func TestRatesLoseNothing(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 3))
		rate := func() chat.Rate {
			return chat.Rate{PerSecond: 1 + rng.IntN(1<<rng.IntN(20)), Burst: rng.IntN(1 << rng.IntN(18))}
		}
		server := &chat.Server{TotalReadRate: rate(), TotalWriteRate: rate(), Limits: chat.Limits{
			FirstTimeout: chat.NoLimit, ElementTimeout: chat.NoLimit, IdleTimeout: chat.NoLimit, StallTimeout: chat.NoLimit,
		}}
		channels := map[*chat.Channel]bool{}
		server.Handler = func(c *chat.Channel) chat.Handler {
			l := c.Limits()
			l.ReadRate, l.WriteRate = rate(), rate()
			c.SetLimits(l)
			channels[c] = true
			return &mirror{c}
		}
		l := served(t, server, 1+rng.IntN(3))
		type peer struct {
			*chattest.Peer
			sent, got []byte
		}
		var peers []*peer
		for range 1 + rng.IntN(4) {
			peers = append(peers, &peer{Peer: l.Dial()})
		}
		for range 30 {
			p := peers[rng.IntN(len(peers))]
			switch rng.IntN(6) {
			case 0, 1:
				data := numbered(1 + rng.IntN(1<<rng.IntN(14)))
				p.sent = append(p.sent, data...)
				p.Send(data)
			case 2:
				l.Advance(time.Duration(rng.Int64N(1 << rng.IntN(36))))
			case 3:
				p.Stall()
			case 4:
				p.Unstall()
			case 5:
				for c := range channels {
					if rng.IntN(2) == 0 {
						c.PauseReading()
					} else {
						c.ResumeReading()
					}
				}
			}
		}
		for c := range channels {
			c.ResumeReading()
		}
		for _, p := range peers {
			p.Unstall()
			p.CloseWrite()
		}
		l.Advance(1000 * time.Hour)
		for i, p := range peers {
			if p.got = append(p.got, p.Received()...); !bytes.Equal(p.got, p.sent) || !p.Closed() {
				t.Errorf("seed %d: peer %d of %d has sent %d bytes and received %d, closed is %t", seed, i, len(peers), len(p.sent), len(p.got), p.Closed())
			}
		}
	}
}

// mirror sends back every byte.
type mirror struct{ *chat.Channel }

func (m *mirror) CollectIncomingData(data []byte) { m.Push(data) }
func (m *mirror) FoundTerminator()                {}

// A bounded echo needs no memory for each time that it waits: one copy of the end of a line that was cut, for the queue gives its buffer back then.
func TestRatesAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	rate := chat.Rate{PerSecond: slow, Burst: 200}
	s := &chat.Server{Handler: newEcho, TotalReadRate: rate, TotalWriteRate: rate, Limits: chat.Limits{ReadRate: rate, WriteRate: rate}}
	l := served(t, s, 1)
	p := l.Dial()
	line := []byte(strings.Repeat("x", 298) + "\r\n")
	round := func() {
		p.Send(line)
		p.Advance(time.Second)
	}
	round()
	p.Received()
	if n := testing.AllocsPerRun(200, round); n > 1 {
		t.Errorf("%v allocations a line, want 1", n)
	}
	if got, want := len(p.Received()), 201*len(line); got != want {
		t.Errorf("received %d bytes, want %d", got, want)
	}
}

// On real sockets and several loops, with files.
func TestRatesOnSockets(t *testing.T) {
	const size, clients, loops = 300_000, 6, 3
	name, content := randomFile(t, size)
	rate := chat.Rate{PerSecond: 20 << 20, Burst: 20_000}
	addr, _ := serve(t, &chat.Server{
		Loops: loops, TotalReadRate: rate, TotalWriteRate: rate, Limits: chat.Limits{WriteRate: chat.Rate{PerSecond: 10 << 20, Burst: 10_000}},
		Handler: func(c *chat.Channel) chat.Handler {
			c.SetTerminator(terminator.Length(size))
			return &returner{Channel: c, name: name}
		}}, "tcp", "127.0.0.1:0")
	began := time.Now()
	var wg sync.WaitGroup
	for range clients {
		conn := dial(t, addr)
		wg.Go(func() { conn.Write(content) })
		wg.Go(func() {
			if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, append(content[:size:size], content...)) {
				t.Errorf("received %d bytes, %v; want what was sent, and the file", len(got), err)
			}
		})
	}
	wg.Wait()
	written := float64(2 * clients * size)
	if took, least := time.Since(began).Seconds(), (written-float64(rate.Burst))/float64(rate.PerSecond); took < least {
		t.Errorf("%v bytes were written in %v s, want at least %v", written, took, least)
	}
}

// returner sends back an element, then a file, and closes.
type returner struct {
	*chat.Channel
	chat.Collector
	name string
}

func (r *returner) FoundTerminator() {
	r.Push(r.Take())
	if file, err := os.Open(r.name); err == nil {
		if p, err := fifo.File(file); err == nil {
			r.PushProducer(p)
		}
	}
	r.CloseWhenDone()
}
