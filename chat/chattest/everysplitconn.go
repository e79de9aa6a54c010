package chattest

import (
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// EverySplitConn checks a server that does not use this module: it has its own goroutines, and
// reads and writes a net.Conn. serve is called once for each split of [Splits], on a new goroutine,
// with a new connection in memory. Each Read returns one piece of stream, and the last Read io.EOF.
// The next piece arrives when all goroutines of serve wait. For all splits these must be the same:
// the bytes that the server sends before and after the end of the input, and whether it closes the
// connection and serve returns before or after that end. Otherwise EverySplitConn fails the test,
// with the split, both results and a command that plays this split again.
//
//	func TestEverySplit(t *testing.T) {
//		server := &smtp.Server{...}
//		chattest.EverySplitConn(t, func(conn net.Conn) {
//			server.Serve(chattest.ListenerOf(conn))
//		}, "HELO there\r\nQUIT\r\n")
//	}
//
// Each call of serve runs in a bubble of package testing/synctest, with a virtual clock that starts
// at 2000-01-01 UTC, also for deadlines of the connection. The clock stands still until the stream
// has ended, so no deadline passes between two pieces. One minute after io.EOF the connection
// breaks, with ECONNRESET and EPIPE. One hour later serve and all its goroutines must have ended. A
// panic in serve fails the test too. If the program starts a goroutine once for its whole life, the
// test must start it before.
//
// Every Write to the connection succeeds at once. Its addresses are those of TCP, and it has
// CloseWrite. The calls of serve must not share state, so that each call starts the same.
//
// EverySplitConn returns the output of the server for the whole stream.
func EverySplitConn(t *testing.T, serve func(net.Conn), stream string) string {
	t.Helper()
	return everySplitConn(t, t, serve, stream)
}

// everySplitConn runs its bubbles by t and reports to tb.
func everySplitConn(tb testing.TB, t *testing.T, serve func(net.Conn), stream string) string {
	tb.Helper()
	var whole string
	everyCut(tb, stream, func(d delivery) outcome {
		v := visit{conn: newServerConn()}
		fault := v.inBubble(t, func() { v.play(serve, d.pieces()) })
		if v.fault == "" {
			v.fault = fault
		}
		if d.way == 0 {
			whole = v.sent
		}
		return outcome{lines: v.seen, fault: v.fault}
	})
	return whole
}

// How long a server may go on: after the end of the input, and after the connection.
const (
	afterEOF   = time.Minute
	afterBreak = time.Hour
)

// A visit is one connection to a server.
type visit struct {
	conn     *serverConn
	returned atomic.Bool
	seen     []string
	sent     string
	fault    string
}

// play is the peer of the connection, and runs in the bubble.
func (v *visit) play(serve func(net.Conn), pieces [][]byte) {
	panicked := make(chan string, 1)
	go func() {
		defer v.returned.Store(true)
		defer func() {
			if r := recover(); r != nil {
				panicked <- fmt.Sprintf("the server panics: %v\n%s", r, debug.Stack())
			}
		}()
		serve(v.conn)
	}()
	synctest.Wait()
	for _, p := range pieces {
		v.conn.deliver(p)
		synctest.Wait()
	}
	v.look()
	v.seen = append(v.seen, endOfInput)
	v.conn.finish()
	synctest.Wait()
	v.look()
	if !v.returned.Load() {
		time.Sleep(afterEOF)
		synctest.Wait()
		v.seen = append(v.seen, "a minute later")
		v.look()
	}
	v.conn.breakOff()
	time.Sleep(afterBreak)
	synctest.Wait()
	select {
	case v.fault = <-panicked:
	default:
	}
}

// look notes what the peer sees.
func (v *visit) look() {
	sent, closed := v.conn.take()
	v.seen = appendReceived(v.seen, sent)
	v.sent += string(sent)
	if closed {
		v.seen = append(v.seen, peerSeesEnd)
	}
	if v.returned.Load() {
		v.seen = append(v.seen, "the server has returned")
	}
}

// inBubble runs f in a bubble, and returns what is wrong with its end: goroutines that are left
// there make synctest.Test panic.
func (v *visit) inBubble(t *testing.T, f func()) (fault string) {
	t.Helper()
	var bubble string
	defer func() {
		if r := recover(); r != nil {
			fault = "an hour after its connection has broken, the server still has goroutines:\n" +
				stacksIn(bubble)
		}
	}()
	synctest.Test(t, func(*testing.T) {
		bubble = currentBubble()
		f()
	})
	return ""
}

// currentBubble returns the words that mark a goroutine of this bubble in its stack.
func currentBubble() string {
	var buf [128]byte
	head, _, _ := strings.Cut(string(buf[:runtime.Stack(buf[:], false)]), "]:")
	if _, bubble, ok := strings.Cut(head, ", "); ok {
		return ", " + bubble + "]:"
	}
	return ""
}

// stacksIn returns the stacks of the goroutines in a bubble.
func stacksIn(bubble string) string {
	buf := make([]byte, 1<<20)
	var stacks []string
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if head, _, _ := strings.Cut(g, "\n"); bubble != "" && strings.HasSuffix(head, bubble) {
			stacks = append(stacks, g)
		}
	}
	return strings.Join(stacks, "\n\n")
}
