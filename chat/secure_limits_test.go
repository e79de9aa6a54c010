package chat_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A recordWriter makes records of TLS 1.3 as a client does, those too that crypto/tls never sends.
type recordWriter struct {
	t      *testing.T
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    byte
}

// Write takes the key log of the client's handshake.
func (w *recordWriter) Write(p []byte) (int, error) {
	if f := strings.Fields(string(p)); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
		secret, err := hex.DecodeString(f[2])
		require.NoError(w.t, err)
		w.use(secret)
	}
	return len(p), nil
}

// label is HKDF-Expand-Label of RFC 8446, 7.1, with an empty context.
func (w *recordWriter) label(secret []byte, name string, n int) []byte {
	info := append([]byte{0, byte(n), byte(6 + len(name))}, "tls13 "+name...)
	p, err := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	require.NoError(w.t, err)
	return p
}

func (w *recordWriter) use(secret []byte) {
	block, err := aes.NewCipher(w.label(secret, "key", 16))
	require.NoError(w.t, err)
	w.aead, err = cipher.NewGCM(block)
	require.NoError(w.t, err)
	w.secret, w.iv, w.seq = secret, w.label(secret, "iv", 12), 0
}

func (w *recordWriter) record(kind byte, p ...byte) []byte {
	n := len(p) + 1 + 16
	head := []byte{23, 3, 3, byte(n >> 8), byte(n)}
	nonce := bytes.Clone(w.iv)
	nonce[11] ^= w.seq
	w.seq++
	return w.aead.Seal(head, nonce, append(p, kind), head)
}

// updates returns n changes of the key that want to be answered, each with a byte of data behind
// it: crypto/tls takes no more than 16 in a row.
func (w *recordWriter) updates(n int) (out []byte) {
	for range n {
		out = append(out, w.record(22, 24, 0, 0, 1, 1)...)
		w.use(w.label(w.secret, "traffic upd", 32))
		out = append(out, w.record(23, 'x')...)
	}
	return out
}

// dialTLS returns a peer that has made a handshake, and who writes its records.
func dialTLS(t *testing.T, l *chattest.Listener) (*chattest.Peer, *recordWriter) {
	t.Helper()
	p, w := l.Dial(), &recordWriter{t: t}
	config := clientConfig(tls.VersionTLS13)
	config.KeyLogWriter = w
	client := tls.Client(p.NetConn(), config)
	require.NoError(t, client.Handshake())
	if client.ConnectionState().CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skip("another cipher suite")
	}
	return p, w
}

// W5, CVE-2019-9512: a peer that has crypto/tls answer, and reads nothing, is not read from any
// more, and closed as one that reads too slowly. Without a high-water mark MaxOutput bounds it.
func TestKeyUpdateFlood(t *testing.T) {
	for high, want := range map[int]chat.Reason{
		0: chat.ReasonStalled, chat.NoLimit: chat.ReasonSlowReader} {
		s := &chat.Server{TLSConfig: serverConfig(), Handler: newEcho,
			Limits: chat.Limits{HighWater: high, MaxOutput: 64 << 10, ElementTimeout: time.Hour,
				FirstTimeout: time.Hour}}
		l := served(t, s, 1)
		p, w := dialTLS(t, l)
		p.Stall()
		for range 150 {
			if p.Closed() {
				break
			}
			p.Send(w.updates(100))
			if most := int64(256 << 10); s.Stats().Buffered > most {
				t.Fatalf("HighWater %d: %d bytes are held", high, s.Stats().Buffered)
			}
		}
		l.Advance(chat.DefaultLimits().StallTimeout)
		if st := s.Stats(); st.Closed[want] != 1 {
			t.Errorf("HighWater %d: closed: %v, want %v", high, st.Closed, want)
		}
	}
}

// W5: records that bring nothing, and cost much, count for a turn.
func TestUselessRecordsPerTurn(t *testing.T) {
	s := &chat.Server{TLSConfig: serverConfig(), Handler: newEcho}
	l := served(t, s, 1)
	p, w := dialTLS(t, l)
	before := s.Stats().Loops.Turns
	p.Send(w.updates(500))
	least := 500 * 32 / uint64(chat.DefaultLimits().ElementsPerTurn)
	if turns := s.Stats().Loops.Turns - before; turns < least {
		t.Errorf("500 changes of the key took %d turns", turns)
	}
	if p.Closed() {
		t.Error("the peer is closed")
	}
	// Small records with data do not count.
	before = s.Stats().Loops.Turns
	var data []byte
	for range 200 {
		data = append(data, w.record(23, 'x')...)
	}
	p.Send(data)
	if turns := s.Stats().Loops.Turns - before; turns > 10 {
		t.Errorf("200 records with data took %d turns", turns)
	}
}

// Records that bring nothing are silence: a peer that only changes its key is closed as one that
// says nothing.
func TestUselessRecordsAreSilence(t *testing.T) {
	s := &chat.Server{TLSConfig: serverConfig(), Handler: newEcho,
		Limits: chat.Limits{SilenceTimeout: time.Minute, FirstTimeout: time.Hour}}
	l := served(t, s, 1)
	p, w := dialTLS(t, l)
	l.Advance(40 * time.Second)
	p.Send(w.record(22, 24, 0, 0, 1, 0))
	l.Advance(20*time.Second - 1)
	if p.Closed() {
		t.Fatalf("closed too early: %v", s.Stats().Closed)
	}
	l.Advance(1)
	if st := s.Stats(); st.Closed[chat.ReasonIdle] != 1 {
		t.Errorf("closed: %v, want one for silence", st.Closed)
	}
}

// W6: a ClientHello that is far larger than any is refused, in however many records it comes; one
// that just fits is waited for.
func TestClientHelloTooLong(t *testing.T) {
	for name, tt := range map[string]struct {
		hello string
		want  bool
	}{
		"large":            {clientHello(16_000)[:15_990], false},
		"too large":        {smallRecords(20_000, 10_000), true},
		"in small records": {smallRecords(20_000, 100), true},
	} {
		var reason error
		s := &chat.Server{TLSConfig: serverConfig(), Handler: func(c *chat.Channel) chat.Handler {
			return &leaver{told: &reason}
		}}
		p := served(t, s, 1).Dial()
		p.SendString(tt.hello)
		var failed *chat.HandshakeError
		refused := errors.As(reason, &failed) && strings.Contains(reason.Error(), "ClientHello")
		if p.Closed() != tt.want || refused != tt.want {
			t.Errorf("%s: closed is %t, for %v; want %t", name, p.Closed(), reason, tt.want)
		}
		if tt.want != (s.Stats().Buffered == 0) {
			t.Errorf("%s: %d bytes are held", name, s.Stats().Buffered)
		}
	}
}

type leaver struct {
	chat.Collector
	told *error
}

func (h *leaver) FoundTerminator()      {}
func (h *leaver) HandleClose(err error) { *h.told = err }

// W6: handshakes and unfinished records count for MaxTotalBuffered, and the largest goes.
func TestTLSCountsForTheTotal(t *testing.T) {
	s := &chat.Server{TLSConfig: serverConfig(), Handler: newEcho, MaxTotalBuffered: 40_000}
	l := served(t, s, 1)
	idle, _ := dialTLS(t, l)
	if n := s.Stats().Buffered; n != 0 {
		t.Errorf("%d bytes are held for one that is idle", n)
	}
	large, w := dialTLS(t, l)
	large.Send(w.record(23, make([]byte, 16_000)...)[:100])
	if n := s.Stats().Buffered; n < 16_000 || n > 20_000 {
		t.Errorf("%d bytes are held for a record of 16,000", n)
	}
	var small []*chattest.Peer
	for range 3 {
		p := l.Dial()
		p.SendString(clientHello(2000)[:100])
		small = append(small, p)
	}
	if !large.Closed() || idle.Closed() {
		t.Errorf("closed: the large one %t, the idle one %t", large.Closed(), idle.Closed())
	}
	for _, p := range small {
		if p.Closed() {
			t.Error("a small one is closed")
		}
	}
}
