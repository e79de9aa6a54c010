//go:build linux

package chat_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

var (
	idleState      = heldState{name: "idle", peer: sends("x\r\n")}
	securedState   = heldState{name: "secured", tls: true, peer: handshaken(0, nil)}
	throttledState = heldState{name: "throttled", handler: answersOf(2000),
		peer: func(t *testing.T, c net.Conn) {
			c.(*net.TCPConn).SetReadBuffer(4 << 10)
			sends(strings.Repeat("\r\n", 200))(t, c)
		}}
	worksState = heldState{name: "input while work is in flight", peer: sends("x\r\n" + manyX),
		handler: chat.Messages(crlf, func(c *chat.Channel, _ []byte) {
			c.Go(func() func() { select {} })
		})}
)

// residentStates are those in which a peer can leave as many connections as it likes.
func residentStates() []heldState {
	var all []heldState
	for _, s := range heldStates {
		if slices.Contains(hostile, s.name) {
			all = append(all, s)
		}
	}
	return append(all, throttledState, worksState)
}

// W6: what the statistics say that 1,500 hostile connections hold is what the resident memory of
// the server grows by, beside idle connections, within a factor of 1.5; and MaxTotalBuffered bounds
// it. The server is a process of its own with the usual GOGC and without GOMEMLIMIT. What it has
// freed it gives back before it is measured (debug.FreeOSMemory): garbage is not held.
func TestHeldIsResident(t *testing.T) {
	if raceEnabled || !full {
		t.Skip("of a few connections resident memory tells nothing")
	}
	const bound = 1.5
	idle := resident(t, idleState, 0).taken
	secured := resident(t, securedState, 0).taken
	for _, state := range residentStates() {
		t.Run(state.name, func(t *testing.T) {
			before := idle
			if state.secured {
				before = secured
			}
			now := resident(t, state, 0)
			now.taken -= before
			ratio := float64(now.taken) / float64(now.held)
			t.Logf("%d bytes are taken, %d are said to be held: %.2f", now.taken, now.held, ratio)
			if ratio > bound || ratio < 1/bound {
				t.Error("that is too far from each other")
			}
			// The system may take more of the answers to one crowd than of those to another; at the
			// low-water mark a channel stays above 4 KiB.
			limit := min(now.held/3, 1500*4<<10*2/3)
			now = resident(t, state, limit)
			now.taken -= before
			t.Logf("bounded to %d, %d are taken, %d are said to be held; %d connections are closed",
				limit, now.taken, now.held, now.closed)
			most := 1.2 * float64(limit)
			if float64(now.held) > most || float64(now.taken) > most*max(1, ratio) || now.closed == 0 {
				t.Error("MaxTotalBuffered is no bound")
			}
		})
	}
}

// memory is what a server takes and says that it holds.
type memory struct{ taken, held, closed int }

// resident has another process serve 1,500 connections in a state.
func resident(t *testing.T, state heldState, limit int) memory {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GOGC=100", "GOMEMLIMIT=off", "CHAT_TEST_ROLE=holds",
		"CHAT_TEST_STATE="+state.name, "CHAT_TEST_LIMIT="+strconv.Itoa(limit))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	defer in.Close()
	answers := bufio.NewScanner(out)
	require.True(t, answers.Scan())
	addr := answers.Text()
	var open []net.Conn
	connect := func(n int) {
		for range n {
			c, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			open = append(open, c)
			state.peer(t, c)
		}
	}
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	measure := func() (m memory) {
		fmt.Fprintln(in, "measure")
		require.True(t, answers.Scan())
		_, err := fmt.Sscan(answers.Text(), &m.held, &m.closed)
		require.NoError(t, err)
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", cmd.Process.Pid))
		require.NoError(t, err)
		pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
		require.NoError(t, err)
		m.taken = pages * os.Getpagesize()
		return m
	}
	connect(30)
	before := measure()
	connect(1500)
	now := measure()
	return memory{now.taken - before.taken, now.held - before.held, now.closed}
}

func init() { children["holds"] = holds }

// holds is what the test binary does as the child of resident: it serves, and answers each line of
// its input with what is held, once it has nothing else to do.
func holds() {
	states := append(residentStates(), idleState, securedState)
	state := states[slices.IndexFunc(states, func(s heldState) bool {
		return s.name == os.Getenv("CHAT_TEST_STATE")
	})]
	limit, _ := strconv.Atoi(os.Getenv("CHAT_TEST_LIMIT"))
	state.limit = int64(limit)
	s := state.newServer()
	l, err := s.Listen()
	if err != nil {
		fmt.Println(err)
		return
	}
	go s.Serve(l)
	fmt.Println(l.Addr())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		turns, same := uint64(0), 0
		for range time.Tick(5 * time.Millisecond) {
			if now := s.Stats().Loops.Turns; now != turns {
				turns, same = now, 0
			} else if same++; same == 10 {
				break
			}
		}
		for range 3 { // pools keep for two
			runtime.GC()
		}
		debug.FreeOSMemory()
		st := s.Stats()
		fmt.Println(st.Buffered, st.Closed[chat.ReasonOverloaded])
	}
}
