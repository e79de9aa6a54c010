package chat_test

import (
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

var newEcho = chat.Messages(terminator.String("\r\n"), func(c *chat.Channel, line []byte) {
	c.Push(line)
	c.PushString("\r\n")
})

func TestNoAllocationPerLine(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := chattest.NewConn(t, newEcho)
	in := []byte("a line of text that comes back\r\nand a second one\r\nand a third, cut")
	rest := []byte(" here\r\n")
	c.Send(in)
	c.Send(rest)
	// What the test peer has received grows by doubling, far less than once a round.
	if n := testing.AllocsPerRun(2000, func() { c.Send(in); c.Send(rest) }); n != 0 {
		t.Errorf("%v allocations for three echoed lines, want 0", n)
	}
}

// Nor does a long line, whose memory is not kept while nothing comes.
func TestNoAllocationPerLongLine(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, and empties pools")
	}
	got := 0
	for name, h := range map[string]chat.NewHandler{
		"Messages": chat.Messages(crlf, func(c *chat.Channel, line []byte) { got += len(line) }),
		"Converse": chat.Converse(func(v *chat.Conversation) error {
			for {
				line, err := v.ReadUntil(crlf)
				if err != nil {
					return err
				}
				got += len(line)
			}
		}),
	} {
		c := chattest.NewConn(t, h)
		// Small pieces, since the test's kernel keeps no large buffers.
		const rounds, pieces, size = 500, 10, 400
		piece, end := []byte(strings.Repeat("x", size)), []byte("\r\n")
		got = 0
		n := testing.AllocsPerRun(rounds-1, func() {
			for range pieces {
				c.Send(piece)
			}
			c.Send(end)
		})
		if n != 0 {
			t.Errorf("%s: %v allocations for a line of %d bytes, want 0", name, n, pieces*size)
		}
		if want := rounds * pieces * size; got != want {
			t.Errorf("%s: got %d bytes of lines, want %d", name, got, want)
		}
	}
}

// Nor does one whose terminator is set anew for each line.
func TestNoAllocationPerTerminator(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := chattest.NewConn(t, chat.Messages(crlf, func(c *chat.Channel, _ []byte) {
		c.SetTerminator(crlf)
	}))
	in := []byte("one\r\ntwo\r\n")
	c.Send(in)
	if n := testing.AllocsPerRun(1000, func() { c.Send(in) }); n != 0 {
		t.Errorf("%v allocations for two lines, want 0", n)
	}
}

// Of an idle connection nothing weighs more than its Channel with its Conn, which a server has in
// one piece. One byte above 320 is 352 for the allocator, and 18,000 of them would cost more than
// 512 bytes each, with all that else is there once for each: what few channels need belongs to
// extra.
func TestChannelIsSmall(t *testing.T) {
	n := unsafe.Sizeof(chat.Channel{}) + unsafe.Sizeof(core.Conn{})
	if unsafe.Sizeof(uintptr(0)) == 8 && n > 320 {
		t.Errorf("a connection of a server has %d bytes, want at most 320", n)
	}
}

// A test may make 30,000 connections: each, of which a quarter is a loop of its own, must be small
// until data flows.
func TestConnIsSmall(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const n = 30_000
	conns := make([]*chattest.Conn, n)
	goroutines, before := runtime.NumGoroutine(), heap()
	for i := range conns {
		conns[i] = chattest.NewConn(t, newEcho)
	}
	if each := (heap() - before) / n; each > 4500 {
		t.Errorf("%d bytes a connection, want at most 4500", each)
	} else {
		t.Logf("%d bytes a connection", each)
	}
	if more := runtime.NumGoroutine() - goroutines; more > 0 {
		t.Errorf("%d goroutines", more)
	}
	conns[n-1].SendString("ping\r\n")
	expectReceived(t, conns[n-1], "ping\r\n")
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// What a peer claims costs nothing until it arrives (security class S6).
func TestClaimedLengthsCostNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	const n = 10_000
	claims := []struct {
		t      terminator.Terminator
		header string
	}{
		{terminator.Prefixed(8), "\x7f\xff\xff\xff\xff\xff\xff\x00"},
		{terminator.Netstring(), "9223372036854770000:"},
		{terminator.Varint(), "\xff\xff\xff\xff\xff\xff\xff\x7f"},
	}
	conns := make([]*chattest.Conn, n)
	for i := range conns {
		conns[i] = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			c.SetMaxElement(chat.NoLimit, false)
			c.SetTerminator(claims[i%len(claims)].t)
			return &counter{}
		})
	}
	before := heap()
	for i, c := range conns {
		c.SendString(claims[i%len(claims)].header + "x")
	}
	if each := int64(heap()-before) / n; each > 1<<10 {
		t.Errorf("%d bytes a channel, want less than 1024", each)
	} else {
		t.Logf("%d bytes a channel", each)
	}
	for i, c := range conns {
		if c.Closed() {
			t.Fatalf("channel %d was closed", i)
		}
	}
}

// A protocol that changes its terminator at each element pays for that in no memory.
func TestSetTerminatorAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := chattest.NewConn(t, chat.Messages(terminator.Line(), func(ch *chat.Channel, msg []byte) {
		if len(msg) == 2 {
			ch.SetTerminator(terminator.Line())
		} else {
			ch.SetTerminator(terminator.Length(2))
		}
	}))
	in := []byte("line\r\n42line\n42line\r\n42")
	if n := testing.AllocsPerRun(1000, func() { c.Send(in) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// DiscardBuffers in the function that got a long line leaves it the line: the memory is not lent to
// another channel before the function returns.
func TestLongLineOutlivesDiscard(t *testing.T) {
	x, y := strings.Repeat("x", 2000), strings.Repeat("y", 2000)
	other := chattest.NewConn(t, chat.Messages(crlf, func(*chat.Channel, []byte) {}))
	called := false
	k, loop, settle := simLoop(t) // chattest would lend the function a line of its own
	near, far, err := k.Pair()
	require.NoError(t, err)
	chat.NewChannel(core.NewConn(loop, near), chat.Messages(crlf, func(c *chat.Channel, line []byte) {
		called = true
		c.DiscardBuffers()
		other.Send([]byte(y))
		if string(line) != x {
			t.Errorf("the line became %.10q...", line)
		}
	}))
	k.Write(far, []byte(x+"\r\n"))
	settle()
	if !called {
		t.Error("no line came")
	}
}
