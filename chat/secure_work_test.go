package chat_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
)

// What of a handshake may block, or computes for long, is not for the loop: W7.

// firstWords returns the beginning of a handshake.
func firstWords(t *testing.T) string {
	t.Helper()
	a, b := net.Pipe()
	b.Close()
	c := &withheld{Conn: a, withhold: true}
	tls.Client(c, &tls.Config{InsecureSkipVerify: true}).Handshake()
	require.NotEmpty(t, c.written)
	return string(c.written)
}

// certificateOf returns a certificate for localhost of a key.
func certificateOf(t testing.TB, key crypto.Signer) tls.Certificate {
	t.Helper()
	made, _ := identity()
	template, err := x509.ParseCertificate(made.Certificate[0])
	require.NoError(t, err)
	template.SignatureAlgorithm, template.PublicKey = 0, nil
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// signer is a key that is not in memory, for all that crypto/tls knows.
type signer struct {
	crypto.Signer
	asked func()
}

func (s *signer) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if s.asked != nil {
		s.asked()
	}
	return s.Signer.Sign(r, digest, o)
}

// foreignCache is not the cache of crypto/tls.
type foreignCache struct {
	tls.ClientSessionCache
	asked func(method string)
}

func (k *foreignCache) Get(key string) (*tls.ClientSessionState, bool) {
	k.asked("Get")
	return k.ClientSessionCache.Get(key)
}

func (k *foreignCache) Put(key string, state *tls.ClientSessionState) {
	k.asked("Put")
	k.ClientSessionCache.Put(key, state)
}

// burdens are configurations of a server. Those of whom workers have the handshake call asked, but
// for the last ones, which only compute.
func burdens(t testing.TB, asked func()) (light, heavy map[string]*tls.Config) {
	config := func(set func(*tls.Config)) *tls.Config {
		c := serverConfig()
		set(c)
		return c
	}
	key := func(key crypto.Signer) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{certificateOf(t, key)}}
	}
	cert, pool := identity()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	light = map[string]*tls.Config{
		"P-256":   serverConfig(),
		"Ed25519": key(ed),
		"ClientCAs": config(func(c *tls.Config) {
			c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, pool
		}),
		"client only": config(func(c *tls.Config) { c.ClientSessionCache = &foreignCache{} }),
	}
	heavy = map[string]*tls.Config{
		"GetCertificate": {GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			asked()
			return &cert, nil
		}},
		"GetConfigForClient": {GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			asked()
			return serverConfig(), nil
		}},
		"VerifyConnection": config(func(c *tls.Config) {
			c.VerifyConnection = func(tls.ConnectionState) error {
				asked()
				return nil
			}
		}),
		"VerifyPeerCertificate": config(func(c *tls.Config) {
			c.ClientAuth = tls.RequireAnyClientCert
			c.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error {
				asked()
				return nil
			}
		}),
		"WrapSession": config(func(c *tls.Config) {
			c.WrapSession = func(s tls.ConnectionState, state *tls.SessionState) ([]byte, error) {
				asked()
				return c.EncryptTicket(s, state)
			}
		}),
		"UnwrapSession": config(func(c *tls.Config) {
			c.UnwrapSession = func(id []byte, s tls.ConnectionState) (*tls.SessionState, error) {
				asked()
				return c.DecryptTicket(id, s)
			}
		}),
		"KeyLogWriter": config(func(c *tls.Config) {
			c.KeyLogWriter = writerFunc(func(p []byte) (int, error) {
				asked()
				return len(p), nil
			})
		}),
		"another key": config(func(c *tls.Config) {
			key := &signer{cert.PrivateKey.(crypto.Signer), asked}
			c.Certificates = []tls.Certificate{{Certificate: cert.Certificate, PrivateKey: key}}
		}),
		"RSA":          key(rsaKey()),
		"P-384":        key(p384),
		"system roots": config(func(c *tls.Config) { c.ClientAuth = tls.VerifyClientCertIfGiven }),
	}
	return light, heavy
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// W7: the handshake of such a configuration is left to a worker, and that of no other.
func TestWhoseHandshakesAreForWorkers(t *testing.T) {
	light, heavy := burdens(t, func() {})
	for name, config := range light {
		c := toBeSecured(t, config)
		c.SendString(firstWords(t))
		if len(c.Received()) == 0 || c.FinishWork() {
			t.Errorf("%s: the handshake does not run on the loop", name)
		}
	}
	for name, config := range heavy {
		c := toBeSecured(t, config)
		c.Do(func() {})
		if c.FinishWork() {
			t.Errorf("%s: there is work before the peer has said anything", name)
		}
		c.SendString(firstWords(t))
		if len(c.Received()) > 0 {
			t.Errorf("%s: the handshake runs on the loop", name)
		}
		if !c.FinishWork() || len(c.Received()) == 0 {
			t.Errorf("%s: no worker has the handshake", name)
		}
	}
}

// toBeSecured returns a channel that is to be secured as server, whose work is held back.
func toBeSecured(t *testing.T, config *tls.Config) *chattest.Conn {
	t.Helper()
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		require.NoError(t, c.StartTLSServer(config))
		return newEcho(c)
	})
	c.HoldWork()
	return c
}

// The whole of such handshakes, in one turn of the test.
func TestHandshakesOfWorkers(t *testing.T) {
	_, heavy := burdens(t, func() {})
	cert, _ := identity()
	for name, config := range heavy {
		versions(t, func(t *testing.T, version uint16) {
			c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
				require.NoError(t, c.StartTLS(config))
				return newEcho(c)
			})
			peer := tls.Client(c.NetConn(), &tls.Config{InsecureSkipVerify: true, MaxVersion: version,
				Certificates: []tls.Certificate{cert}})
			if name == "system roots" {
				peer = tls.Client(c.NetConn(), &tls.Config{InsecureSkipVerify: true, MaxVersion: version})
			}
			require.NoError(t, peer.Handshake(), name)
			io.WriteString(peer, "one\r\n")
			got := make([]byte, 5)
			_, err := io.ReadFull(peer, got)
			require.NoError(t, err, name)
			require.Equal(t, "one\r\n", string(got), name)
		})
	}
}

// W7: while a callback of one handshake takes its time, others are served, whatever it is.
func TestNobodyWaitsForACallback(t *testing.T) {
	asked, release := make(chan bool), make(chan bool)
	var slow atomic.Bool
	_, heavy := burdens(t, func() {
		if slow.Load() {
			asked <- true
			<-release
		}
	})
	for _, name := range []string{"RSA", "P-384", "system roots"} {
		delete(heavy, name) // have nothing that waits
	}
	cert, _ := identity()
	for name, config := range heavy {
		t.Run(name, func(t *testing.T) {
			addr, _ := serve(t, &chat.Server{TLSConfig: config, Handler: newEcho}, "tcp", "127.0.0.1:0")
			client := &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{cert},
				ServerName: "localhost"}
			if strings.HasSuffix(name, "Session") {
				client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			}
			slow.Store(false)
			established := secureDial(t, addr, client)
			expectEcho(t, established)
			slow.Store(true)
			ended := make(chan error, 1)
			c := tls.Client(dial(t, addr), client)
			go func() {
				err := c.Handshake()
				if err == nil {
					_, err = io.WriteString(c, "x\r\n")
				}
				if err == nil {
					_, err = io.ReadFull(c, make([]byte, 3))
				}
				ended <- err
			}()
			<-asked
			expectEcho(t, established)
			for waiting := true; waiting; {
				select {
				case release <- true:
				case <-asked: // once more
				case err := <-ended:
					require.NoError(t, err)
					waiting = false
				}
			}
		})
	}
}

func secureDial(t *testing.T, addr net.Addr, config *tls.Config) *tls.Conn {
	t.Helper()
	c := tls.Client(dial(t, addr), config)
	require.NoError(t, c.Handshake())
	return c
}

func expectEcho(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetDeadline(time.Now().Add(patience))
	_, err := io.WriteString(c, "hello\r\n")
	require.NoError(t, err)
	got := make([]byte, 7)
	_, err = io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, "hello\r\n", string(got))
}

// The clock of the handshake stands still while a worker has it, and goes on behind that.
func TestHandshakeClockAndWorkers(t *testing.T) {
	_, heavy := burdens(t, func() {})
	c := toBeSecured(t, heavy["RSA"])
	c.Advance(6 * time.Second)
	c.SendString(firstWords(t))
	c.Advance(time.Hour)
	require.Equal(t, chattest.ErrOpen, c.Reason(), "our own work is not the peer's lateness")
	require.True(t, c.FinishWork())
	c.Advance(3 * time.Second)
	require.Equal(t, chattest.ErrOpen, c.Reason())
	c.Advance(2 * time.Second)
	require.Equal(t, chat.ErrHandshakeTimeout, c.Reason())
}

// A peer that goes away while a worker has its handshake is noticed at once, and the worker told.
func TestPeerGoesInTheHandshake(t *testing.T) {
	for name, goes := range map[string]func(*chattest.Conn){
		"FIN": (*chattest.Conn).CloseWrite, "reset": (*chattest.Conn).Reset,
	} {
		var told error
		c := toBeSecured(t, &tls.Config{
			GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				told = hello.Context().Err()
				return nil, hello.Context().Err()
			},
		})
		c.SendString(firstWords(t))
		goes(c)
		require.NotEqual(t, chattest.ErrOpen, c.Reason(), name)
		require.Contains(t, []chat.Reason{chat.ReasonHandshake, chat.ReasonPeerReset},
			chat.ReasonOf(c.Reason()))
		require.True(t, c.FinishWork(), name)
		require.Error(t, told, "%s: the callback is not told", name)
	}
}

// What comes while a worker has the handshake is not lost, and is bounded.
func TestInputWhileAWorkerShakes(t *testing.T) {
	_, heavy := burdens(t, func() {})
	hello := firstWords(t)
	c := toBeSecured(t, heavy["RSA"])
	for i := range len(hello) {
		c.SendString(hello[i : i+1])
	}
	for c.FinishWork() {
	}
	require.NotEmpty(t, c.Received())

	c = toBeSecured(t, heavy["RSA"])
	c.SendString(hello)
	for range 100 {
		c.SendString(strings.Repeat("x", 10_000))
	}
	var held uint64
	c.Do(func() { held = c.Channel().Loop().Stats().Read })
	require.Less(t, held, uint64(64<<10), "bytes were read that nobody takes")
	for c.FinishWork() {
	}
	require.Equal(t, chat.ReasonHandshake, chat.ReasonOf(c.Reason()))
}

// A close, by whatever side of ours, does not wait for a worker, and leaves nothing behind, at
// which TestMain looks.
func TestCloseWhileAWorkerShakes(t *testing.T) {
	_, heavy := burdens(t, func() {})
	for range 20 {
		c := toBeSecured(t, heavy["RSA"])
		c.SendString(firstWords(t))
		c.Do(func() { c.Channel().Close() })
		require.NoError(t, c.Reason())
		for c.FinishWork() {
		}

		c = toBeSecured(t, heavy["RSA"])
		c.SendString(firstWords(t))
		require.True(t, c.FinishWork())
		c.Do(func() { c.Channel().Close() }) // it is parked
		require.NoError(t, c.Reason())
		c.FinishWork()
	}
}

// A panic of a callback closes its channel, with its stack, and no other.
func TestPanicInTheHandshake(t *testing.T) {
	c := toBeSecured(t, &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { panic("the callback") },
	})
	c.SendString(firstWords(t))
	require.True(t, c.FinishWork())
	var fault *chat.PanicError
	require.ErrorAs(t, c.Reason(), &fault)
	if !strings.Contains(string(fault.Stack), "TestPanicInTheHandshake") {
		t.Errorf("the stack does not show the callback: %s", fault.Stack)
	}
}

// So does one that ends its goroutine, as t.FailNow does.
func TestGoexitInTheHandshake(t *testing.T) {
	var exit atomic.Bool
	_, heavy := burdens(t, func() {
		if exit.Load() {
			runtime.Goexit()
		}
	})
	addr, _ := serve(t, &chat.Server{TLSConfig: heavy["GetCertificate"], Handler: newEcho},
		"tcp", "127.0.0.1:0")
	established := secureDial(t, addr, &tls.Config{InsecureSkipVerify: true})
	exit.Store(true)
	c := tls.Client(dial(t, addr), &tls.Config{InsecureSkipVerify: true})
	require.Error(t, c.Handshake())
	expectEcho(t, established)
}

// Shutdown waits for a callback that runs, as for work of Go; Close does not.
func TestShutdownWaitsForTheHandshake(t *testing.T) {
	asked, release := make(chan bool), make(chan bool)
	_, heavy := burdens(t, func() {
		asked <- true
		<-release
	})
	s := &chat.Server{TLSConfig: heavy["GetCertificate"], Handler: newEcho}
	addr, ended := serve(t, s, "tcp", "127.0.0.1:0")
	c := dial(t, addr)
	io.WriteString(c, firstWords(t))
	<-asked
	c.Close()
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(t.Context()) }()
	select {
	case <-down:
		t.Error("the shutdown does not wait")
	case release <- true:
		require.NoError(t, <-down)
	}
	expectEnded(t, ended)

	s = &chat.Server{TLSConfig: heavy["GetCertificate"], Handler: newEcho}
	addr, ended = serve(t, s, "tcp", "127.0.0.1:0")
	io.WriteString(dial(t, addr), firstWords(t))
	<-asked
	require.NoError(t, s.Close())
	expectEnded(t, ended)
	release <- true
}

// The configuration is the caller's and no copy: keys of tickets that are set later are used, and
// what one handshake has given the next one takes, also if each client gets another configuration.
func TestTicketsOfWorkers(t *testing.T) {
	cert, _ := identity()
	get := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }
	for name, config := range map[string]*tls.Config{
		"callback": {GetCertificate: get},
		"per client": {GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return &tls.Config{GetCertificate: get}, nil
		}},
	} {
		versions(t, func(t *testing.T, version uint16) {
			addr, _ := serve(t, &chat.Server{TLSConfig: config, Handler: newEcho}, "tcp", "127.0.0.1:0")
			client := &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", MaxVersion: version,
				ClientSessionCache: tls.NewLRUClientSessionCache(1)}
			resumes := func(what string, want bool) {
				t.Helper()
				c := secureDial(t, addr, client)
				defer c.Close()
				expectEcho(t, c)
				require.Equal(t, want, c.ConnectionState().DidResume, "%s: %s", name, what)
			}
			resumes("at first", false)
			resumes("then", true)
			config.SetSessionTicketKeys([][32]byte{{1}})
			resumes("with other keys", false)
			config.SetSessionTicketKeys([][32]byte{{2}, {1}})
			resumes("with a key before it", true)
			config.SetSessionTicketKeys([][32]byte{{2}})
			resumes("with that alone", true)
		})
	}
}

// A client's own cache of sessions may block, too, also behind the handshake.
func TestForeignSessionCache(t *testing.T) {
	versions(t, func(t *testing.T, version uint16) {
		var calls []string
		cache := &foreignCache{tls.NewLRUClientSessionCache(1),
			func(method string) { calls = append(calls, method) }}
		config := serverConfig()
		for i := range 2 {
			client := clientConfig(version)
			client.ClientSessionCache = cache
			var state tls.ConnectionState
			server, side := chattest.Pair(t, func(c *chat.Channel) chat.Handler {
				c.StartTLSServer(config)
				return newEcho(c)
			}, func(c *chat.Channel) chat.Handler {
				require.NoError(t, c.StartTLSClient(client))
				c.PushString("hello\r\n")
				return chat.Lines(func(c *chat.Channel, line []byte) { state, _ = c.ConnectionState() })(c)
			})
			require.Equal(t, "localhost", state.ServerName)
			require.Equal(t, i == 1, state.DidResume)
			require.Equal(t, chattest.ErrOpen, side.Reason())
			server.Do(func() { server.Channel().Close() })
		}
		require.Equal(t, "Get", calls[0])
		require.Contains(t, calls[1:], "Put")
	})
}

// A loop that is closed by a goroutine which is locked to its thread: no coroutine survives that
// changes it.
func TestHandshakeOfALockedLoop(t *testing.T) {
	_, heavy := burdens(t, func() {})
	s := &chat.Server{TLSConfig: heavy["GetCertificate"], Handler: newEcho}
	loop := lockedLoop(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	started := make(chan error)
	loop.Post(func() { started <- s.Start(ln, loop) })
	require.NoError(t, <-started)
	expectEcho(t, secureDial(t, ln.Addr(), &tls.Config{InsecureSkipVerify: true}))
	c := dial(t, ln.Addr())
	io.WriteString(c, firstWords(t)) // is answered, and abandoned when the test ends
	c.SetReadDeadline(time.Now().Add(patience))
	_, err = c.Read(make([]byte, 1))
	require.NoError(t, err)
}

func lockedLoop(t *testing.T) *core.Loop {
	t.Helper()
	loop, err := core.New()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := loop.Run(ctx)
		loop.Close()
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return loop
}

func TestStartTLSSaysWhatIsMissing(t *testing.T) {
	s, h := upgrading()
	c := chattest.NewConn(t, h)
	for _, tt := range []struct {
		start  func(*tls.Config) error
		config *tls.Config
		want   string
	}{
		{s.StartTLS, nil, "no configuration"},
		{s.StartTLS, &tls.Config{ServerName: "x"}, "GetCertificate"},
		{s.StartTLSServer, clientConfig(0), "GetCertificate"},
		{s.StartTLSClient, serverConfig(), "ServerName"},
	} {
		c.Do(func() {
			if err := tt.start(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want one that says %q", err, tt.want)
			}
		})
	}
	c.SendString("still plain\r\n")
	expectReceived(t, c, "you said still plain\r\n")

	ln := chattest.Listen(t)
	err := (&chat.Server{Handler: newEcho, TLSConfig: clientConfig(0)}).Serve(ln)
	require.ErrorContains(t, err, "Server.TLSConfig")
	_, loop, _ := simLoop(t)
	dialer := &chat.Dialer{TLSConfig: serverConfig()}
	_, err = dialer.Dial(t.Context(), loop, "tcp", ":25", newEcho)
	require.ErrorContains(t, err, "ServerName")
	require.False(t, errors.Is(err, os.ErrNotExist))
}

// The form of autocert's TLS-ALPN challenge: what the authority asks for is answered at once, while
// another client waits for the certificate that is fetched meanwhile.
func TestCertificateThatIsFetched(t *testing.T) {
	challenge, cert := certificateOf(t, rsaKey()), newIdentity()
	asked, issue := make(chan bool), make(chan bool)
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- true
		<-issue
	}))
	defer authority.Close()
	var fetched atomic.Bool
	config := &tls.Config{NextProtos: []string{"x", "acme-tls/1"}}
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if slices.Contains(hello.SupportedProtos, "acme-tls/1") {
			return &challenge, nil
		}
		if !fetched.Load() {
			r, err := http.NewRequestWithContext(hello.Context(), "POST", authority.URL, nil)
			if err != nil {
				return nil, err
			}
			answer, err := authority.Client().Do(r)
			if err != nil {
				return nil, err
			}
			answer.Body.Close()
			fetched.Store(true)
		}
		return &cert, nil
	}
	addr, _ := serve(t, &chat.Server{TLSConfig: config, Handler: newEcho}, "tcp", "127.0.0.1:0")
	client := func(proto string) *tls.Conn {
		return tls.Client(dial(t, addr), &tls.Config{InsecureSkipVerify: true, ServerName: "localhost",
			NextProtos: []string{proto}})
	}
	ended := make(chan error, 1)
	first := client("x")
	go func() { ended <- first.Handshake() }()
	<-asked
	prover := client("acme-tls/1")
	require.NoError(t, prover.Handshake())
	require.Equal(t, challenge.Certificate[0], prover.ConnectionState().PeerCertificates[0].Raw)
	require.Equal(t, "acme-tls/1", prover.ConnectionState().NegotiatedProtocol)
	expectEcho(t, prover)
	issue <- true
	require.NoError(t, <-ended)
	expectEcho(t, first)
	require.Equal(t, cert.Certificate[0], first.ConnectionState().PeerCertificates[0].Raw)
}
