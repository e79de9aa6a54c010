//go:build unix && !aix

package core_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// full says that heavy proofs run whole instead of at a tenth.
var full = os.Getenv("ASYNCHAT_FULL") != ""

func init() { roles["crowd"] = crowd }

// crowd is a child that holds connections to an address: a process may not have enough descriptors
// for both ends.
func crowd() {
	n, _ := strconv.Atoi(os.Getenv("CORE_TEST_N"))
	var conns []net.Conn
	for range n {
		c, err := net.Dial("tcp", os.Getenv("CORE_TEST_ADDR"))
		if err != nil {
			fmt.Println(err)
			return
		}
		conns = append(conns, c)
	}
	fmt.Println("all")
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(conns) // or they would be closed as garbage
}

// cpuTime returns the CPU time that this process has used.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// idle returns a loop with n idle connections and a function that measures the CPU time of some
// turns, in each of which one more connection is ready.
func idle(w *world, n int) (turns func() time.Duration) {
	w.Helper()
	ln, conns := w.listen()
	cmd := child(w.T, "CORE_TEST_N="+strconv.Itoa(n), "CORE_TEST_ADDR="+ln.Addr().String())
	cmd.Env = append(cmd.Env, "CORE_TEST_ROLE=crowd")
	stdin, err := cmd.StdinPipe()
	require.NoError(w, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(w, err)
	require.NoError(w, cmd.Start())
	w.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	h := &handler{}
	attached := 0
	for end := time.Now().Add(patience); len(*conns) < n && time.Now().Before(end); {
		w.l.Poll(100 * time.Millisecond)
		for ; attached < len(*conns); attached++ {
			require.NoError(w, (*conns)[attached].Attach(h, core.Readable))
		}
	}
	said, _ := bufio.NewReader(stdout).ReadString('\n')
	require.Equal(w, "all\n", said)
	require.Len(w, *conns, n)

	one := &handler{}
	c, far := w.watched(one, core.Readable)
	one.read = func() { c.Recv(w.l.ReadBuffer()) }
	return func() time.Duration {
		start := cpuTime()
		for range 200 {
			w.send(far, "x")
			calls, err := w.l.Poll(patience)
			for calls == 0 && err == nil { // a signal may end a wait
				calls, err = w.l.Poll(patience)
			}
			if calls != 1 || err != nil {
				w.Errorf("the turn made %d callbacks, %v, want 1", calls, err)
			}
		}
		return cpuTime() - start
	}
}

// B2: a turn with one ready connection costs the same beside 18,000 idle ones as beside 20. poll(2)
// has to be told of all of them each time, and is left out.
func TestTurnBesideIdleConnections(t *testing.T) {
	if core.Pollers()[0] == "poll" {
		t.Skip("poll is the only mechanism here")
	}
	many := 18000
	if !full {
		many /= 10
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil ||
		uint64(limit.Cur) < uint64(many)+200 {
		t.Skipf("no more than %d descriptors", limit.Cur)
	}
	k, err := core.System(core.Pollers()[0])
	require.NoError(t, err)
	few, crowded := idle(newWorld(t, k), 20), idle(newWorld(t, k), many)
	var ratio float64
	for range 5 { // CPU time has noise too, of caches
		a, b := patience, patience
		for range 10 {
			a, b = min(a, few()), min(b, crowded())
		}
		ratio = float64(b) / float64(a)
		t.Logf("200 turns beside 20 idle connections: %v, beside %d: %v, ratio %.2f", a, many, b, ratio)
		if ratio < 1.3 {
			return
		}
	}
	t.Errorf("a turn beside %d idle connections costs %.2f times one beside 20, want at most 1.3",
		many, ratio)
}

// B17 and its six CVEs: a storm of connections that are reset at once leaves no descriptor and no
// work behind.
func TestResetStorm(t *testing.T) {
	storm := 50000
	if !full {
		storm /= 10
	}
	onSystem(t, func(w *world) {
		accepted, closed := 0, 0
		var ln *core.Listener
		ln, err := core.Listen(w.l, "tcp", "127.0.0.1:0", &handler{accepted: func(c *core.Conn) {
			accepted++
			h := &handler{closed: func(error) { closed++ }}
			h.read = func() {
				if _, err := c.Recv(w.l.ReadBuffer()); err != nil {
					c.CloseWith(err)
				}
			}
			c.Attach(h, core.Readable)
		}})
		require.NoError(w, err)
		before := len(descriptors())
		w.k.total()
		for range storm / 50 {
			for range 50 {
				fd, err := w.k.Kernel.Connect("tcp", nil, ln.Addr())
				require.NoError(w, err)
				require.NoError(w, w.k.Kernel.SetOption(fd, core.Linger, 0))
				w.k.Kernel.Close(fd)
			}
			w.turn()
		}
		w.until("the end of the storm", func() bool { return accepted == closed && w.turn() == 0 })
		turns := w.k.total("Wait")
		if after := len(descriptors()); after != before || w.l.Len() != 1 {
			w.Errorf("%d descriptors before the storm, %d after it; %d dispatchers, want 1", before, after,
				w.l.Len())
		}
		if turns > storm/10 {
			w.Errorf("%d turns for %d connections", turns, storm)
		}
		w.Logf("%d of %d were still there to be accepted; %d turns", accepted, storm, turns)
		w.client(ln)
		w.until("one that stays", func() bool { return accepted == closed+1 })
		if n := w.turn(); n != 0 {
			w.Errorf("an idle loop makes %d callbacks", n)
		}
		ln.Close()
	})
}

// B11: with 10,000 connections ready and one that floods, each of them has its turn before the
// flood has a second one beyond what a batch of events allows.
func TestFairness(t *testing.T) {
	const ready = 10000
	w := simulated(t)
	reads := make([]int, ready)
	floods := 0
	flooding, far := w.watched(&handler{}, 0)
	require.NoError(t, flooding.Attach(&handler{read: func() {
		floods++
		flooding.Recv(make([]byte, 16))
	}}, core.Readable))
	flood := make([]byte, 16)
	for range 500 {
		_, err := w.k.Kernel.Write(far, flood)
		require.NoError(t, err)
	}
	for i := range ready {
		a, b, err := w.sim.Pair()
		require.NoError(t, err)
		c := core.NewConn(w.l, a)
		require.NoError(t, c.Attach(&handler{read: func() {
			reads[i]++
			c.Recv(w.l.ReadBuffer())
		}}, core.Readable))
		w.k.Kernel.Write(b, []byte("x"))
		w.own(b)
	}
	turns := 0
	for slices.Contains(reads, 0) && turns < 1000 {
		w.turn()
		turns++
	}
	if turns > 20 || floods > turns {
		t.Errorf("%d connections had their turn after %d turns of the loop, the flood had %d; "+
			"want 20 at most, and one a turn", ready, turns, floods)
	}
}
