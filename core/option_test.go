package core_test

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// What was set is got, of connections, listeners and datagram sockets.
func TestOptions(t *testing.T) {
	everywhere(t, func(w *world) {
		c, _ := w.watched(&handler{}, 0)
		ln, _ := w.listen()
		p, err := core.ListenPacket(w.l, "udp", "127.0.0.1:0", nil, 0)
		require.NoError(w, err)
		for _, tt := range []struct {
			what  string
			d     *core.Dispatcher
			o     core.SocketOption
			value int
		}{
			{"connection", &c.Dispatcher, core.NoDelay, 0},
			{"connection", &c.Dispatcher, core.KeepAlive, 1},
			{"connection", &c.Dispatcher, core.Linger, 0},
			{"listener", &ln.Dispatcher, core.KeepAlive, 1},
			{"datagrams", &p.Dispatcher, core.Broadcast, 1},
			{"datagrams", &p.Dispatcher, core.MulticastTTL, 7},
		} {
			if err := tt.d.SetOption(tt.o, tt.value); err != nil {
				w.Errorf("%s: SetOption(%v): %v", tt.what, tt.o, err)
			}
			if got, err := tt.d.Option(tt.o); got != tt.value || err != nil {
				w.Errorf("%s: Option(%v) = %d, %v, want %d", tt.what, tt.o, got, err, tt.value)
			}
		}
		c.SetOption(core.Linger, -1)

		var op *net.OpError
		err = p.SetOption(core.NoDelay, 1)
		if !errors.Is(err, syscall.ENOPROTOOPT) || !errors.As(err, &op) ||
			!strings.Contains(err.Error(), "NoDelay") {
			w.Errorf("SetOption(NoDelay) of datagrams: %v, want ENOPROTOOPT, and the option's name", err)
		}
		if _, err = p.Option(core.NoDelay); !errors.Is(err, syscall.ENOPROTOOPT) ||
			!strings.Contains(err.Error(), "NoDelay") {
			w.Errorf("Option(NoDelay) of datagrams: %v, want ENOPROTOOPT, and the option's name", err)
		}
		c.Close()
		if err := c.SetOption(core.NoDelay, 1); err != core.ErrClosed {
			w.Errorf("SetOption after Close: %v, want ErrClosed", err)
		}
		if _, err := c.Option(core.NoDelay); err != core.ErrClosed {
			w.Errorf("Option after Close: %v, want ErrClosed", err)
		}
		never := func(uintptr) { w.Error("Control calls the function after Close") }
		if err := c.Control(never); err != core.ErrClosed {
			w.Errorf("Control after Close: %v, want ErrClosed", err)
		}
	})
}

// Each option has a name, and what is none has one too.
func TestOptionNames(t *testing.T) {
	seen := map[string]bool{}
	for o := core.NoDelay; o <= core.MulticastLoop; o++ {
		if name := o.String(); name == "" || seen[name] || strings.Contains(name, "?") {
			t.Errorf("the name of option %d is %q", int(o), name)
		}
		seen[o.String()] = true
	}
	if name := core.SocketOption(200).String(); name != "SocketOption(?)" {
		t.Errorf("the name of an unknown option is %q", name)
	}
}

// While a name is looked up there is no socket yet.
func TestOptionsBeforeTheSocket(t *testing.T) {
	w := simulated(t)
	w.k.background = func(func()) {}
	c, err := core.Dial(w.l, "tcp", "example.com:25", w.noting("client"), 0)
	require.NoError(t, err)
	if err := c.SetOption(core.NoDelay, 1); err != core.ErrClosed {
		t.Errorf("SetOption: %v, want ErrClosed", err)
	}
	if _, err := c.Option(core.NoDelay); err != core.ErrClosed {
		t.Errorf("Option: %v, want ErrClosed", err)
	}
	if err := c.Control(func(uintptr) {}); err != core.ErrClosed {
		t.Errorf("Control: %v, want ErrClosed", err)
	}
	c.Close()
	w.turn()
}

// In a simulation there is no descriptor to be shown.
func TestControlInMemory(t *testing.T) {
	w := simulated(t)
	l := w.plain()
	near, far := w.descriptors()
	w.own(far)
	c := core.NewConn(l, near)
	require.NoError(t, c.Attach(nil, 0))
	never := func(uintptr) { t.Error("a descriptor is shown") }
	if err := c.Control(never); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("Control = %v, want ErrUnsupported", err)
	}
}

// With Linger 0 the peer of a connection that is closed sees a reset.
func TestLingerZero(t *testing.T) {
	everywhere(t, func(w *world) {
		c, far := w.watched(nil, 0)
		require.NoError(w, c.SetOption(core.Linger, 0))
		c.Close()
		w.settle()
		w.arrive(far)
		if _, err := w.k.Kernel.Read(far, make([]byte, 1)); err != syscall.ECONNRESET {
			w.Errorf("the peer's Read: %v, want ECONNRESET", err)
		}
	})
}

// S80: CloseRead ends what comes in, behind what has arrived; the other direction goes on.
func TestCloseRead(t *testing.T) {
	everywhere(t, func(w *world) {
		h := w.noting("a")
		c, far := w.watched(h, core.Readable)
		h.read = func() {
			n, err := c.Recv(w.l.ReadBuffer())
			w.note("%q %v", w.l.ReadBuffer()[:n], err)
		}
		w.send(far, "in time")
		w.arrive(w.near)
		if err := c.CloseRead(); err != nil {
			w.Errorf("CloseRead: %v", err)
		}
		w.untilNoted(2)
		w.checkNoSpin("after CloseRead")
		w.check(`"in time" <nil>`, `"" EOF`)
		c.Send([]byte("answer"))
		w.arrive(far)
		if got := w.received(far); got != "answer" {
			w.Errorf("the peer received %q", got)
		}
		c.Close()
		if err := c.CloseRead(); err != core.ErrClosed {
			w.Errorf("CloseRead after Close: %v, want ErrClosed", err)
		}
	})
}
