package chat_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
)

// What all channels share: at 64000 bytes a second, 1000 are worth waiting for, each 15.625 ms.
var total = chat.Rate{PerSecond: 64_000, Burst: 64_000}

// tally counts what each channel has collected, in the order in which they were accepted.
type tally struct{ counts []int }

func (y *tally) handler(c *chat.Channel) chat.Handler {
	y.counts = append(y.counts, 0)
	return &tallied{y, len(y.counts) - 1}
}

type tallied struct {
	*tally
	i int
}

func (y *tallied) CollectIncomingData(data []byte) { y.counts[y.i] += len(data) }

func (y *tallied) FoundTerminator() {}

func sum(counts []int) (n int) {
	for _, k := range counts {
		n += k
	}
	return n
}

// The rate of a server is that of all channels together, to the byte and the moment, and each has
// its share, on whatever loop it is.
func TestTotalReadRate(t *testing.T) {
	for _, loops := range []int{1, 2, 3} {
		const n = 7
		y := &tally{}
		l := served(t, &chat.Server{Handler: y.handler, TotalReadRate: total}, loops)
		data := make([]byte, 50_000) // of which reads of 1000 leave nothing short
		for range n {
			p := l.Dial()
			for range 20 {
				p.Send(data)
			}
		}
		if got := sum(y.counts); got != total.Burst {
			t.Errorf("%d loops: %d bytes at once, want the burst", loops, got)
		}
		before := append([]int(nil), y.counts...)
		l.Advance(10*time.Second - 1)
		if got, want := sum(y.counts), total.Burst+10*total.PerSecond-1000; got != want {
			t.Errorf("%d loops: %d bytes before 10 s have passed, want %d", loops, got, want)
		}
		l.Advance(1)
		if got, want := sum(y.counts), total.Burst+10*total.PerSecond; got != want {
			t.Errorf("%d loops: %d bytes after 10 s, want %d", loops, got, want)
		}
		for i := range n {
			if got, fair := y.counts[i]-before[i], 10*total.PerSecond/n; got < fair-1000 || got > fair+1000 {
				t.Errorf("%d loops: channel %d has read %d bytes, want about %d", loops, i, got, fair)
			}
		}
	}
}

func TestTotalWriteRate(t *testing.T) {
	for _, loops := range []int{1, 2, 3} {
		const n, size = 7, 100_000
		data := inOrder(size)
		l := served(t, &chat.Server{TotalWriteRate: total, Handler: func(c *chat.Channel) chat.Handler {
			c.PushProducer(fifo.SimpleProducer(data, 3000))
			c.CloseWhenDone()
			return &counter{}
		}}, loops)
		var peers [n]*chattest.Peer
		for i := range peers {
			peers[i] = l.Dial()
		}
		var got [n]bytes.Buffer
		all := func() (sum int) {
			for i, p := range peers {
				got[i].Write(p.Received())
				sum += got[i].Len()
			}
			return sum
		}
		if sum := all(); sum != total.Burst {
			t.Errorf("%d loops: %d bytes at once, want the burst", loops, sum)
		}
		l.Advance(5 * time.Second)
		if sum, want := all(), total.Burst+5*total.PerSecond; sum != want {
			t.Errorf("%d loops: %d bytes after 5 s, want %d", loops, sum, want)
		}
		for i := range got {
			// The first has had the burst.
			if n, fair := got[i].Len(), 5*total.PerSecond/n; i > 0 && (n < fair-1000 || n > fair+3000) {
				t.Errorf("%d loops: channel %d has written %d bytes, want about %d", loops, i, n, fair)
			}
		}
		l.Advance(time.Duration(n*size-total.Burst)*time.Second/time.Duration(total.PerSecond) -
			5*time.Second - 1)
		if sum := all(); sum == n*size {
			t.Errorf("%d loops: all are done before their time", loops)
		}
		l.Advance(1)
		all()
		for i, p := range peers {
			if !bytes.Equal(got[i].Bytes(), data) || !p.Closed() {
				t.Errorf("%d loops: channel %d has written %d bytes, closed is %t; want all, true", loops, i,
					got[i].Len(), p.Closed())
			}
		}
	}
}

// Who wants little gets it in its turn, among those who want all.
func TestTotalRateStarvesNobody(t *testing.T) {
	for _, loops := range []int{1, 3} {
		y := &tally{}
		l := served(t, &chat.Server{Handler: y.handler, TotalReadRate: total}, loops)
		small := l.Dial()
		for range 5 {
			l.Dial().Send(make([]byte, 1<<20))
		}
		for i := range 100 {
			small.SendString("0123456789")
			l.Advance(6 * 15625 * time.Microsecond)
			if got, want := y.counts[0], 10*(i+1); got != want {
				t.Fatalf("%d loops: %d bytes of the small one after %d turns, want %d", loops, got, i+1, want)
			}
		}
		if got, want := sum(y.counts), total.Burst+100*6*1000; got > want || got < want-2000 {
			t.Errorf("%d loops: %d bytes of all, want about %d", loops, got, want)
		}
	}
}

// Who is closed while it waits, or has nothing to wait for any more, holds up nobody.
func TestTotalRateGoesOn(t *testing.T) {
	for _, loops := range []int{1, 3} {
		y := &tally{}
		var channels []*chat.Channel
		l := served(t, &chat.Server{
			TotalReadRate: total, TotalWriteRate: total, Limits: chat.Limits{HighWater: chat.NoLimit},
			Handler: func(c *chat.Channel) chat.Handler {
				channels = append(channels, c)
				return y.handler(c)
			}}, loops)
		var peers []*chattest.Peer
		for range 9 {
			p := l.Dial()
			p.Send(make([]byte, 300_000))
			peers = append(peers, p)
		}
		for _, c := range channels {
			c.Push(make([]byte, 40_000))
		}
		l.Advance(100 * time.Millisecond)
		for i, end := range []func(c *chat.Channel){
			func(c *chat.Channel) { c.Close() },
			func(c *chat.Channel) { c.PauseReading() },
			func(c *chat.Channel) { c.DiscardBuffers(); c.PauseReading() },
			func(c *chat.Channel) { panic("in a callback") },
			func(c *chat.Channel) { c.CloseWhenDone() },
			func(c *chat.Channel) {
				setLimits(c, func(l *chat.Limits) {
					l.ReadRate, l.WriteRate = chat.Rate{PerSecond: 1}, chat.Rate{PerSecond: 1}
				})
			},
		} {
			channels[i].Post(func() { end(channels[i]) })
		}
		peers[6].Reset()
		before := sum(y.counts[7:])
		l.Advance(6 * time.Second)
		// Two are left who read, one at a byte a second, and one reads what came before the reset.
		want := 6*total.PerSecond - 1000*15 - simkernel.Window
		if got := sum(y.counts[7:]) - before; got < want {
			t.Errorf("%d loops: %d bytes of those who go on, want at least %d", loops, got, want)
		}
		for _, p := range peers[7:] {
			if got := len(p.Received()); got != 40_000 {
				t.Errorf("%d loops: %d bytes are written, want all", loops, got)
			}
		}
	}
}

// To set limits that are in force costs no place in the queue.
func TestTotalRateAndSetLimits(t *testing.T) {
	var channels []*chat.Channel
	l := served(t, &chat.Server{TotalWriteRate: total, Handler: func(c *chat.Channel) chat.Handler {
		channels = append(channels, c)
		return &counter{}
	}}, 1)
	var peers []*chattest.Peer
	for range 4 {
		peers = append(peers, l.Dial())
	}
	for _, c := range channels {
		c.Post(func() { c.Push(make([]byte, 200_000)) })
	}
	l.Advance(0)
	peers[0].Received()
	for range 400 {
		l.Advance(10 * time.Millisecond)
		channels[3].Post(func() { channels[3].SetMaxElement(1000, false) })
	}
	if got, want := len(peers[3].Received()), total.PerSecond-1000; got < want {
		t.Errorf("%d bytes of who has set limits again and again, want at least %d", got, want)
	}
}

// Each channel may send us 64 KiB a second, and all of them together get 10 MiB.
func ExampleServer_rates() {
	server := &chat.Server{
		Addr:           ":2525",
		Handler:        newEcho,
		Limits:         chat.Limits{ReadRate: chat.Rate{PerSecond: 64 << 10}},
		TotalWriteRate: chat.Rate{PerSecond: 10 << 20, Burst: 1 << 20},
	}
	fmt.Println(server.TotalWriteRate.PerSecond/1024, "KiB a second")
	// Output: 10240 KiB a second
}
