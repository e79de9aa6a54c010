package chat_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// A threadWorld turns the loop of one Threaded function, on a clock that it sets. The function runs
// on a goroutine of its own all the same, so every step waits until something is so.
type threadWorld struct {
	*testing.T
	k    *simkernel.Kernel
	loop *core.Loop
	near int
	far  int
	c    *chat.Channel
	sent []byte // by the function
}

func newThreadWorld(
	t *testing.T, l chat.Limits, f func(v *chat.Conversation) error,
) *threadWorld {
	t.Helper()
	k, loop, _ := simLoop(t)
	near, far, err := k.Pair()
	require.NoError(t, err)
	w := &threadWorld{T: t, k: k, loop: loop, near: near, far: far}
	w.c = chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
		c.SetLimits(l)
		return chat.Threaded(f)(c)
	})
	return w
}

// turn makes one turn, and takes what the function has sent.
func (w *threadWorld) turn() {
	_, err := w.loop.Poll(0)
	require.NoError(w, err)
	buf := make([]byte, 1000)
	for n, err := w.k.Read(w.far, buf); err == nil && n > 0; n, err = w.k.Read(w.far, buf) {
		w.sent = append(w.sent, buf[:n]...)
	}
	runtime.Gosched()
}

func (w *threadWorld) until(what string, is func() bool) {
	w.Helper()
	for end := time.Now().Add(patience); !is(); w.turn() {
		if time.Now().After(end) {
			w.Fatalf("it never comes to this: %s; sent %.99q", what, w.sent)
		}
	}
}

func (w *threadWorld) expect(want string) {
	w.Helper()
	w.until(fmt.Sprintf("%q is sent", want), func() bool { return len(w.sent) >= len(want) })
	require.Equal(w, want, string(w.sent))
}

// send sends s, and waits until the loop has read it.
func (w *threadWorld) send(s string) {
	w.Helper()
	_, err := w.k.Write(w.far, []byte(s))
	require.NoError(w, err)
	w.until(fmt.Sprintf("%q is read", s), func() bool { return w.k.Buffered(w.near) == 0 })
}

// closed ends what the peer sends, too, and waits for the end.
func (w *threadWorld) closed() {
	w.Helper()
	w.k.CloseWrite(w.far)
	w.until("the channel is closed", w.c.Closed)
	w.turn()
}

// received waits for something that the function tells, while the loop turns.
func received[T any](w *threadWorld, from <-chan T) (got T) {
	w.Helper()
	w.until("the function tells something", func() bool {
		select {
		case got = <-from:
			return true
		default:
			return false
		}
	})
	return got
}

// What a function on a goroutine sees does not depend on how the stream is split: all framings, in
// two pieces at each place, and byte by byte.
func TestThreadedSplits(t *testing.T) {
	in := "a\r\n+bc\r\n123456x\r\n\r\ry\r\n;z;" + strings.Repeat("l", 70) + "\r\nrest"
	const want = `"a" <nil>,"+bc" <nil>,"123" <nil>,"456" <nil>,"x" <nil>,"\r\ry" <nil>,"" <nil>,` +
		`"z" <nil>,"" chat: element is longer than its limit,"rest" unexpected EOF,"" EOF,`
	f := func(v *chat.Conversation) error {
		say := func(p []byte, err error) { v.Printf("%q %v,", p, err) }
		line := func() { s, err := v.ReadLine(); say([]byte(s), err) }
		line()
		line()
		say(v.ReadUntil(terminator.Length(3)))
		three := make([]byte, 3)
		n, err := v.ReadFull(three)
		say(three[:n], err)
		line()
		say(v.ReadUntil(terminator.String("\r\n")))
		say(v.ReadUntil(terminator.String(";")))
		say(v.ReadElement())
		line()
		line()
		line()
		return nil
	}
	play := func(pieces ...string) {
		w := newThreadWorld(t, chat.Limits{MaxElement: 64, SkipTooLong: true}, f)
		for _, p := range pieces {
			w.send(p)
		}
		w.closed()
		require.Equal(t, strings.ReplaceAll(want, "chat: element is longer than its limit",
			chat.ErrTooLong.Error()), string(w.sent), "%q", pieces)
	}
	for i := range len(in) {
		play(in[:i], in[i:])
	}
	play(strings.Split(in, "")...)
}

// What the function has written comes before what is pushed to the channel afterwards, by a post, a
// broadcast, or anybody on the loop who knows that it was written; and what it writes after a post
// or a broadcast comes behind that.
func TestThreadedOrder(t *testing.T) {
	told, pushed := make(chan bool), make(chan bool)
	w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
		c := v.Channel()
		for range 100 {
			v.WriteString("a")
			c.Post(func() { c.PushString("b") })
			v.WriteString("c")
			v.WriteString("d")
			chat.Broadcast([]*chat.Channel{c}, []byte("e"))
			v.WriteString("f")
			told <- true
			v.WriteString("g") // not a word of that to the loop, which does not turn
			pushed <- true
			<-pushed
			v.WriteString("i")
			if err := v.Sleep(0); err != nil {
				return err
			}
		}
		v.WriteString(".")
		return nil
	})
	for range 100 {
		received(w, told)
		<-pushed
		w.c.PushString("h")
		pushed <- true
	}
	w.closed()
	require.Equal(t, strings.Repeat("abcdefghi", 100)+".", string(w.sent))
}

// A function that writes and then blocks has written: the loop does not wait for it to come back.
func TestThreadedBlocksBehindAWrite(t *testing.T) {
	gate := make(chan bool)
	w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
		v.WriteString("1")
		<-gate
		v.WriteString("2")
		<-gate
		v.ReadLine()
		<-gate
		v.WriteString("3")
		gate <- true
		<-gate
		return nil
	})
	w.k.Advance(time.Millisecond)
	w.expect("1")
	gate <- true // the loop does not look any more by itself
	w.expect("12")
	w.k.Advance(time.Second)
	w.turn() // nobody is looked after any more
	gate <- true
	w.send("x\r\n")
	w.turn()
	gate <- true
	<-gate
	w.k.Advance(time.Millisecond)
	w.turn()
	w.turn()
	require.Equal(t, "123", string(w.sent))
	gate <- true
	w.closed()
}

// A peer that does not read stops the function, and one that reads again lets it go on.
func TestThreadedWaitsForRoom(t *testing.T) {
	const all = 1 << 20
	var written atomic.Int64
	w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
		for written.Load() < all {
			n, err := v.Write(make([]byte, 1000))
			if err != nil {
				return err
			}
			written.Add(int64(n))
		}
		return nil
	})
	for range 500 { // in which it could write all
		_, err := w.loop.Poll(0)
		require.NoError(t, err)
		runtime.Gosched()
	}
	require.Less(t, written.Load(), int64(simkernel.Window+3*chat.DefaultLimits().HighWater))
	w.closed()
	for before := -1; before < len(w.sent); w.turn() {
		before = len(w.sent)
	}
	require.Equal(t, written.Load(), int64(len(w.sent)))
}

// A function that does not read stops the peer. What it has been given, and has not consumed, is
// held, and what it has consumed is not.
func TestThreadedHoldsInput(t *testing.T) {
	k, loop, _ := simLoop(t)
	gate, took := make(chan bool), make(chan string, 1)
	server := &chat.Server{Limits: withoutClocks(chat.Limits{}),
		Handler: chat.Threaded(func(v *chat.Conversation) error {
			v.ReadLine()
			<-gate
			n := 0
			for range v.Lines() {
				n++
			}
			took <- fmt.Sprint(n)
			<-gate
			return nil
		})}
	ln, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, server.Start(ln, loop))
	far, err := k.Connect("tcp", nil, ln.Addr())
	require.NoError(t, err)
	w := &threadWorld{T: t, k: k, loop: loop, far: far}
	const lines = 100_000
	rest := []byte(strings.Repeat("x\r\n", lines))
	w.until("the connection is made", func() bool { return server.Stats().Connections == 1 })
	write := func() bool {
		n, _ := k.Write(far, rest)
		rest = rest[n:]
		return n == 0
	}
	w.until("no more is read", func() bool {
		for range 10 {
			w.turn()
		}
		return write() && server.Stats().Read > 0
	})
	st := server.Stats()
	require.Less(t, st.Read, uint64(70_000))
	require.GreaterOrEqual(t, st.Buffered, int64(st.Read)-3)
	gate <- true
	w.until("all is read", func() bool { write(); return len(rest) == 0 })
	require.NoError(t, k.CloseWrite(far))
	require.Equal(t, fmt.Sprint(lines-1), received(w, took))
	w.turn()
	w.until("nothing is held", func() bool {
		k.Advance(time.Millisecond)
		return server.Stats().Buffered == 0
	})
	gate <- true
	w.until("it is closed", func() bool { return server.Stats().Connections == 0 })
}

// A function that waits keeps no memory for its input, but for a moment.
func TestThreadedIdleHoldsNothing(t *testing.T) {
	k, loop, _ := simLoop(t)
	server := &chat.Server{Handler: chat.Threaded(func(v *chat.Conversation) error {
		for line := range v.Lines() {
			v.WriteString(line)
		}
		return nil
	})}
	ln, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, server.Start(ln, loop))
	far, err := k.Connect("tcp", nil, ln.Addr())
	require.NoError(t, err)
	w := &threadWorld{T: t, k: k, loop: loop, far: far}
	for i := range 3 {
		k.Write(far, []byte("a\r\n"))
		w.expect(strings.Repeat("a", i+1))
	}
	w.until("nothing is held", func() bool {
		k.Advance(time.Millisecond)
		return server.Stats().Buffered == 0
	})
	require.Equal(t, 1, server.Stats().Connections)
	require.NoError(t, k.CloseWrite(far))
	w.until("it is closed", func() bool { return server.Stats().Connections == 0 })
}

// A close ends what the function waits for, in the middle of an element, and what it does
// afterwards, also if there are elements that it could still read.
func TestThreadedClosed(t *testing.T) {
	for _, in := range []string{"begun", "one\r\ntwo\r\n"} {
		gate, told := make(chan bool), make(chan error, 4)
		w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
			line, err := v.ReadLine()
			told <- err
			if err == nil {
				<-gate
				line, err = v.ReadLine()
				told <- err
			}
			_, writeErr := v.WriteString(line)
			told <- writeErr
			told <- v.Flush()
			return err
		})
		w.send(in)
		if strings.HasSuffix(in, "\r\n") {
			require.NoError(t, received(w, told))
		}
		w.c.Close()
		w.turn()
		w.turn()
		close(gate)
		for range 3 {
			require.ErrorIs(t, received(w, told), net.ErrClosed)
		}
	}
}

// A deadline in the middle of an element loses nothing.
func TestThreadedDeadline(t *testing.T) {
	told, begun := make(chan string, 1), make(chan bool, 1)
	w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
		v.SetReadDeadline(v.Now().Add(time.Second))
		begun <- true
		line, err := v.ReadLine()
		told <- fmt.Sprintf("%q %t %q", line, errors.Is(err, os.ErrDeadlineExceeded), v.Rest())
		v.SetReadDeadline(time.Time{})
		line, err = v.ReadLine()
		told <- fmt.Sprintf("%q %v", line, err)
		return nil
	})
	received(w, begun)
	w.send("abc")
	w.until("the deadline comes", func() bool { w.k.Advance(time.Second); return len(told) > 0 })
	require.Equal(t, `"" true "abc"`, received(w, told))
	w.send("def\r\n")
	require.Equal(t, `"abcdef" <nil>`, received(w, told))
}

// The time of a function is not the peer's: while it does not ask, neither an element that has
// begun is too slow, nor the peer idle. While it asks, they are.
func TestThreadedClocks(t *testing.T) {
	for _, test := range []struct {
		in   string
		want error
	}{{"one\r\ntw", chat.ErrTooSlow}, {"one\r\n", chat.ErrIdle}} {
		gate, told := make(chan bool), make(chan error, 2)
		w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
			_, err := v.ReadLine()
			told <- err
			<-gate
			_, err = v.ReadLine()
			told <- err
			return err
		})
		w.send(test.in)
		require.NoError(t, received(w, told))
		w.k.Advance(10 * time.Hour)
		w.turn()
		w.turn()
		require.False(t, w.c.Closed())
		close(gate)
		w.until("its time is up", func() bool { w.k.Advance(time.Second); return w.c.Closed() })
		require.ErrorIs(t, received(w, told), test.want)
	}
}

// A shutdown lets a function end the element that it waits for, and no more: not what has come
// already behind the last one.
func TestThreadedShutdown(t *testing.T) {
	for in, want := range map[string]string{
		"one\r\ntwo\r\n": "one.", "one\r\n": "one.", "th": "three.",
	} {
		k, loop, _ := simLoop(t)
		gate, begun, told := make(chan bool), make(chan bool, 9), make(chan error, 1)
		server := &chat.Server{Handler: chat.Threaded(func(v *chat.Conversation) error {
			for {
				line, err := v.ReadLine()
				if err != nil {
					told <- err
					return err
				}
				v.WriteString(line + ".")
				begun <- true
				<-gate
			}
		})}
		ln, err := k.NewListener("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, server.Start(ln, loop))
		far, err := k.Connect("tcp", nil, ln.Addr())
		require.NoError(t, err)
		w := &threadWorld{T: t, k: k, loop: loop, far: far}
		w.until("the connection is made", func() bool { return server.Stats().Connections == 1 })
		_, err = k.Write(far, []byte(in))
		require.NoError(t, err)
		w.until("it is read", func() bool { return server.Stats().Read == uint64(len(in)) })
		if strings.HasSuffix(in, "\r\n") {
			received(w, begun)
		}
		server.BeginShutdown()
		for range 5 { // the channel hears of it in the third
			w.turn()
		}
		close(gate)
		k.Write(far, []byte("ree\r\n"))
		require.NoError(t, k.CloseWrite(far))
		require.ErrorIs(t, received(w, told), net.ErrClosed, "%q", in)
		w.until("it is closed", func() bool { return server.Stats().Connections == 0 })
		require.Equal(t, want, string(w.sent), "%q", in)
	}
}

// An echo of lines takes no memory for each of them.
func TestThreadedAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, and empties pools")
	}
	w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
		for {
			line, err := v.ReadUntil(terminator.Line())
			if err != nil {
				return err
			}
			v.Write(line)
			v.WriteString("\r\n")
		}
	})
	in, buf := []byte("a line\r\nand another\r\n"), make([]byte, 100)
	n := testing.AllocsPerRun(1000, func() {
		w.k.Write(w.far, in)
		for got := 0; got < len(in); runtime.Gosched() {
			w.loop.Poll(0)
			if n, err := w.k.Read(w.far, buf); err == nil {
				got += n
			}
		}
	})
	require.Less(t, n, 0.5)
}
