package kerneltest

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// A rig is a kernel and a poller under test, for one subtest.
type rig struct {
	*testing.T
	k       core.Kernel
	p       core.Poller
	idle    core.Poller // watches nothing: its Wait is a pause
	network string
	dir     string
	names   int
}

func newRig(t *testing.T, k core.Kernel, network string) *rig {
	r := &rig{T: t, k: again{k}, network: network}
	r.p, r.idle = r.openPoller(), r.openPoller()
	return r
}

// again is the kernel for callers who make a call again that was interrupted, as all have to: EINTR is allowed at any time.
type again struct{ core.Kernel }

func (k again) Read(fd int, p []byte) (n int, err error) {
	for n, err = k.Kernel.Read(fd, p); err == syscall.EINTR; n, err = k.Kernel.Read(fd, p) {
	}
	return n, err
}

func (k again) Write(fd int, p []byte) (n int, err error) {
	for n, err = k.Kernel.Write(fd, p); err == syscall.EINTR; n, err = k.Kernel.Write(fd, p) {
	}
	return n, err
}

func (k again) Writev(fd int, v [][]byte) (n int, err error) {
	for n, err = k.Kernel.Writev(fd, v); err == syscall.EINTR; n, err = k.Kernel.Writev(fd, v) {
	}
	return n, err
}

func (k again) Accept(fd int) (conn int, peer netip.AddrPort, err error) {
	for conn, peer, err = k.Kernel.Accept(fd); err == syscall.EINTR; conn, peer, err = k.Kernel.Accept(fd) {
	}
	return conn, peer, err
}

func (r *rig) openPoller() core.Poller {
	r.Helper()
	p, err := r.k.OpenPoller()
	if err != nil {
		r.Fatalf("OpenPoller: %v", err)
	}
	r.Cleanup(func() { p.Close() })
	return p
}

// own has fd closed at the end, unless r.close has done it.
func (r *rig) own(fd int) int {
	r.Cleanup(func() { r.k.Close(fd) })
	return fd
}

func (r *rig) listen() (fd int, addr string) {
	r.Helper()
	return r.listenWith(core.ListenConfig{}, r.free())
}

func (r *rig) listenWith(config core.ListenConfig, address string) (fd int, addr string) {
	r.Helper()
	fd, a, err := r.k.Listen(config, r.network, address)
	if err != nil {
		r.Fatalf("Listen(%+v, %s, %s): %v", config, r.network, address, err)
	}
	return fd, a.String()
}

// free returns an address of the network that nobody has.
func (r *rig) free() string {
	r.Helper()
	if !strings.HasPrefix(r.network, "unix") {
		return "127.0.0.1:0"
	}
	r.names++
	return filepath.Join(r.tempDir(), strconv.Itoa(r.names))
}

// tempDir is TempDir with a name that is short enough for a Unix socket on every system.
func (r *rig) tempDir() string {
	r.Helper()
	if r.dir == "" {
		dir, err := os.MkdirTemp("", "kt")
		if err != nil {
			r.Fatal(err)
		}
		r.Cleanup(func() { os.RemoveAll(dir) })
		r.dir = dir
	}
	return r.dir
}

// pair returns two ends of a connection.
func (r *rig) pair() (a, b int) {
	r.Helper()
	a, b = r.openPair()
	return r.own(a), r.own(b)
}

// openPair is pair for a test that closes the ends itself.
func (r *rig) openPair() (a, b int) {
	r.Helper()
	ln, addr := r.listen()
	defer r.k.Close(ln)
	a = r.connect(addr)
	return a, r.accept(ln)
}

func (r *rig) connect(addr string) int {
	r.Helper()
	fd, err := r.k.Connect(r.network, nil, r.addr(addr))
	if err != nil {
		r.Fatalf("Connect(%s): %v", addr, err)
	}
	return fd
}

func (r *rig) accept(ln int) (fd int) {
	r.Helper()
	r.retry("Accept", func() (err error) {
		fd, _, err = r.k.Accept(ln)
		return err
	})
	return fd
}

// patience is how long a test waits for what must happen: only what never happens takes so long,
// however busy the machine is.
const patience = time.Minute

// pause lets a little time pass, whatever is ready.
func (r *rig) pause() {
	var events [1]core.Event
	r.idle.Wait(events[:], time.Millisecond)
}

// retry calls f until it has no error, for as long as that is EAGAIN or EINTR.
func (r *rig) retry(what string, f func() error) {
	r.Helper()
	var err error
	for end := r.k.Now().Add(patience); r.k.Now().Before(end); {
		if err = f(); err == nil {
			return
		}
		if err != syscall.EAGAIN && err != syscall.EINTR {
			break
		}
		r.pause()
	}
	r.Fatalf("%s: %v", what, err)
}

func (r *rig) add(fd int, token uint64, want core.Ready) {
	r.Helper()
	if err := r.p.Add(fd, token, want); err != nil {
		r.Fatalf("Add(%d, %d, %05b): %v", fd, token, want, err)
	}
}

func (r *rig) modify(fd int, token uint64, want core.Ready) {
	r.Helper()
	if err := r.p.Modify(fd, token, want); err != nil {
		r.Fatalf("Modify(%d, %d, %05b): %v", fd, token, want, err)
	}
}

func (r *rig) remove(fd int) {
	r.Helper()
	if err := r.p.Remove(fd); err != nil {
		r.Fatalf("Remove(%d): %v", fd, err)
	}
}

func (r *rig) wait(events []core.Event, timeout time.Duration) []core.Event {
	r.Helper()
	n, err := r.p.Wait(events, timeout)
	if err != nil {
		r.Fatalf("Wait(%v): %v", timeout, err)
	}
	if n < 0 || n > len(events) {
		r.Fatalf("Wait stored %d events in %d", n, len(events))
	}
	for i, e := range events[:n] {
		for _, other := range events[:i] {
			if e.Token == other.Token {
				r.Fatalf("Wait reported token %d twice: %+v", e.Token, events[:n])
			}
		}
	}
	return events[:n]
}

// await waits until all of want is reported in one event for token, and returns that event's set.
func (r *rig) await(token uint64, want core.Ready) core.Ready {
	r.Helper()
	var buf [16]core.Event
	var last core.Ready
	for end := r.k.Now().Add(patience); r.k.Now().Before(end); {
		for _, e := range r.wait(buf[:], 10*time.Millisecond) {
			if e.Token != token {
				continue
			}
			if last = e.Ready; last&want == want {
				return last
			}
		}
		r.pause()
	}
	r.Fatalf("token %d was reported as %05b, want %05b", token, last, want)
	return 0
}

// quiet fails if anything is reported for a little while.
func (r *rig) quiet(why string) {
	r.Helper()
	var buf [16]core.Event
	for range 3 {
		if got := r.wait(buf[:], 2*time.Millisecond); len(got) != 0 {
			r.Fatalf("%s: Wait reported %+v, want nothing", why, got)
		}
	}
}

func (r *rig) write(fd int, s string) {
	r.Helper()
	for len(s) > 0 {
		var n int
		r.retry("Write", func() (err error) {
			n, err = r.k.Write(fd, []byte(s))
			return err
		})
		s = s[n:]
	}
}

// read reads n bytes, or as many as come before the end of the stream.
func (r *rig) read(fd, n int) string {
	r.Helper()
	buf := make([]byte, n)
	got := 0
	for got < n {
		var m int
		r.retry("Read", func() (err error) {
			m, err = r.k.Read(fd, buf[got:])
			return err
		})
		if m == 0 {
			break
		}
		got += m
	}
	return string(buf[:got])
}

func (r *rig) expect(fd int, want string) {
	r.Helper()
	if got := r.read(fd, len(want)); got != want {
		r.Fatalf("read %q, want %q", got, want)
	}
}

// expectEnd fails unless the stream has ended.
func (r *rig) expectEnd(fd int) {
	r.Helper()
	if got := r.read(fd, 1); got != "" {
		r.Fatalf("read %q, want the end of the stream", got)
	}
}

func (r *rig) closeWrite(fd int) {
	r.Helper()
	if err := r.k.CloseWrite(fd); err != nil {
		r.Fatalf("CloseWrite: %v", err)
	}
}

func (r *rig) close(fd int) {
	r.Helper()
	if err := r.k.Close(fd); err != nil {
		r.Fatalf("Close(%d): %v", fd, err)
	}
}
