package chat_test

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// W2: what has come before a clock rings counts, also if it takes several reads, of which a loop
// with other things to do makes one an event.
func TestNobodyIsJudgedUnheard(t *testing.T) {
	line := strings.Repeat("x", 60_000) + "\r\n"
	heard := func(t *testing.T, before string, h chat.NewHandler, limit time.Duration) string {
		k, loop, settle := simLoop(t)
		near, far, err := k.Pair()
		require.NoError(t, err)
		chat.NewChannel(core.NewConn(loop, near), h)
		settle()
		k.Write(far, []byte(before))
		settle()
		for range 4 {
			near, far, err := k.Pair()
			require.NoError(t, err)
			chat.NewChannel(core.NewConn(loop, near), chat.Lines(func(*chat.Channel, []byte) {}))
			k.Write(far, []byte("x\r\n"))
		}
		k.Write(far, []byte(line))
		k.Advance(limit + time.Second)
		settle()
		b := make([]byte, 10)
		n, _ := k.Read(far, b)
		return string(b[:n])
	}
	lines := chat.Lines(func(c *chat.Channel, line []byte) {
		if len(line) > 1 {
			c.PushString("heard")
		}
	})
	talk := chat.Converse(func(v *chat.Conversation) error {
		v.SetReadDeadline(v.Loop().Now().Add(time.Second))
		_, err := v.ReadLine()
		if err == nil {
			v.WriteString("heard")
		}
		return err
	})
	choose := chat.Converse(func(v *chat.Conversation) error {
		if _, err := chat.Select(v.Loop().Now().Add(time.Second), v); err == nil {
			v.WriteString("heard")
		}
		return nil
	})
	for _, c := range []struct {
		what, before string
		h            chat.NewHandler
		limit        time.Duration
	}{
		{"the first element", "", lines, chat.DefaultLimits().FirstTimeout},
		{"an element", "x\r\ny", lines, chat.DefaultLimits().ElementTimeout},
		{"idleness", "x\r\n", lines, chat.DefaultLimits().IdleTimeout},
		{"a deadline", "", talk, time.Second},
		{"a deadline of Select", "", choose, time.Second},
	} {
		if got := heard(t, c.before, c.h, c.limit); got != "heard" {
			t.Errorf("%s: received %q, want that it was heard", c.what, got)
		}
	}
}

// W2: a callback that takes long is not the time of the peers. A hiccup of 100 ms is.
func TestHoldUpIsNotThePeers(t *testing.T) {
	k, loop, settle := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	r, h := record(crlf)
	chat.NewChannel(core.NewConn(loop, near), h)
	settle()
	loop.Post(func() { k.Advance(time.Minute) })
	settle()
	k.Write(far, []byte("x\r\n"))
	settle()
	loop.Post(func() { k.Advance(time.Hour) })
	settle()
	k.Advance(5*time.Minute - 100*time.Millisecond - 1)
	settle()
	require.NotContains(t, r.events(), "close")
	k.Advance(1)
	settle()
	r.expect(t, `connect, "x", found, close `+chat.ErrIdle.Error())
}

// W4: bytes that are no element, nor of one, move no clock of the input.
func TestSkippedBytesMoveNoClock(t *testing.T) {
	words := terminator.Split(bufio.ScanWords)
	w := watch(t, words)
	for range 9 {
		w.goesOn(time.Second)
		w.SendString(" ")
	}
	w.endsAt(time.Second, chat.ErrFirstTimeout)

	w = watch(t, words)
	w.SendString("word ")
	for range 4 {
		w.goesOn(time.Minute)
		w.SendString(" ")
	}
	w.endsAt(time.Minute, chat.ErrIdle)
}

// W26: under None there are no elements, and so no first one.
func TestNoFirstElementUnderNone(t *testing.T) {
	w := watch(t, terminator.None)
	w.endsAt(5*time.Minute, chat.ErrIdle)

	w = watch(t, terminator.None)
	w.goesOn(time.Minute)
	w.Do(func() { w.r.SetTerminator(crlf) })
	w.endsAt(10*time.Second, chat.ErrFirstTimeout)

	w = watch(t, terminator.None)
	w.SendString("x") // an element, under None
	w.Do(func() { w.r.SetTerminator(crlf) })
	w.endsAt(5*time.Minute, chat.ErrIdle)
}

// Where FirstTimeout is off, the other clocks are there for the first element, too.
func TestFirstElementWithoutFirstTimeout(t *testing.T) {
	limits := func(w *watched) {
		w.Do(func() {
			setLimits(w.r.Channel, func(l *chat.Limits) { l.FirstTimeout = chat.NoLimit })
		})
	}
	w := watch(t, crlf)
	limits(w)
	w.endsAt(5*time.Minute, chat.ErrIdle)

	w = watch(t, crlf)
	limits(w)
	w.goesOn(time.Minute)
	w.SendString("x")
	w.endsAt(30*time.Second, chat.ErrTooSlow)
}

// W15: a pause, of whatever kind, stops the clock, and what was used stays used.
func TestPausesKeepWhatWasUsed(t *testing.T) {
	for _, pause := range []func(w *watched) (goOn func()){
		func(w *watched) func() {
			w.Do(func() { w.r.PauseReading() })
			return func() { w.Do(func() { w.r.ResumeReading() }) }
		},
		func(w *watched) func() {
			w.Do(func() { w.r.PauseAfter(0) })
			return func() { w.Do(func() { w.r.ResumeReading() }) }
		},
		func(w *watched) func() {
			w.Stall()
			w.Do(func() { w.r.Push(make([]byte, 100_000)) })
			return w.Unstall
		},
	} {
		w := watch(t, crlf)
		w.SendString("first\r\nx")
		w.goesOn(20 * time.Second)
		goOn := pause(w)
		w.goesOn(25 * time.Second)
		goOn()
		w.endsAt(10*time.Second, chat.ErrTooSlow)
	}
}

// upstream is a producer that is never ready.
type upstream struct{}

func (upstream) More() ([]byte, error) { return nil, fifo.ErrNotReady }

// W14: there is no state without a clock.
func TestProducerThatIsNeverReady(t *testing.T) {
	begin := func(do func(*watched)) *watched {
		w := watch(t, crlf)
		w.SendString("first\r\n")
		w.goesOn(time.Minute)
		w.Do(func() { w.r.PushProducer(upstream{}) })
		do(w)
		return w
	}
	begin(func(*watched) {}).endsAt(4*time.Minute, chat.ErrIdle)
	begin(func(w *watched) { w.Do(func() { w.r.CloseWhenDone() }) }).
		endsAt(4*time.Minute, chat.ErrIdle)
	begin(func(w *watched) { w.Do(func() { w.r.CloseWrite() }) }).
		endsAt(4*time.Minute, chat.ErrIdle)
	begin(func(w *watched) { w.CloseWrite() }).endsAt(4*time.Minute, chat.ErrIdle)
	begin(func(w *watched) { w.Do(func() { w.r.PauseReading() }) }).
		endsAt(4*time.Minute, chat.ErrIdle)
	begin(func(w *watched) { // queued behind the producer, above the high-water mark
		w.Do(func() { w.r.Push(make([]byte, 100_000)) })
	}).endsAt(4*time.Minute, chat.ErrIdle)
}

// What goes out under TLS shows that a channel is not idle, as without.
func TestOutputUnderTLSIsNoIdleness(t *testing.T) {
	w, _, peer, _ := secureWatch(t)
	io.WriteString(peer, "first\r\n")
	w.goesOn(4 * time.Minute)
	w.Do(func() { w.r.PushString("news") })
	w.endsAt(5*time.Minute, chat.ErrIdle)
}

// While output waits, its own clock is the only one: nothing is to be expected of the peer.
func TestIdleStandsWhileOutputWaits(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("first\r\n")
	w.Do(func() { setLimits(w.r.Channel, func(l *chat.Limits) { l.StallTimeout = chat.NoLimit }) })
	w.Stall()
	w.goesOn(time.Minute)
	w.Do(func() { w.r.Push(make([]byte, 100_000)) })
	w.goesOn(time.Hour)
}

// A pause of the handler holds up neither a handshake nor the end.
func TestPauseHoldsUpNoEnd(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("first\r\n")
	w.Do(func() { w.r.PauseReading(); w.r.PushString("bye"); w.r.CloseWhenDone() })
	w.Advance(5*time.Second - 1)
	require.NotContains(t, w.r.events(), "close")
	w.Advance(1)
	w.r.expect(t, `connect, "first", found, close <nil>`)

	w = watch(t, crlf)
	w.SendString("first\r\n")
	w.Do(func() { w.r.PauseReading(); w.r.StartTLS(serverConfig()) })
	w.endsAt(10*time.Second, chat.ErrHandshakeTimeout)
}

// M11: a peer that listens and says nothing.
func TestSilence(t *testing.T) {
	w := watch(t, crlf)
	w.SendString("first\r\n")
	w.Do(func() { setLimits(w.r.Channel, func(l *chat.Limits) { l.SilenceTimeout = time.Minute }) })
	for range 5 {
		w.goesOn(50 * time.Second)
		w.Do(func() { w.r.PushString("news\r\n") })
		w.SendString("heart-beat\r\n")
	}
	w.goesOn(50 * time.Second)
	w.Do(func() { w.r.PauseReading() })
	w.goesOn(time.Hour)
	w.Do(func() { w.r.ResumeReading() })
	w.Do(func() { w.r.PushString("news\r\n") })
	w.endsAt(10*time.Second, chat.ErrSilent)
}

// M10: a peer that takes its output byte by byte.
func TestMinWriteRate(t *testing.T) {
	begin := func() *watched {
		w := watch(t, crlf)
		w.SendString("first\r\n")
		w.Stall()
		w.Do(func() { w.r.Push(make([]byte, 800_000)) })
		return w
	}
	w := begin()
	for range 29 {
		w.goesOn(time.Second)
		w.Accept(100)
	}
	w.endsAt(time.Second+29*(100*time.Second/1024), chat.ErrStalled)

	w = begin() // and no time is saved up
	w.Accept(500_000)
	w.endsAt(30*time.Second, chat.ErrStalled)

	w = begin()
	w.Do(func() { setLimits(w.r.Channel, func(l *chat.Limits) { l.MinWriteRate = chat.NoLimit }) })
	for range 100 {
		w.goesOn(29 * time.Second)
		w.Accept(100)
	}
	w.endsAt(30*time.Second, chat.ErrStalled)
}

// secureWatch returns a channel that speaks TLS 1.3, and what encrypts for its peer.
func secureWatch(t *testing.T) (*watched, *withheld, *tls.Conn, *keyLog) {
	r, h := record(crlf)
	w := &watched{chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		config := serverConfig()
		config.SessionTicketsDisabled = true
		c.StartTLS(config)
		return h(c)
	}), t, r}
	log := &keyLog{}
	config := clientConfig(tls.VersionTLS13)
	config.KeyLogWriter = log
	k := &withheld{Conn: w.NetConn()}
	peer := tls.Client(k, config)
	require.NoError(t, peer.Handshake())
	return w, k, peer, log
}

// W4: a record that has begun is an element that has begun.
func TestRecordThatDrips(t *testing.T) {
	begin := func(first string) (w *watched, record []byte) {
		w, k, peer, _ := secureWatch(t)
		io.WriteString(peer, first)
		k.withhold = true
		peer.Write(make([]byte, 1000))
		return w, k.written
	}
	w, record := begin("")
	for i := range 9 {
		w.goesOn(time.Second)
		w.Send(record[i : i+1])
	}
	w.endsAt(time.Second, chat.ErrFirstTimeout)

	w, record = begin("first\r\n")
	w.goesOn(4 * time.Minute)
	for i := range 30 {
		w.Send(record[i : i+1])
		w.goesOn(time.Second)
	}
	w.endsAt(29*(time.Second/1024), chat.ErrTooSlow)
}

// A slow line is not cut because its records are large: their bytes count as they come.
func TestLargeRecordsOfASlowLine(t *testing.T) {
	w, k, peer, _ := secureWatch(t)
	io.WriteString(peer, "first\r\n")
	w.Do(func() { w.r.SetTerminator(terminator.Length(64 << 10)) })
	k.withhold = true
	for range 4 {
		peer.Write(make([]byte, 16<<10))
	}
	for piece := range slices.Chunk(k.written, 3<<10) {
		w.Send(piece)
		w.goesOn(2 * time.Second)
	}
	require.Contains(t, w.r.events(), "found")
}

// W4: a KeyUpdate, and our answer to it, are of crypto/tls; nobody has said anything.
func TestKeyUpdatesMoveNoClock(t *testing.T) {
	w, _, peer, log := secureWatch(t)
	if peer.ConnectionState().CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skip("another cipher suite is preferred here")
	}
	m := recordMaker{}
	m.use(log.traffic)
	update := func() []byte {
		p := m.record(22, 24, 0, 0, 1, 1)
		m.use(expandLabel(m.secret, "traffic upd", 32))
		return p
	}
	w.Send(m.record(23, []byte("one\r\n")...))
	for range 4 {
		w.goesOn(time.Minute)
		p := update()
		w.Send(p[:10]) // in two pieces, so that it has begun for a while
		w.goesOn(time.Second)
		w.Send(p[10:])
	}
	w.endsAt(56*time.Second, chat.ErrIdle)

	w, _, _, log = secureWatch(t)
	m = recordMaker{}
	m.use(log.traffic)
	w.Send(m.record(23, []byte("one\r\ntw")...))
	for range 14 { // the 27 bytes of each are worth nothing to an element
		w.goesOn(2 * time.Second)
		w.Send(update())
	}
	w.endsAt(2*time.Second, chat.ErrTooSlow)
}

// keyLog takes the key log of a handshake.
type keyLog struct{ traffic []byte }

func (l *keyLog) Write(p []byte) (int, error) {
	if f := strings.Fields(string(p)); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
		l.traffic, _ = hex.DecodeString(f[2])
	}
	return len(p), nil
}

// expandLabel is HKDF-Expand-Label of RFC 8446, 7.1, with an empty context.
func expandLabel(secret []byte, name string, n int) []byte {
	info := append([]byte{0, byte(n), byte(6 + len(name))}, "tls13 "+name...)
	key, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	if err != nil {
		panic(err)
	}
	return key
}

// A recordMaker makes records under the traffic keys of a client.
type recordMaker struct {
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    byte
}

func (m *recordMaker) use(secret []byte) {
	block, err := aes.NewCipher(expandLabel(secret, "key", 16))
	if err != nil {
		panic(err)
	}
	m.aead, _ = cipher.NewGCM(block)
	m.secret, m.iv, m.seq = secret, expandLabel(secret, "iv", 12), 0
}

func (m *recordMaker) record(kind byte, p ...byte) []byte {
	head := []byte{23, 3, 3, 0, byte(len(p) + 1 + 16)}
	nonce := bytes.Clone(m.iv)
	nonce[11] ^= m.seq
	m.seq++
	return m.aead.Seal(head, nonce, append(p, kind), head)
}
