package chat_test

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// fewRefused is how many connections may hear a last word.
const fewRefused = 32

// W13: few connections hear a last word at a time, for a second at most; the others are closed at
// once. So it is for all that refuses.
func TestFewAreRefusedAtATime(t *testing.T) {
	said := 0
	word := func(c *chat.Channel) { said++; c.PushString("421 no\r\n") }
	for name, s := range map[string]*chat.Server{
		"MaxConns": {MaxConns: 5, OnRefuse: word},
		"OnAccept": {OnAccept: func(c *chat.Channel) error {
			if said++; said <= 5 {
				return nil
			}
			c.PushString("421 no\r\n")
			return errors.New("banned")
		}},
	} {
		said = 0
		s.Handler = newEcho
		l := served(t, s, 2)
		var peers []*chattest.Peer
		for range 300 {
			p := l.Dial()
			peers = append(peers, p)
			if n := s.Stats().Connections; n > 5+fewRefused {
				t.Fatalf("%s: %d connections are open", name, n)
			}
		}
		heard := 0
		for _, p := range peers {
			if string(p.Received()) == "421 no\r\n" {
				heard++
			}
		}
		l.Advance(time.Second)
		if n := s.Stats().Connections; heard != fewRefused || n != 5 {
			t.Errorf("%s: %d heard why, %d are open after a second", name, heard, n)
		}
		if got := s.Stats().Closed[chat.ReasonRefused]; got != 295 {
			t.Errorf("%s: %d have the reason Refused, want 295", name, got)
		}
		l.Dial()
		if n := s.Stats().Connections; n != 6 {
			t.Errorf("%s: the next does not hear why: %d are open", name, n)
		}
	}
}

// W13: refused connections take no place from others, whether the server refuses or waits at
// MaxConns.
func TestRefusedTakeNoPlace(t *testing.T) {
	for _, waits := range []bool{false, true} {
		banned := true
		s := &chat.Server{Handler: newEcho, MaxConns: 2, WaitAtMaxConns: waits,
			OnAccept: func(c *chat.Channel) error {
				if !banned {
					return nil
				}
				c.PushString("421 no\r\n")
				return errors.New("banned")
			}}
		l := served(t, s, 1)
		for range 5 {
			if got := string(l.Dial().Received()); got != "421 no\r\n" {
				t.Errorf("waits %v: a banned peer hears %q", waits, got)
			}
		}
		banned = false
		for i, want := range []string{"hello\r\n", "hello\r\n", ""} {
			p := l.Dial()
			p.SendString("hello\r\n")
			if got := string(p.Received()); got != want {
				t.Errorf("waits %v: number %d receives %q, want %q", waits, i, got, want)
			}
		}
	}
}

// W13: one that does not take its last word does not stay for it.
func TestRefusedThatReadsNothing(t *testing.T) {
	s := &chat.Server{Handler: newEcho, MaxConns: 1, OnRefuse: func(c *chat.Channel) {
		c.Push(make([]byte, 1<<20))
	}}
	l := served(t, s, 1)
	l.Dial()
	p := l.Dial()
	p.Stall()
	l.Advance(900 * time.Millisecond)
	p.Accept(1)
	l.Advance(100 * time.Millisecond)
	if st := s.Stats(); st.Connections != 1 || st.Closed[chat.ReasonRefused] != 1 {
		t.Errorf("%d are open, closed: %v", st.Connections, st.Closed)
	}
}

// W13: under TLS nobody is handshaken to be refused.
func TestRefusedWithoutHandshake(t *testing.T) {
	s := &chat.Server{TLSConfig: serverConfig(), Handler: newEcho, MaxConns: 1,
		OnRefuse: func(c *chat.Channel) { t.Error("OnRefuse is called") }}
	l := served(t, s, 1)
	l.Dial()
	p := l.Dial()
	if !p.Closed() || len(p.Received()) > 0 {
		t.Error("the second is not closed at once")
	}
}

// fullPoller takes no descriptor but the first ones.
type fullKernel struct {
	*simkernel.Kernel
	full bool
}

type fullPoller struct {
	core.Poller
	k *fullKernel
}

func (k *fullKernel) OpenPoller() (core.Poller, error) {
	p, err := k.Kernel.OpenPoller()
	return &fullPoller{p, k}, err
}

func (p *fullPoller) Add(fd int, token uint64, want core.Ready) error {
	if p.k.full {
		return syscall.ENOSPC
	}
	return p.Poller.Add(fd, token, want)
}

// W36: a connection that the poller cannot take is in the log, and counted.
func TestConnectionThatThePollerCannotTake(t *testing.T) {
	k := &fullKernel{Kernel: simkernel.New()}
	log, logger := newLogbook(0)
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	made := 0
	s := &chat.Server{Logger: logger, Handler: func(c *chat.Channel) chat.Handler {
		made++
		return newEcho(c)
	}}
	ln, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, s.Start(ln, loop))
	k.full = true
	for range 5 {
		_, err := k.Connect("tcp", nil, net.Addr(ln.Addr()))
		require.NoError(t, err)
	}
	for calls := 1; calls > 0; {
		calls, err = loop.Poll(0)
		require.NoError(t, err)
	}
	if got := log.take(); strings.Count(got, "no space left") != 1 || strings.Count(got, "\n") > 1 {
		t.Errorf("logged %q, want one line with the error", got)
	}
	if st := s.Stats(); st.Closed[chat.ReasonFailed] != 5 || st.Connections != 0 || made != 0 {
		t.Errorf("%d are open, closed: %v, %d handlers were made", st.Connections, st.Closed, made)
	}
}

// W30: the works of one address do not hold up those of another, and are done all the same when
// their peer has ended its sending.
func TestWorksTakeTurnsByAddress(t *testing.T) {
	k := &holdingKernel{Kernel: simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	settle := func() {
		for calls := 1; calls > 0; {
			calls, err = loop.Poll(0)
			require.NoError(t, err)
		}
	}
	var done []string
	s := &chat.Server{MaxWorkers: 1, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		name := string(line)
		c.Go(func() func() { return func() { done = append(done, name) } })
	})}
	ln, err := k.NewListener("tcp", "192.0.2.1:25")
	require.NoError(t, err)
	require.NoError(t, s.Start(ln, loop))
	for _, peer := range []struct{ from, asks string }{
		{"192.0.2.7", "a"}, {"192.0.2.7", "b"}, {"192.0.2.7", "c"}, {"127.0.0.2", "d"},
	} {
		from := net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(peer.from), 0))
		fd, err := k.Connect("tcp", from, ln.Addr())
		require.NoError(t, err)
		k.Write(fd, []byte(peer.asks+"\n"))
		k.CloseWrite(fd)
		settle()
	}
	for len(k.held) > 0 {
		work := k.held[0]
		k.held = k.held[1:]
		work()
		settle()
	}
	if got := strings.Join(done, " "); got != "a b d c" {
		t.Errorf("done: %s, want a b d c", got)
	}
}

// holdingKernel keeps the work that is to be done in the background.
type holdingKernel struct {
	*simkernel.Kernel
	held []func()
}

func (k *holdingKernel) Background(work func()) { k.held = append(k.held, work) }
