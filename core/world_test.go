package core_test

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A world is a loop on a spied kernel, with what it logs and a journal of what happened.
type world struct {
	*testing.T
	k    *spy
	sim  *simkernel.Kernel // nil on the operating system
	l    *core.Loop
	logs *logs
	did  []string
	near int // the loop's end of the last pair

	clients []int // of listeners
}

func newWorld(t *testing.T, k core.Kernel) *world {
	t.Helper()
	w := &world{T: t, k: newSpy(k), logs: &logs{}}
	if sim, ok := k.(*simkernel.Kernel); ok {
		w.sim = sim
		t.Cleanup(func() {
			if n := sim.Open(); n != 0 {
				t.Errorf("%d descriptors were left open", n)
			}
		})
	}
	w.l = w.newLoop()
	return w
}

// simulated returns a world in memory.
func simulated(t *testing.T) *world {
	t.Helper()
	return newWorld(t, simkernel.New())
}

// everywhere runs f in memory and on every poller of the operating system.
func everywhere(t *testing.T, f func(w *world)) {
	t.Run("sim", func(t *testing.T) { f(simulated(t)) })
	onSystem(t, f)
}

func onSystem(t *testing.T, f func(w *world)) {
	for _, name := range core.Pollers() {
		t.Run(name, func(t *testing.T) {
			k, err := core.System(name)
			require.NoError(t, err)
			f(newWorld(t, k))
		})
	}
}

func (w *world) newLoop() *core.Loop {
	w.Helper()
	l, err := core.New(core.WithKernel(w.k), core.WithLogger(slog.New(w.logs)))
	require.NoError(w, err)
	w.Cleanup(func() { l.Close() })
	return l
}

// pair returns a connection on the loop that is not watched yet, and the descriptor of its peer.
func (w *world) pair() (*core.Conn, int) {
	w.Helper()
	near, far := w.descriptors()
	return core.NewConn(w.l, near), w.own(far)
}

// watched is pair for a connection with a handler.
func (w *world) watched(h any, want core.Ready) (*core.Conn, int) {
	w.Helper()
	c, far := w.pair()
	w.watching(c.Attach(h, want))
	return c, far
}

// watching takes the error of a registration. A kqueue without EVFILT_EXCEPT has no out-of-band
// data, as FreeBSD's and NetBSD's.
func (w *world) watching(err error) {
	w.Helper()
	if errors.Is(err, core.ErrUnsupported) {
		w.Skip(err)
	}
	require.NoError(w, err)
}

// own closes fd at the end, unless the test has done so by closeFar.
func (w *world) own(fd int) int {
	w.k.mine[fd] = true
	w.Cleanup(func() { w.closeFar(fd) })
	return fd
}

func (w *world) closeFar(fd int) {
	if w.k.mine[fd] {
		delete(w.k.mine, fd)
		w.k.Kernel.Close(fd)
	}
}

// descriptors returns the two ends of a connection.
func (w *world) descriptors() (near, far int) {
	w.Helper()
	k := w.k.Kernel
	ln, addr, err := k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:0")
	require.NoError(w, err)
	defer k.Close(ln)
	far, err = k.Connect("tcp", nil, addr)
	require.NoError(w, err)
	w.arrive(ln)
	near, _, err = k.Accept(ln)
	require.NoError(w, err)
	w.near = near
	return near, far
}

// arrive waits until there is something to read on a descriptor of the operating system. In memory
// there is at once.
func (w *world) arrive(fd int) {
	w.Helper()
	if w.sim != nil {
		return
	}
	p, err := w.k.Kernel.OpenPoller()
	require.NoError(w, err)
	defer p.Close()
	require.NoError(w, p.Add(fd, 0, core.Readable))
	var events [1]kernel.Event
	n := 0
	for end := time.Now().Add(patience); n == 0 && time.Now().Before(end); { // a signal may end a Wait
		n, err = p.Wait(events[:], patience)
		require.NoError(w, err)
	}
	require.Equal(w, 1, n, "nothing has arrived")
}

// send makes the peer send s.
func (w *world) send(fd int, s string) {
	w.Helper()
	n, err := w.k.Kernel.Write(fd, []byte(s))
	require.NoError(w, err)
	require.Equal(w, len(s), n)
}

// received returns what has arrived at the peer, at most 64 KiB.
func (w *world) received(fd int) string {
	w.Helper()
	buf := make([]byte, 64<<10)
	n, err := w.k.Kernel.Read(fd, buf)
	if err != nil && err != syscall.EAGAIN {
		w.Errorf("the peer's Read: %v", err)
	}
	return string(buf[:n])
}

func (w *world) note(format string, args ...any) {
	w.did = append(w.did,
		fmt.Sprintf(format, args...))
}

// check compares the journal, and begins a new one.
func (w *world) check(want ...string) {
	w.Helper()
	if !slices.Equal(w.did, want) {
		w.Errorf("what happened:\n got %q\nwant %q", w.did, want)
	}
	w.did = nil
}

// turn makes one turn that does not wait, and returns how many callbacks it made.
func (w *world) turn() int {
	w.Helper()
	n, err := w.l.Poll(0)
	if err != nil {
		w.Fatalf("Poll(0): %v", err)
	}
	return n
}

// patience is how long a test waits for what must happen: only what never happens takes so long,
// however busy the machine is.
var patience = 4 * time.Minute

func init() {
	flag.DurationVar(&patience, "patience", patience, "how long to wait for what must happen")
}

// settle turns the loop until nothing happens any more. On the operating system, something may be
// still under way: until waits for it.
func (w *world) settle() {
	w.Helper()
	for range 1000 {
		if w.turn() == 0 {
			return
		}
	}
	w.Fatal("the loop is never quiet")
}

// until turns the loop until done.
func (w *world) until(what string, done func() bool) {
	w.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if done() {
			return
		}
		if _, err := w.l.Poll(time.Millisecond); err != nil {
			w.Fatalf("Poll: %v", err)
		}
	}
	w.Fatalf("not in time: %s", what)
}

// untilNoted turns the loop until the journal has n entries.
func (w *world) untilNoted(n int) {
	w.Helper()
	w.until(fmt.Sprintf("%d entries, journal %q", n, w.did), func() bool { return len(w.did) >= n })
}

// watchdog stops a run that does not end, unless the function that it returns is called in time.
func (w *world) watchdog() func() bool {
	return time.AfterFunc(patience, func() { w.l.Post(w.l.Stop) }).Stop
}

// do runs f on the loop.
func (w *world) do(f func()) {
	w.Helper()
	require.NoError(w, w.l.Post(f))
	w.turn()
}

func tcpAddr(t *testing.T, s string) net.Addr {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", s)
	require.NoError(t, err)
	return a
}
