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

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// What is read and written at a rate is what is read and written without, however it is cut and
// paused.
func TestRatesLoseNothing(t *testing.T) {
	oneGoroutine(t)
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 3))
		rate := func() chat.Rate {
			return chat.Rate{PerSecond: 1 + rng.IntN(1<<rng.IntN(20)), Burst: rng.IntN(1 << rng.IntN(18))}
		}
		server := &chat.Server{TotalReadRate: rate(), TotalWriteRate: rate(), Limits: chat.Limits{
			FirstTimeout: chat.NoLimit, ElementTimeout: chat.NoLimit, IdleTimeout: chat.NoLimit,
			StallTimeout: chat.NoLimit,
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
				data := inOrder(1 + rng.IntN(1<<rng.IntN(14)))
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
				t.Errorf("seed %d: peer %d of %d has sent %d bytes and received %d, closed is %t", seed, i,
					len(peers), len(p.sent), len(p.got), p.Closed())
			}
		}
	}
}

// mirror sends back every byte.
type mirror struct{ *chat.Channel }

func (m *mirror) CollectIncomingData(data []byte) { m.Push(data) }
func (m *mirror) FoundTerminator()                {}

// A bounded echo needs no memory for each time that it waits: one copy of the end of a line that
// was cut, for the queue gives its buffer back then.
func TestRatesAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	rate := chat.Rate{PerSecond: slow, Burst: 200}
	s := &chat.Server{Handler: newEcho, TotalReadRate: rate, TotalWriteRate: rate,
		Limits: chat.Limits{ReadRate: rate, WriteRate: rate}}
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
		Loops: loops, TotalReadRate: rate, TotalWriteRate: rate,
		Limits: chat.Limits{WriteRate: chat.Rate{PerSecond: 10 << 20, Burst: 10_000}},
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
			if got, err := io.ReadAll(conn); err != nil ||
				!bytes.Equal(got, append(content[:size:size], content...)) {
				t.Errorf("received %d bytes, %v; want what was sent, and the file", len(got), err)
			}
		})
	}
	wg.Wait()
	written := float64(2 * clients * size)
	took, least := time.Since(began).Seconds(), (written-float64(rate.Burst))/float64(rate.PerSecond)
	if took < least {
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
