package chat_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
)

// A wire notes what a tap sees.
type wire struct{ seen []string }

func (w *wire) tap(d chat.Direction, p []byte) {
	w.seen = append(w.seen, fmt.Sprintf("%v %q", d, p))
}

func (w *wire) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(w.seen, ", "); got != strings.Join(want, ", ") {
		t.Errorf("the tap saw\n%s, want\n%s", got, strings.Join(want, ", "))
	}
	w.seen = nil
}

func TestTap(t *testing.T) {
	w := &wire{}
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		c.SetTap(w.tap)
		return newEcho(c)
	})
	c.SendString("a line\r\nha")
	w.expect(t, `received "a line\r\nha"`, `sent "a line\r\n"`)
	c.SendString("lf\r\n")
	w.expect(t, `received "lf\r\n"`, `sent "half\r\n"`)
	c.CloseWrite()
	w.expect(t, `received ""`, `sent ""`)
}

// A tap may come late and go early, and costs nothing before and after.
func TestTapIsTaken(t *testing.T) {
	w := &wire{}
	c := chattest.NewConn(t, newEcho)
	c.Do(func() { c.Channel().SetTap(nil) })
	c.SendString("one\r\n")
	w.expect(t)
	c.Do(func() { c.Channel().SetTap(w.tap) })
	c.SendString("two\r\n")
	w.expect(t, `received "two\r\n"`, `sent "two\r\n"`)
	c.Do(func() { c.Channel().SetTap(nil) })
	c.SendString("three\r\n")
	c.CloseWrite()
	w.expect(t)
	c.Channel().SetTap(w.tap) // it is closed
}

// What was sent is what the system has taken; what is dropped has passed all the same.
func TestTapAtTheEnd(t *testing.T) {
	w := &wire{}
	r, h := record(crlf, onFound(func(r *recorder, element string) {
		r.PushString("bye\r\n")
		r.CloseWhenDone()
	}))
	c := chattest.NewConn(t, h)
	c.Do(func() { r.SetTap(w.tap) })
	c.SendString("quit\r\n")
	w.expect(t, `received "quit\r\n"`, `sent "bye\r\n"`, `sent ""`)
	c.SendString("too late\r\n")
	c.CloseWrite()
	w.expect(t, `received "too late\r\n"`, `received ""`)

	r, h = record(crlf)
	c = chattest.NewConn(t, h)
	taken := 0
	c.Do(func() {
		r.SetTap(func(d chat.Direction, p []byte) {
			if d == chat.DirectionSent {
				taken += len(p)
			}
		})
	})
	c.Stall()
	c.Do(func() { r.Push(make([]byte, 50_000)); r.PushString("x"); r.Push(make([]byte, 50_000)) })
	if taken != 64<<10 {
		t.Errorf("the tap saw %d bytes, want the 64 KiB that the system took", taken)
	}
	c.Accept(10_000)
	if want := 64<<10 + 10_000; taken != want {
		t.Errorf("the tap saw %d bytes, want %d", taken, want)
	}
	c.Reset()
	r.CloseWrite()
}

// CloseWrite is an end too, and only once.
func TestTapOfHalfClose(t *testing.T) {
	w := &wire{}
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() { r.SetTap(w.tap); r.PushString("x"); r.CloseWrite() })
	w.expect(t, `sent "x"`, `sent ""`)
	c.SendString("more\r\n")
	c.CloseWrite()
	w.expect(t, `received "more\r\n"`, `received ""`)
}

// The taps of a server; files pass them too.
func TestServerTap(t *testing.T) {
	name, content := randomFile(t, 300_000)
	var mu sync.Mutex
	seen := map[uint64][2]int{}
	addr, _ := serve(t, &chat.Server{
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			file, err := os.Open(name)
			if err != nil {
				t.Error(err)
				return
			}
			p, err := fifo.File(file)
			if err != nil {
				t.Error(err)
			}
			c.PushProducer(p)
			c.CloseWhenDone()
		}),
		Tap: func(c *chat.Channel) chat.Tap {
			id := c.ID()
			return func(d chat.Direction, p []byte) {
				mu.Lock()
				defer mu.Unlock()
				n := seen[id]
				n[d] += len(p)
				seen[id] = n
			}
		}}, "tcp", "127.0.0.1:0")
	for range 2 {
		conn := dial(t, addr)
		conn.Write([]byte("get\n"))
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		if string(got) != string(content) {
			t.Errorf("received %d bytes, want %d, or they differ", len(got), len(content))
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for id, n := range seen {
		if n != [2]int{4, len(content)} {
			t.Errorf("the tap of channel %d saw %d bytes received and sent, want 4, %d", id, n, len(content))
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d channels were tapped, want 2", len(seen))
	}
}

// A tap that panics costs its channel.
func TestTapPanics(t *testing.T) {
	for _, at := range []chat.Direction{chat.DirectionReceived, chat.DirectionSent} {
		r, h := record(crlf, onFound(func(r *recorder, element string) { r.PushString("x") }))
		c := chattest.NewConn(t, h)
		c.Do(func() {
			r.SetTap(func(d chat.Direction, p []byte) {
				if d == at && len(p) > 0 {
					panic("tap")
				}
			})
		})
		c.SendString("\r\n")
		if got := r.count("close panic in a handler: tap"); got != 1 {
			t.Errorf("%v: %s; want it closed", at, r.events())
		}
	}
}
