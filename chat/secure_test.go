package chat_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// identity is a certificate for localhost that signs itself, and a pool that trusts it.
var identity = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	made := newIdentity()
	cert, err := x509.ParseCertificate(made.Certificate[0])
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return made, pool
})

func newIdentity() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func serverConfig() *tls.Config {
	cert, _ := identity()
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

func clientConfig(version uint16) *tls.Config {
	_, pool := identity()
	return &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: version,
		MaxVersion: version}
}

func versions(t *testing.T, f func(t *testing.T, version uint16)) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(v), func(t *testing.T) { f(t, v) })
	}
}

// A secured is a recorder that notes the end of the handshake, and upgrades when it is told.
type secured struct {
	*recorder
	config *tls.Config
}

func (s *secured) HandleSecured(state tls.ConnectionState) {
	s.note("secured " + tls.VersionName(state.Version))
	if cached, ok := s.ConnectionState(); !ok || cached.Version != state.Version {
		s.note("but ConnectionState says otherwise")
	}
}

// upgrading returns a secured that answers STARTTLS by doing it, and every other line by itself.
func upgrading() (*secured, chat.NewHandler) {
	s := &secured{recorder: &recorder{}, config: serverConfig()}
	s.onFound = func(_ *recorder, line string) {
		if line != "STARTTLS" {
			s.PushString("you said " + line + "\r\n")
			return
		}
		s.PushString("220 go on\r\n")
		if err := s.StartTLS(s.config); err != nil {
			s.note(err.Error())
		}
		s.PushString("welcome\r\n") // waits for the handshake
	}
	return s, func(c *chat.Channel) chat.Handler {
		s.Channel = c
		c.SetTerminator(crlf)
		return s
	}
}

func expectText(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("received %q, %v; want %q", got[:n], err, want)
	}
}

func TestStartTLS(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		s, h := upgrading()
		c := chattest.NewConn(t, h)
		c.SendString("plain\r\nSTARTTLS\r\n")
		expectReceived(t, c, "you said plain\r\n220 go on\r\n")
		peer := tls.Client(c.NetConn(), clientConfig(version))
		require.NoError(t, peer.Handshake())
		r := bufio.NewReader(peer)
		expectText(t, r, "welcome\r\n")
		fmt.Fprint(peer, "sec")
		fmt.Fprint(peer, "ret\r\nand more\r\nhalf")
		expectText(t, r, "you said secret\r\nyou said and more\r\n")
		fmt.Fprint(peer, "STARTTLS\r\n")
		expectText(t, r, "you said halfSTARTTLS\r\n")
		fmt.Fprint(peer, "STARTTLS\r\n")
		expectText(t, r, "220 go on\r\nwelcome\r\n")
		peer.CloseWrite()
		if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil {
			t.Errorf("at the end %q, %v; want EOF", rest, err)
		}
		peer.NetConn().Close()
		s.expect(t, `connect, "plain", found, "STARTTLS", found, secured `+tls.VersionName(version)+
			`, "secret", found, "and more", found, "half", "STARTTLS", found, "STARTTLS", found, `+
			`chat: StartTLS on a channel that has TLS, close EOF`)
	})
}

// S3 of the security notes, CVE-2011-0411, B38: what an attacker has put behind the command is
// never taken for a command, wherever it is cut; the handshake fails of it.
func TestStartTLSInjection(t *testing.T) {
	const evil = "RSET\r\nMAIL FROM:<evil@x>\r\n"
	for n := 1; n <= len(evil); n++ {
		for _, how := range []string{"one segment", "two", "byte by byte"} {
			s, h := upgrading()
			c := chattest.NewConn(t, h)
			all := "STARTTLS\r\n" + evil[:n]
			switch how {
			case "one segment":
				c.SendString(all)
			case "two":
				c.SendString("STARTTLS\r\n")
				c.SendString(evil[:n])
			default:
				for i := range len(all) {
					c.SendString(all[i : i+1])
				}
			}
			peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
			if received := string(c.Received()); !strings.HasPrefix(received, "220 go on\r\n") ||
				strings.Contains(received, "said") {
				t.Fatalf("%q in %s: received %q", evil[:n], how, received)
			}
			if err := peer.Handshake(); err == nil {
				t.Errorf("%q in %s: the handshake succeeds", evil[:n], how)
			}
			var he *chat.HandshakeError
			if !errors.As(c.Reason(), &he) || chat.ReasonOf(c.Reason()) != chat.ReasonHandshake {
				t.Errorf("%q in %s: the reason is %v, want a HandshakeError", evil[:n], how, c.Reason())
			}
			if events := s.events(); strings.Contains(events, "RSET") || strings.Contains(events, "MAIL") ||
				strings.Contains(events, "secured") {
				t.Errorf("%q in %s: the handler saw %s", evil[:n], how, events)
			}
		}
	}
}

// A client that does not wait for the reply loses nothing.
func TestEarlyClientHello(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		_, h := upgrading()
		c := chattest.NewConn(t, h)
		early := &prefixed{Conn: c.NetConn(), out: "STARTTLS\r\n", in: len("220 go on\r\n")}
		peer := tls.Client(early, clientConfig(version))
		require.NoError(t, peer.Handshake())
		r := bufio.NewReader(peer)
		expectText(t, r, "welcome\r\n")
		fmt.Fprint(peer, "x\r\n")
		expectText(t, r, "you said x\r\n")
	})
}

// prefixed puts out in front of the first write, and drops the first in bytes of what is read.
type prefixed struct {
	net.Conn
	out string
	in  int
}

func (p *prefixed) Write(b []byte) (int, error) {
	_, err := p.Conn.Write(append([]byte(p.out), b...))
	p.out = ""
	return len(b), err
}

func (p *prefixed) Read(b []byte) (int, error) {
	for p.in > 0 {
		n, err := p.Conn.Read(b[:min(p.in, len(b))])
		if err != nil {
			return 0, err
		}
		p.in -= n
	}
	return p.Conn.Read(b)
}

// What was gathered in plain text, by whatever means, is forgotten.
func TestPlainTextIsForgotten(t *testing.T) {
	t.Run("Collector", func(t *testing.T) {
		var h *keeping
		c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			h = &keeping{Channel: c}
			return h
		})
		c.SendString("plain and not finished")
		c.Do(func() { h.StartTLS(serverConfig()) })
		peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
		require.NoError(t, peer.Handshake())
		fmt.Fprint(peer, "secret\r\n")
		c.Do(func() {})
		if len(h.got) != 1 || h.got[0] != "secret" {
			t.Errorf("collected %q, want the secret only", h.got)
		}
	})
	t.Run("Lines", func(t *testing.T) {
		var got []string
		c := chattest.NewConn(t,
			chat.Lines(func(_ *chat.Channel, line []byte) { got = append(got, string(line)) }))
		c.SendString("plain and not finished\r")
		c.Do(func() { c.Channel().StartTLS(serverConfig()) })
		peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
		err := peer.Handshake() // the held carriage return belongs to the handshake, and spoils it
		if err == nil || len(got) != 0 {
			t.Errorf("Handshake = %v, lines %q", err, got)
		}
	})
	t.Run("FoundTerminator", func(t *testing.T) {
		s, h := upgrading()
		s.onData = func(_ *recorder, data string) {
			if data == "now" {
				s.StartTLS(s.config)
			}
		}
		c := chattest.NewConn(t, h)
		c.SendString("now\r\n")
		peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
		require.NoError(t, peer.Handshake())
		c.Do(func() {})
		s.expect(t, `connect, "now", secured TLS 1.3`)
	})
}

type keeping struct {
	*chat.Channel
	chat.Collector
	got []string
}

func (h *keeping) FoundTerminator() { h.got = append(h.got, string(h.Take())) }

func TestHandshakeClock(t *testing.T) {
	s, h := upgrading()
	w := &watched{chattest.NewConn(t, h), t, s.recorder}
	w.SendString("STARTTLS\r\n")
	w.goesOn(5 * time.Second)
	w.SendString("\x16\x03\x01\x02\x00") // the head of a record, and no more
	w.endsAt(5*time.Second, chat.ErrHandshakeTimeout)
}

// A connection that ends without a word is told apart from one that ends well; data before it is
// delivered.
func TestTruncation(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		s, h := upgrading()
		c := chattest.NewConn(t, h)
		c.SendString("STARTTLS\r\n")
		c.Received()
		peer := tls.Client(c.NetConn(), clientConfig(version))
		require.NoError(t, peer.Handshake())
		fmt.Fprint(peer, "last\r\n")
		c.CloseWrite()
		if !errors.Is(c.Reason(), chat.ErrTruncated) || !errors.Is(c.Reason(), io.ErrUnexpectedEOF) ||
			!strings.Contains(s.events(), `"last", found`) {
			t.Errorf("%s; the reason is %v, want ErrTruncated", s.events(), c.Reason())
		}
	})
}

// Records that are no good close that channel, with an alert.
func TestBadRecords(t *testing.T) {
	for name, record := range map[string]string{
		"no record":   "GET / HTTP/1.0\r\n\r\n",
		"oversized":   "\x17\x03\x03\xff\xff" + strings.Repeat("x", 1<<15),
		"wrong MAC":   "\x17\x03\x03\x00\x40" + strings.Repeat("x", 64),
		"empty":       "\x17\x03\x03\x00\x00",
		"of nonsense": "\x99\x03\x03\x00\x01x",
	} {
		versions(t, func(t *testing.T, version uint16) {
			s, h := upgrading()
			c := chattest.NewConn(t, h)
			c.SendString("STARTTLS\r\n")
			c.Received()
			peer := tls.Client(c.NetConn(), clientConfig(version))
			require.NoError(t, peer.Handshake())
			c.Do(func() {})
			c.SendString(record)
			if c.Reason() == nil || c.Reason() == io.EOF || strings.Contains(s.events(), `"x`) {
				t.Errorf("%s: %s", name, s.events())
			}
		})
	}
}

// Pushes of every size arrive whole and in order, also to a peer that stalls, and through
// producers; the last bytes are followed by the peer's notice of the end.
func TestSecureOutput(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		var want bytes.Buffer
		s, h := upgrading()
		c := chattest.NewConn(t, h)
		c.SendString("STARTTLS\r\n")
		c.Received()
		peer := tls.Client(c.NetConn(), clientConfig(version))
		require.NoError(t, peer.Handshake())
		want.WriteString("welcome\r\n")
		c.Stall()
		c.Do(func() {
			for i := range 200 {
				p := bytes.Repeat([]byte{byte('a' + i%26)}, i*i%5000)
				want.Write(p)
				s.Push(p)
			}
			big := bytes.Repeat([]byte("0123456789"), 40_000)
			want.Write(big)
			s.Push(big)
			want.WriteString("from a producer")
			s.PushProducer(&once{"from a producer"})
			s.CloseWhenDone()
		})
		c.Unstall()
		got, err := io.ReadAll(peer)
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("received %d bytes, %v; want %d", len(got), err, want.Len())
		}
	})
}

type once struct{ s string }

func (o *once) More() ([]byte, error) {
	p := []byte(o.s)
	o.s = ""
	if len(p) == 0 {
		return nil, io.EOF
	}
	return p, nil
}

// Pause, held elements and a change of terminator work as in plain text.
func TestSecureInput(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		s, h := upgrading()
		c := chattest.NewConn(t, h)
		c.SendString("STARTTLS\r\n")
		c.Received()
		peer := tls.Client(c.NetConn(), clientConfig(version))
		require.NoError(t, peer.Handshake())
		r := bufio.NewReader(peer)
		expectText(t, r, "welcome\r\n")
		c.Do(func() { s.PauseReading() })
		for i := range 2000 {
			fmt.Fprintf(peer, "line %d\r\n", i)
		}
		s.onFound = func(r *recorder, line string) {
			switch {
			case line == "line 1000":
				r.PauseReading()
			case line == "line 1500":
				r.SetTerminator(terminator.Length(22))
			case strings.Contains(line, "\r\n"):
				r.PushString(strings.ReplaceAll(line, "\r\n", "|"))
				r.SetTerminator(crlf)
			case line == "line 1999":
				r.PushString(" end\r\n")
			}
		}
		c.Do(func() { s.ResumeReading() })
		if n := s.count("found"); n != 1002 {
			t.Errorf("%d lines before the pause, want 1001 and STARTTLS", n)
		}
		c.Do(func() { s.ResumeReading() })
		expectText(t, r, "line 1501|line 1502| end\r\n")
	})
}

// As client, by Dial, with the certificate checked.
func TestDialTLS(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		server := &chat.Server{TLSConfig: serverConfig(), Handler: func(c *chat.Channel) chat.Handler {
			c.PushString("hello\r\n")
			return newEcho(c)
		}}
		l := chattest.Listen(t)
		require.NoError(t, server.Serve(l))
		loops, err := l.Loops(1)
		require.NoError(t, err)
		for _, tt := range []struct {
			name string
			want string
		}{
			{"localhost",
				`connect, secured ` + tls.VersionName(version) + `, "hello", found, "x", found, close <nil>`},
			{"example.com", `close chat: TLS handshake: tls: failed to verify certificate: x509: ` +
				`certificate is valid for localhost, not example.com`},
		} {
			s := &secured{recorder: &recorder{}}
			s.onFound = func(r *recorder, line string) {
				if line == "x" {
					r.CloseWhenDone()
				} else {
					r.PushString("x\r\n")
				}
			}
			config := clientConfig(version)
			config.ServerName = tt.name
			dialer := &chat.Dialer{TLSConfig: config}
			_, err = dialer.Dial(t.Context(), loops[0], "tcp", l.Addr().String(),
				func(c *chat.Channel) chat.Handler {
					s.Channel = c
					c.SetTerminator(crlf)
					return s
				})
			require.NoError(t, err)
			l.Advance(time.Second)
			if got := s.events(); got != tt.want {
				t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
			}
		}
	})
}

// On real sockets, with the peers that everybody has.
func TestServeTLS(t *testing.T) {
	server := &chat.Server{TLSConfig: serverConfig(), Loops: 2, Handler: newEcho}
	addr, ended := serve(t, server, "tcp", "127.0.0.1:0")
	n := 200
	if raceEnabled {
		n = 100
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			c, err := tls.Dial("tcp", addr.String(),
				clientConfig([]uint16{tls.VersionTLS12, tls.VersionTLS13}[i%2]))
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			r := bufio.NewReader(c)
			for j := range 20 {
				line := fmt.Sprintf("%d %s", j, strings.Repeat("x", j*j*100))
				fmt.Fprintf(c, "%s\r\n", line)
				if got, err := r.ReadString('\n'); got != line+"\r\n" || err != nil {
					t.Errorf("received %.40q, %v, want %.40q", got, err, line)
					return
				}
			}
			c.CloseWrite()
			if _, err := r.ReadByte(); err != io.EOF {
				t.Errorf("at the end: %v, want EOF", err)
			}
		})
	}
	wg.Wait()
	require.NoError(t, server.Shutdown(t.Context()))
	expectEnded(t, ended)
}

// A tap sees plain text in both directions, also what was pushed before the upgrade; a rate bounds
// what goes over the wire.
func TestTapAndRateUnderTLS(t *testing.T) {
	s, h := upgrading()
	c := chattest.NewConn(t, h)
	var in, out strings.Builder
	c.Do(func() {
		s.SetTap(func(d chat.Direction, p []byte) {
			if d == chat.DirectionSent {
				out.Write(p)
			} else {
				in.Write(p)
			}
		})
	})
	c.SendString("STARTTLS\r\n")
	c.Received()
	peer := tls.Client(c.NetConn(), clientConfig(tls.VersionTLS13))
	require.NoError(t, peer.Handshake())
	fmt.Fprint(peer, "secret\r\n")
	r := bufio.NewReader(peer)
	expectText(t, r, "welcome\r\nyou said secret\r\n")
	if in.String() != "STARTTLS\r\nsecret\r\n" ||
		out.String() != "220 go on\r\nwelcome\r\nyou said secret\r\n" {
		t.Errorf("the tap has seen %q and %q", in.String(), out.String())
	}

	want := bytes.Repeat([]byte("0123456789"), 10_000)
	c.Do(func() {
		setLimits(s.Channel,
			func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: 10_000, Burst: 20_000} })
		s.Push(want)
	})
	received := 0
	buf := make([]byte, 200_000)
	read := func() {
		for {
			n, err := r.Read(buf)
			received += n
			if n == 0 || err != nil {
				return
			}
		}
	}
	read()
	if received > 20_000 {
		t.Errorf("%d bytes at once, want at most the burst", received)
	}
	c.Advance(4 * time.Second)
	read()
	if received < 40_000 || received > 60_000 {
		t.Errorf("%d bytes after 4 s, want about 60,000 less the records' heads", received)
	}
	c.Advance(10 * time.Second)
	read()
	if received != len(want) {
		t.Errorf("%d bytes in the end, want %d", received, len(want))
	}
}

// withheld keeps what is written from some moment on.
type withheld struct {
	net.Conn
	withhold bool
	written  []byte
}

func (h *withheld) Write(p []byte) (int, error) {
	if h.withhold {
		h.written = append(h.written, p...)
		return len(p), nil
	}
	return h.Conn.Write(p)
}
