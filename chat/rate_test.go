package chat_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// inOrder returns n bytes in which every place can be told from the others nearby.
func inOrder(n int) []byte {
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

// Reading stops when the bucket is empty, and goes on when there is enough again, at that very
// moment. The peer is held up, and nothing is lost.
func TestReadRate(t *testing.T) {
	c, got := gathering(t, func(l *chat.Limits) {
		l.ReadRate = chat.Rate{PerSecond: slow, Burst: 500}
	})
	data := inOrder(70_000)
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
		t.Errorf("%d events, paused is %t; want hardly any: "+
			"the poller is not asked for what may not be read", n, c.Paused())
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
	c, got := gathering(t, func(l *chat.Limits) {
		l.ReadRate = chat.Rate{PerSecond: slow, Burst: 500}
	})
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
			l.ReadRate, l.FirstTimeout, l.MinRate = chat.Rate{PerSecond: slow, Burst: 500},
				5*time.Second, chat.NoLimit
		})
	})
	w.goesOn(time.Second)
	w.Send(make([]byte, size-1))
	// The last byte is read then: 4 of the 5 seconds are left.
	w.goesOn(40*time.Second + 5*time.Millisecond)
	w.endsAt(4*time.Second, chat.ErrFirstTimeout)

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
	// After five, all is read, but who has read all that it may does not know that.
	w.goesOn(6 * second)
	w.endsAt(second/2, chat.ErrFirstTimeout)

	w = watch(t, terminator.Length(11))
	limits := func(l *chat.Limits) {
		l.ReadRate, l.FirstTimeout, l.MinRate = chat.Rate{PerSecond: 1, Burst: 5}, second/2, chat.NoLimit
	}
	w.Do(func() { setLimits(w.r.Channel, limits) })
	w.SendString("012345")
	w.goesOn(second * 3 / 4)
	w.Do(func() { setLimits(w.r.Channel, limits) }) // the clock begins anew, and still stands
	w.goesOn(second * 5 / 4)
	w.endsAt(second/2, chat.ErrFirstTimeout)

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

// Waiting for a rate is one way to wait among others, and ends with what ends those.
func TestReadRateAndPause(t *testing.T) {
	var got bytes.Buffer
	r, h := record(terminator.None, onData(func(r *recorder, data string) { got.WriteString(data) }))
	c := chattest.NewConn(t, h)
	c.Do(func() {
		setLimits(r.Channel, func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: slow, Burst: 500} })
	})
	data := inOrder(2000)
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

// To ask for a limit that is in force fills no bucket: who sets limits for each element would have
// none.
func TestSetLimitsFillsNoBucket(t *testing.T) {
	got := 0
	r, h := record(terminator.Length(1), onFound(func(r *recorder, element string) {
		got++
		r.SetMaxElement(int64(1000+got), false)
	}))
	c := chattest.NewConn(t, h)
	set := func(burst int) {
		c.Do(func() {
			setLimits(r.Channel,
				func(l *chat.Limits) { l.ReadRate = chat.Rate{PerSecond: slow, Burst: burst} })
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

// A channel that is closed while it waits leaves no trace, and one that closes when it is done has
// what it needs.
func TestCloseWhileRateWaits(t *testing.T) {
	for _, end := range []func(c *chat.Channel){
		func(c *chat.Channel) { c.Close() }, func(c *chat.Channel) { c.Abort() }, func(c *chat.Channel) {
			c.CloseWhenDone()
			c.DiscardBuffers()
		},
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
