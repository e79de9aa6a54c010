package core_test

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// S56, B17: what is an error of one connection that has gone, or of the network on its way, is no
// error of the listener: the next ones are accepted in the same turn, and nothing is logged.
func TestAcceptErrorOfOneConnection(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR,
		syscall.EPROTO, syscall.ENETDOWN,
		syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENOPROTOOPT,
		syscall.ETIMEDOUT} {
		w := simulated(t)
		ln, _ := w.listen()
		for range 3 {
			w.client(ln)
		}
		w.k.fault = failing("Accept", 2, errno)
		w.turn()
		w.isNoted(3, "accepted")
		if said := w.logs.take(); len(said) != 0 || ln.Closed() {
			t.Errorf("%v: logged %q, closed is %t", errno, said, ln.Closed())
		}
	}
}

// However many of them there are, the bound of one turn holds.
func TestAcceptErrorsAreBounded(t *testing.T) {
	w := simulated(t)
	ln, _ := w.listen()
	w.client(ln)
	w.k.fault = failing("Accept", 1000, syscall.ECONNABORTED)
	w.k.total()
	w.turn()
	if n := w.k.total("Accept"); n != 64 {
		t.Errorf("%d times accept in one turn, want 64", n)
	}
	w.check()
	w.settle()
	w.check("accepted")
}

// S16, B7: what says that this descriptor will never accept anything closes the listener with that
// as its reason, once; it neither spins nor ends the loop.
func TestAcceptErrorOfTheListener(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK,
		syscall.ENOSYS} {
		w := simulated(t)
		h := w.noting("listener")
		var reason error
		h.closed = func(err error) { reason = err; w.note("closed") }
		ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", h)
		if err != nil {
			t.Fatal(err)
		}
		w.client(ln)
		w.k.fault = failing("Accept", 1, errno)
		w.settle()
		w.check("closed")
		var op *net.OpError
		if !errors.Is(reason, errno) || !errors.As(reason, &op) || op.Op != "accept" ||
			op.Addr != ln.Addr() {
			t.Errorf("the reason is %v, want accept %v: %v", reason, ln.Addr(), errno)
		}
		if !ln.Closed() || w.l.Len() != 0 || w.k.total("Accept") != 1 {
			t.Errorf("%v: closed is %t, %d dispatchers are left", errno, ln.Closed(), w.l.Len())
		}
		w.checkNoSpin("the listener is closed")
	}
}

// What is neither, such as no memory, makes the listener rest: it would stay ready, and keep the
// loop busy (S60, B18). So does EOPNOTSUPP, which accept(2) of Linux counts among the errors of one
// connection (W16).
func TestAcceptErrorOfTheSystem(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS,
		syscall.ENOMEM, syscall.EPERM, syscall.EOPNOTSUPP} {
		w := simulated(t)
		ln, _ := w.listen()
		w.client(ln)
		w.k.fault = failing("Accept", 1, errno)
		w.k.total()
		w.settle()
		w.check()
		if n := w.k.total("Accept"); n != 1 || ln.Closed() {
			t.Errorf("%v: accept was called %d times, closed is %t", errno, n, ln.Closed())
		}
		w.advance(5 * time.Millisecond)
		w.check("accepted")
		if said := w.logs.take(); !slices.Equal(said, []string{"accept failed, backing off"}) {
			t.Errorf("%v: logged %q", errno, said)
		}
	}
}

// W16: an error that nobody knows is for good if it has lasted for two seconds; a want of
// descriptors or memory never is.
func TestAcceptErrorThatLasts(t *testing.T) {
	for errno, good := range map[syscall.Errno]bool{syscall.EOPNOTSUPP: true, syscall.EPERM: true,
		syscall.EMFILE: false, syscall.ENOBUFS: false} {
		w := simulated(t)
		ln, _ := w.listen()
		w.client(ln)
		w.k.fault = failing("Accept", 1000, errno)
		for range 200 {
			w.advance(10 * time.Millisecond)
		}
		w.check()
		w.advance(time.Second)
		if ln.Closed() != good {
			t.Errorf("%v: after three seconds closed is %t, want %t", errno, ln.Closed(), good)
		}
		w.did = nil
		w.k.fault = nil
	}
}

// A forbidding kernel takes connections and does not give them out.
type forbidding struct{ *simkernel.Kernel }

func (k forbidding) Accept(fd int) (int, netip.AddrPort, error) {
	conn, peer, err := k.Kernel.Accept(fd)
	if err == nil {
		k.Close(conn)
		return -1, netip.AddrPort{}, syscall.EOPNOTSUPP
	}
	return conn, peer, err
}

// W16: an error that comes now and then is not for good: accept works in between, also where nobody
// waits.
func TestAcceptErrorNowAndThen(t *testing.T) {
	k := forbidding{simkernel.New()}
	logger := slog.New(slog.DiscardHandler)
	l, err := core.New(core.WithKernel(k), core.WithLogger(logger))
	require.NoError(t, err)
	defer l.Close()
	ln, err := core.Listen(l, "tcp", "127.0.0.1:0", core.AcceptFunc(func(*core.Conn) {}))
	require.NoError(t, err)
	for range 20 {
		fd, err := k.Connect("tcp", nil, ln.Addr())
		require.NoError(t, err)
		for range 4 {
			l.Poll(0)
			k.Advance(time.Second)
		}
		k.Close(fd)
		require.False(t, ln.Closed())
	}
}

// W19: however often accept fails and succeeds again, the log says so once a second.
func TestAcceptErrorsAreLoggedSeldom(t *testing.T) {
	w := simulated(t)
	ln, _ := w.listen()
	fails := func(n int) {
		for range n {
			w.k.fault = failing("Accept", 1, syscall.EMFILE)
			w.client(ln)
			w.settle()
			w.advance(5 * time.Millisecond)
			w.check("accepted")
		}
	}
	fails(100)
	if said := w.logs.take(); len(said) != 1 {
		t.Errorf("100 failures in half a second: logged %q", said)
	}
	w.advance(time.Second)
	fails(1)
	if said := w.logs.take(); len(said) != 1 || w.logs.last["unlogged"] != int64(99) {
		t.Errorf("a second later: logged %q, %v", said, w.logs.last)
	}
}
