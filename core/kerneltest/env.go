package kerneltest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// An env is a kernel and a poller under test, for one subtest.
type env struct {
	*testing.T
	k        core.Kernel
	p        core.Poller
	idle     core.Poller // watches nothing: its Wait is a pause
	network  string
	vague    bool // as in Options
	patience time.Duration
	dir      string
	names    int
}

func newEnv(t *testing.T, k core.Kernel, network string) *env {
	e := &env{T: t, k: again{k}, network: network}
	e.p, e.idle = e.openPoller(), e.openPoller()
	return e
}

func (e *env) openPoller() core.Poller {
	e.Helper()
	p, err := e.k.OpenPoller()
	if err != nil {
		e.Fatalf("OpenPoller: %v", err)
	}
	e.Cleanup(func() { p.Close() })
	return p
}

// own has fd closed at the end, unless e.close has done it.
func (e *env) own(fd int) int {
	e.Cleanup(func() { e.k.Close(fd) })
	return fd
}

func (e *env) listen() (fd int, addr string) {
	e.Helper()
	return e.listenWith(core.ListenConfig{}, e.free())
}

func (e *env) listenWith(config core.ListenConfig, address string) (fd int, addr string) {
	e.Helper()
	fd, a, err := e.k.Listen(config, e.network, address)
	if err != nil {
		e.Fatalf("Listen(%+v, %s, %s): %v", config, e.network, address, err)
	}
	return fd, a.String()
}

// free returns an address of the network that nobody has.
func (e *env) free() string {
	e.Helper()
	if !strings.HasPrefix(e.network, "unix") {
		return "127.0.0.1:0"
	}
	e.names++
	return filepath.Join(e.tempDir(), strconv.Itoa(e.names))
}

// tempDir is TempDir with a name that is short enough for a Unix socket on every system.
func (e *env) tempDir() string {
	e.Helper()
	if e.dir == "" {
		dir, err := os.MkdirTemp("", "kt")
		if err != nil {
			e.Fatal(err)
		}
		e.Cleanup(func() { os.RemoveAll(dir) })
		e.dir = dir
	}
	return e.dir
}

// pair returns two ends of a connection.
func (e *env) pair() (a, b int) {
	e.Helper()
	a, b = e.openPair()
	return e.own(a), e.own(b)
}

// openPair is pair for a test that closes the ends itself.
func (e *env) openPair() (a, b int) {
	e.Helper()
	ln, addr := e.listen()
	defer e.k.Close(ln)
	a = e.connect(addr)
	return a, e.accept(ln)
}

func (e *env) connect(addr string) int {
	e.Helper()
	fd, err := e.k.Connect(e.network, nil, e.addr(addr))
	if err != nil {
		e.Fatalf("Connect(%s): %v", addr, err)
	}
	return fd
}

func (e *env) accept(ln int) (fd int) {
	e.Helper()
	e.retry("Accept", func() (err error) {
		fd, _, err = e.k.Accept(ln)
		return err
	})
	return fd
}

// patience is how long a test waits for what must happen, unless Options say otherwise: only what
// never happens takes so long, however busy the machine is.
const patience = time.Minute

// pause lets a little time pass, whatever is ready.
func (e *env) pause() {
	var events [1]kernel.Event
	e.idle.Wait(events[:], time.Millisecond)
}

// retry calls f until it has no error, for as long as that is EAGAIN or EINTR.
func (e *env) retry(what string, f func() error) {
	e.Helper()
	var err error
	for end := e.k.Now().Add(e.patience); e.k.Now().Before(end); {
		if err = f(); err == nil {
			return
		}
		if err != syscall.EAGAIN && err != syscall.EINTR {
			break
		}
		e.pause()
	}
	e.Fatalf("%s: %v", what, err)
}

func (e *env) add(fd int, token uint64, want core.Ready) {
	e.Helper()
	if err := e.p.Add(fd, token, want); err != nil {
		e.Fatalf("Add(%d, %d, %05b): %v", fd, token, want, err)
	}
}

func (e *env) modify(fd int, token uint64, want core.Ready) {
	e.Helper()
	if err := e.p.Modify(fd, token, want); err != nil {
		e.Fatalf("Modify(%d, %d, %05b): %v", fd, token, want, err)
	}
}

func (e *env) remove(fd int) {
	e.Helper()
	if err := e.p.Remove(fd); err != nil {
		e.Fatalf("Remove(%d): %v", fd, err)
	}
}

func (e *env) wait(events []kernel.Event, timeout time.Duration) []kernel.Event {
	e.Helper()
	n, err := e.p.Wait(events, timeout)
	if err != nil {
		e.Fatalf("Wait(%v): %v", timeout, err)
	}
	if n < 0 || n > len(events) {
		e.Fatalf("Wait stored %d events in %d", n, len(events))
	}
	for i, ev := range events[:n] {
		for _, other := range events[:i] {
			if ev.Token == other.Token {
				e.Fatalf("Wait reported token %d twice: %+v", ev.Token, events[:n])
			}
		}
	}
	return events[:n]
}

// await waits until all of want is reported in one event for token, and returns that event's set.
func (e *env) await(token uint64, want core.Ready) core.Ready {
	e.Helper()
	return e.awaitThat(token, want, func(r core.Ready) bool { return r&want == want })
}

func (e *env) awaitThat(token uint64, want core.Ready, enough func(core.Ready) bool) core.Ready {
	e.Helper()
	var buf [16]kernel.Event
	var last core.Ready
	for end := e.k.Now().Add(e.patience); e.k.Now().Before(end); {
		for _, ev := range e.wait(buf[:], 10*time.Millisecond) {
			if ev.Token != token {
				continue
			}
			if last = ev.Ready; enough(last) {
				return last
			}
		}
		e.pause()
	}
	e.Fatalf("token %d was reported as %05b, want %05b", token, last, want)
	return 0
}

// quiet fails if anything is reported for a little while.
func (e *env) quiet(why string) {
	e.Helper()
	var buf [16]kernel.Event
	for range 3 {
		if got := e.wait(buf[:], 2*time.Millisecond); len(got) != 0 {
			e.Fatalf("%s: Wait reported %+v, want nothing", why, got)
		}
	}
}

func (e *env) write(fd int, s string) {
	e.Helper()
	for len(s) > 0 {
		var n int
		e.retry("Write", func() (err error) {
			n, err = e.k.Write(fd, []byte(s))
			return err
		})
		s = s[n:]
	}
}

// read reads n bytes, or as many as come before the end of the stream.
func (e *env) read(fd, n int) string {
	e.Helper()
	buf := make([]byte, n)
	got := 0
	for got < n {
		var m int
		e.retry("Read", func() (err error) {
			m, err = e.k.Read(fd, buf[got:])
			return err
		})
		if m == 0 {
			break
		}
		got += m
	}
	return string(buf[:got])
}

func (e *env) expect(fd int, want string) {
	e.Helper()
	if got := e.read(fd, len(want)); got != want {
		e.Fatalf("read %q, want %q", got, want)
	}
}

// expectEnd fails unless the stream has ended.
func (e *env) expectEnd(fd int) {
	e.Helper()
	if got := e.read(fd, 1); got != "" {
		e.Fatalf("read %q, want the end of the stream", got)
	}
}

func (e *env) closeWrite(fd int) {
	e.Helper()
	if err := e.k.CloseWrite(fd); err != nil {
		e.Fatalf("CloseWrite: %v", err)
	}
}

func (e *env) close(fd int) {
	e.Helper()
	if err := e.k.Close(fd); err != nil {
		e.Fatalf("Close(%d): %v", fd, err)
	}
}
