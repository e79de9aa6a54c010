package chat_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
)

// The rate of the output is as exact, and CloseWhenDone sends all of it; meanwhile no clock is
// against the peer.
func TestWriteRate(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	data := inOrder(50_500)
	c.Do(func() {
		setLimits(r.Channel,
			func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: slow, Burst: 500} })
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
		t.Errorf("%d bytes are sent, closed is %t; want all %d in order, true", len(got),
			c.Closed(), len(data))
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

// slowFile returns a channel that may write slowly, 500 bytes at once, on a kernel that sends
// files, and a file for it.
func slowFile(
	t *testing.T, size int,
) (k filing, loop *core.Loop, far int, c *chat.Channel, p fifo.Producer, content []byte) {
	t.Helper()
	// Its folder is removed when the loop has closed it, which Windows wants.
	name, content := randomFile(t, size)
	k = filing{simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	near, far, err := k.Pair()
	require.NoError(t, err)
	file, err := os.Open(name)
	require.NoError(t, err)
	p, err = fifo.File(file)
	require.NoError(t, err)
	c = chat.NewChannel(core.NewConn(loop, near), newEcho)
	setLimits(c, func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: slow, Burst: 500} })
	return k, loop, far, c, p, content
}

// The system is given no more of a file than may be sent.
func TestWriteRateOfFiles(t *testing.T) {
	k, loop, far, c, p, content := slowFile(t, 10_000)
	head := inOrder(490 + pieceOfSlow)[:490] // a file behind other data, with what is left
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
		setLimits(r.Channel,
			func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: slow, Burst: 500} })
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
		t.Errorf("%d bytes are sent, and %d hundreds asked for; want 3500, hardly more than 35", sent,
			asked)
	}
	c.Do(func() { r.DiscardBuffers(); r.PushString("x") })
	c.Advance(waitOfSlow)
	expectReceived(t, c, "x")
}

// A rate that a handshake meets when the system has room again is waited for, like any.
func TestHandshakeWaitsForTheWriteRate(t *testing.T) {
	k := simkernel.New()
	random := rand.New(rand.NewPCG(1, 1))
	sched := simkernel.NewScheduler(k, random)
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	sched.Go(loop)
	defer sched.Close()
	l, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &chat.Server{Handler: newEcho, TLSConfig: serverConfig(),
		Limits: chat.Limits{WriteRate: chat.Rate{PerSecond: slow, Burst: 200}}}
	require.NoError(t, s.Start(l, loop))
	k.Inject(random, simkernel.Faults{Short: 1})

	r, h := record(crlf)
	d := &chat.Dialer{TLSConfig: clientConfig(tls.VersionTLS13)}
	_, err = d.Dial(t.Context(), loop, "tcp", l.Addr().String(), h)
	require.NoError(t, err)
	connected := func() bool { return r.events() != "" }
	require.NoError(t, sched.Run(chat.DefaultLimits().HandshakeTimeout-time.Second, connected))
	r.expect(t, "connect")
}
