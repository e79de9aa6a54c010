package chat_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A heldState is one in which a channel keeps something.
type heldState struct {
	name    string
	handler chat.NewHandler // an echo of lines if it is nil
	server  func(s *chat.Server)
	tls     bool
	secured bool                           // the handshake is done
	conns   int                            // 300 if it is 0
	limit   int64                          // of all together
	peer    func(t *testing.T, c net.Conn) // brings a channel into the state
}

func sends(what string) func(*testing.T, net.Conn) {
	return func(_ *testing.T, c net.Conn) {
		c.SetWriteDeadline(time.Now().Add(time.Second))
		c.Write([]byte(what))
	}
}

var manyX = strings.Repeat("x", 10_000)

func byLine(v *chat.Conversation) error {
	for {
		if _, err := v.ReadLine(); err != nil {
			return err
		}
	}
}

func pausedAfterOne(c *chat.Channel) chat.Handler {
	c.PauseAfter(1)
	return newEcho(c)
}

// answersOf answers each line with n bytes, of which the system takes few.
func answersOf(n int) chat.NewHandler {
	answer := make([]byte, n)
	push := chat.Messages(crlf, func(c *chat.Channel, _ []byte) { c.Push(answer) })
	return func(c *chat.Channel) chat.Handler {
		c.SetOption(core.SendBuffer, 4<<10)
		return push(c)
	}
}

var heldStates = []heldState{
	{name: "half a ClientHello", tls: true, peer: sends(clientHello(1500)[:750])},
	{name: "half a large ClientHello", tls: true, peer: sends(clientHello(14000)[:7000])},
	{name: "a ClientHello in small records", tls: true, peer: sends(smallRecords(14000, 200))},
	{name: "the beginning of a record", tls: true, secured: true,
		peer: handshaken(16000, func(p []byte) []byte { return p[:10] })},
	{name: "half a record", tls: true, secured: true,
		peer: handshaken(8000, func(p []byte) []byte { return p[:len(p)/2] })},
	{name: "half a line in a record", tls: true, secured: true,
		peer: handshaken(10_000, func(p []byte) []byte { return p })},
	{name: "the PROXY header", conns: 2000, peer: sends("PROXY TCP4 192.0.2.1 "),
		server: func(s *chat.Server) {
			s.ProxyFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		}},
	{name: "half a line", peer: sends(manyX)},
	{name: "half a line of Lines", handler: chat.Lines(func(*chat.Channel, []byte) {}),
		peer: sends(manyX)},
	{name: "half a line of Reads", peer: sends(manyX), handler: func(c *chat.Channel) chat.Handler {
		r := &chat.Reads{Channel: c}
		r.Line(func([]byte) {})
		return r
	}},
	{name: "input while paused", handler: pausedAfterOne, peer: sends("x\r\n" + manyX)},
	{name: "input while paused, TLS", tls: true, secured: true, handler: pausedAfterOne,
		peer: handshaken(10_000, func(p []byte) []byte { return p }, "x\r\n")},
	{name: "a conversation in half a line", conns: 1000, handler: chat.Converse(byLine),
		peer: sends(manyX[:3000])},
	{name: "a conversation in a short line", conns: 1000, handler: chat.Converse(byLine),
		peer: sends("x")},
	{name: "small answers wait", conns: 50, handler: answersOf(2000),
		peer: sends(strings.Repeat("\r\n", 4000))},
	{name: "large answers wait", conns: 50, handler: answersOf(100_000),
		peer: sends(strings.Repeat("\r\n", 80))},
}

// handshaken makes a handshake, and writes what is to come before, and a line of n bytes without an
// end, as changed by f.
func handshaken(n int, f func([]byte) []byte, before ...string) func(*testing.T, net.Conn) {
	return func(t *testing.T, c net.Conn) {
		h := &withheld{Conn: c}
		client := tls.Client(h, &tls.Config{InsecureSkipVerify: true, DynamicRecordSizingDisabled: true})
		if client.Handshake() != nil {
			return // it was closed, since all hold too much
		}
		h.withhold = true
		for _, line := range before {
			client.Write([]byte(line))
		}
		if client.Write(make([]byte, n)); n > 0 {
			c.Write(f(h.written))
		}
	}
}

// clientHello is a record of a ClientHello of size bytes.
func clientHello(size int) string {
	body := append([]byte{1, 0, byte(size >> 8), byte(size), 3, 3}, make([]byte, size-2)...)
	return "\x16\x03\x01" + string([]byte{byte(len(body) >> 8), byte(len(body))}) + string(body)
}

// smallRecords is all but the end of a ClientHello in records of each bytes.
func smallRecords(size, each int) (out string) {
	hello := clientHello(size)[5:]
	for len(hello) > each {
		out += "\x16\x03\x01" + string([]byte{byte(each >> 8), byte(each)}) + hello[:each]
		hello = hello[each:]
	}
	return out
}

// hostile are states in which a peer can leave as many connections as it likes.
var hostile = []string{"half a ClientHello", "half a record", "the PROXY header", "half a line",
	"input while paused", "a conversation in half a line"}

// W6: what the statistics say that channels hold is what they take of memory, beside what an idle
// channel takes, within a factor of 1.5. MaxTotalBuffered bounds both, however many there are.
func TestHeldIsMemory(t *testing.T) {
	if raceEnabled || testing.Short() || runtime.GOOS == "windows" {
		t.Skip("memory is as it is without the race detector, and not under wine")
	}
	if inProcessOfItsOwn(t) {
		return
	}
	idle, _ := measureHeld(t, &heldState{conns: 2000, peer: sends("x\r\n")})
	secured, said := measureHeld(t, &heldState{tls: true, peer: handshaken(0, nil)})
	if said != 0 {
		t.Errorf("%.0f bytes are held for an idle channel with TLS", said)
	}
	for _, tt := range heldStates {
		t.Run(tt.name, func(t *testing.T) {
			before := idle
			if tt.secured {
				before = secured
			}
			taken, said := measureHeld(t, &tt)
			taken -= before
			const bound = 1.5
			if ratio := taken / said; ratio > bound || ratio < 1/bound {
				t.Errorf("%.0f bytes are taken, %.0f are said to be held", taken, said)
			} else {
				t.Logf("%.0f bytes are taken, %.0f are said to be held", taken, said)
			}
			if !slices.Contains(hostile, tt.name) {
				return
			}
			tt.conns = scaled(1500)
			tt.limit = int64(said) * int64(tt.conns) / 3
			taken, said = measureHeld(t, &tt)
			if taken -= before; taken*float64(tt.conns) > bound*1.2*float64(tt.limit) {
				t.Errorf("%.0f bytes are taken for each of %d, where %d are allowed for all", taken,
					tt.conns, tt.limit)
			}
			t.Logf("bounded, %.0f bytes are taken, %.0f are said to be held", taken, said)
		})
	}
}

// inProcessOfItsOwn runs the test in a process in which no other test was: what those leave would
// be given back while this one measures. In that process it reports false.
func inProcessOfItsOwn(t *testing.T) bool {
	if os.Getenv("CHAT_TEST_ALONE") != "" {
		return false
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "CHAT_TEST_ALONE=1")
	out, err := cmd.CombinedOutput()
	if t.Logf("%s", out); err != nil {
		t.Error(err)
	}
	return true
}

func (state *heldState) newServer() *chat.Server {
	s := &chat.Server{Addr: "127.0.0.1:0", Handler: state.handler}
	if s.Handler == nil {
		s.Handler = newEcho
	}
	s.MaxTotalBuffered = state.limit
	if state.tls {
		s.TLSConfig = serverConfig()
	}
	if state.server != nil {
		state.server(s)
	}
	return s
}

func measureHeld(t *testing.T, state *heldState) (taken, said float64) {
	conns := state.conns
	if conns == 0 {
		conns = 300
	}
	s := state.newServer()
	l, err := s.Listen()
	require.NoError(t, err)
	go s.Serve(l)
	defer s.Close()
	connect := func(n int) {
		for range n {
			c, err := net.Dial("tcp", l.Addr().String())
			require.NoError(t, err)
			t.Cleanup(func() { c.Close() })
			state.peer(t, c)
			if n := s.Stats().Buffered; state.limit > 0 && n > state.limit*6/5 {
				t.Fatalf("%d bytes are held, where %d are allowed", n, state.limit)
			}
		}
	}
	connect(3)
	quiet(t, s)
	before, held := inUse(), s.Stats().Buffered
	connect(conns)
	quiet(t, s)
	now := inUse()
	if state.limit > 0 && s.Stats().Closed[chat.ReasonOverloaded] == 0 {
		t.Error("the limit bounds nothing")
	}
	return float64(now-before) / float64(conns), float64(s.Stats().Buffered-held) / float64(conns)
}

// quiet waits until the server has nothing to do.
func quiet(t *testing.T, s *chat.Server) {
	turns, same := uint64(0), 0
	require.Eventually(t, func() bool {
		if now := s.Stats().Loops.Turns; now != turns {
			turns, same = now, 0
		}
		same++
		return same == 10
	}, 20*time.Second, 5*time.Millisecond)
}

// inUse returns what the process has on its heap and for stacks.
func inUse() int64 {
	for range 3 { // pools keep for two
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
