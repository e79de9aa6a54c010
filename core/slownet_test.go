package core_test

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// slowNet is a simulated kernel whose connections are made, or fail, when the test says so, and
// whose resolver waits for the test.
type slowNet struct {
	*simkernel.Kernel
	w      *world
	start  time.Time
	tried  []string       // the attempts, with their time: "250ms 127.0.0.1:2"
	locals []string       // the addresses that they were to be made from
	far    map[string]int // by the address of an attempt, its other end
	ctx    context.Context
	answer func() ([]net.Addr, error) // of the resolver
}

// onSlowNet returns a world on such a kernel. The resolver answers with addrs.
func onSlowNet(t *testing.T, addrs ...string) (*world, *slowNet) {
	t.Helper()
	w := simulated(t)
	n := &slowNet{Kernel: w.sim, w: w, start: w.sim.Now(), far: make(map[string]int)}
	n.answer = func() (list []net.Addr, err error) {
		for _, a := range addrs {
			list = append(list, tcpAddr(t, a))
		}
		return list, nil
	}
	w.k.Kernel = n
	return w, n
}

func (n *slowNet) Resolve(ctx context.Context, _, _ string) ([]net.Addr, error) {
	n.ctx = ctx
	return n.answer()
}

// Connect begins an attempt: a connection whose other end has no room, so that it is not writable.
func (n *slowNet) Connect(_ string, local, remote net.Addr) (int, error) {
	n.tried = append(n.tried, fmt.Sprintf("%v %v", n.Now().Sub(n.start), remote))
	n.locals = append(n.locals, fmt.Sprint(local))
	near, far, err := n.Pair()
	if err != nil {
		return -1, err
	}
	n.far[remote.String()] = n.w.own(far)
	return near, n.SetWindow(far, 0)
}

// make makes the connection to addr.
func (n *slowNet) make(addr string) {
	require.NoError(n.w,
		n.SetWindow(n.far[addr], simkernel.Window))
}

// refuse makes the attempt to connect to addr fail.
func (n *slowNet) refuse(addr string) { require.NoError(n.w, n.Reset(n.far[addr])) }

// checkTried compares the attempts so far, and begins a new list.
func (n *slowNet) checkTried(want ...string) {
	n.w.Helper()
	if fmt.Sprint(n.tried) != fmt.Sprint(want) {
		n.w.Errorf("tried\n%v, want\n%v", n.tried, want)
	}
	n.tried = nil
}

// checkQuiet fails unless nothing is left of the dialing but live dispatchers: no timer, no
// attempt, nothing in the log.
func (n *slowNet) checkQuiet(live int) {
	n.w.Helper()
	n.w.settle()
	if when, ok := n.w.l.NextTimer(); ok {
		n.w.Errorf("a timer is left, due at %v", when)
	}
	if said := n.w.logs.take(); len(said) > 0 {
		n.w.Errorf("logged %q", said)
	}
	if n.w.l.Len() != live {
		n.w.Errorf("%d dispatchers are registered, want %d", n.w.l.Len(), live)
	}
	if open, want := n.Open(), len(n.w.k.mine)+live; open != want {
		n.w.Errorf("%d descriptors are open, want %d", open, want)
	}
}

var errReset = syscall.ECONNRESET

// dial is core.Dialer.Dial for a handler that notes its calls, with the look-up behind it.
func (n *slowNet) dial(d core.Dialer, address string) *core.Conn {
	n.w.Helper()
	c, err := d.Dial(n.w.T.Context(), n.w.l, "tcp", address, n.w.noting("client"), core.Readable)
	require.NoError(n.w, err)
	n.w.settle()
	return c
}

// pass moves the clock on by d, and turns the loop.
func (n *slowNet) pass(d time.Duration) { n.w.advance(d) }
