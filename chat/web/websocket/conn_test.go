package websocket

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func newReader(s string) *bufio.Reader { return bufio.NewReader(strings.NewReader(s)) }

// On every length and place, the fast mask does what the definition says.
func TestMask(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 300)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	for from := range 9 {
		for n := range 200 {
			key, want := r.Uint32(), make([]byte, n)
			for i := range want {
				want[i] = data[from+i] ^ byte(key>>(8*(i%4)))
			}
			got := make([]byte, n)
			next := mask(got, data[from:from+n], key)
			require.Equal(t, want, got)
			require.Equal(t, byte(key>>(8*(n%4))), byte(next), "the key behind %d bytes", n)
			inPlace := bytes.Clone(data[from : from+n])
			mask(inPlace, inPlace, key)
			require.Equal(t, want, inPlace)
		}
	}
}

// What a client sends is masked, and can be read back.
func TestClientMasks(t *testing.T) {
	c := chattest.NewConn(t, echoAll(true))
	c.SendString(down(0x82, strings.Repeat("abc", 100), 0x89, "", 0x81, ""))
	require.Equal(t, up(0x82, strings.Repeat("abc", 100), 0x8A, "", 0x81, ""), string(c.Received()))
	require.NotEqual(t, randomKey(), randomKey())
}

// The limit counts all fragments, and is met as soon as a frame announces too much.
func TestMaxElement(t *testing.T) {
	limited := func(n int64, skip bool) chat.NewHandler {
		return func(c *chat.Channel) chat.Handler {
			c.SetMaxElement(n, skip)
			return open(newEcho)(c)
		}
	}
	tooLong := down(0x88, closing(1009, "message is longer than its limit"))
	for _, tt := range []struct {
		limit      int64
		sent, want string
	}{
		{300, up(0x82, strings.Repeat("x", 300)), down(0x82, strings.Repeat("x", 300))},
		{300, up(0x82, strings.Repeat("x", 301))[:4], tooLong}, // its payload has not come
		{300, up(0x02, strings.Repeat("x", 200), 0x89, "x", 0x80, strings.Repeat("x", 101))[:220],
			down(0x8A, "x") + tooLong},
		{4, up(0x82, "1234", 0x81, "12345"), down(0x82, "1234") + tooLong},
		{4, up(0x02, "123", 0x80, "45"), tooLong},
		{chat.NoLimit, up(0x82, strings.Repeat("x", 200000)), down(0x82, strings.Repeat("x", 200000))},
		{chat.NoLimit, "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + testKey + "hello", ""},
	} {
		for _, skip := range []bool{false, true} {
			// Whether the framer or the matcher has met the limit depends on the split, the answer not.
			for pieces := range chattest.Splits([]byte(tt.sent)) {
				if len(tt.sent) > 400 && len(pieces) > 1 {
					break
				}
				c := chattest.NewConn(t, limited(tt.limit, skip))
				for _, p := range pieces {
					c.Send(p)
				}
				require.Equal(t, tt.want, string(c.Received()), "limit %d, %q", tt.limit, pieces)
			}
		}
	}
	require.ErrorIs(t, &ProtocolError{Code: CodeTooLong}, chat.ErrTooLong)
}

// A session with no method but HandleMessage.
type bare struct{ *Conn }

func (bare) HandleMessage(Kind, []byte) {}

// With the clocks, the shutdown and a panic the peer gets a close frame.
func TestEndsOfOurs(t *testing.T) {
	for _, tt := range []struct {
		what string
		do   func(c *chattest.Conn, conn *Conn)
		code int
		why  error
	}{
		{"idle", func(c *chattest.Conn, _ *Conn) { c.Advance(6 * time.Minute) }, 1001, chat.ErrIdle},
		{"close", func(c *chattest.Conn, conn *Conn) { c.Do(conn.CloseWhenDone) }, 1000, nil},
		{"no code", func(c *chattest.Conn, conn *Conn) {
			c.Do(func() { conn.CloseWith(0, "") })
		}, 0, nil},
		// A message that trickles is one element for the clocks, whatever its fragments.
		{"slow", func(c *chattest.Conn, _ *Conn) {
			c.SendString(up(0x01, "x"))
			for range 40 {
				c.Advance(time.Second)
				c.SendString(up(0x00, "", 0x89, ""))
			}
		}, 1001, chat.ErrTooSlow},
	} {
		var conn *Conn
		c := chattest.NewConn(t, Server(func(c *Conn) Handler { conn = c; return bare{c} }))
		c.SendString(head + "\r\n")
		c.Received()
		tt.do(c, conn)
		want := down(0x88, closing(tt.code, ""))
		if tt.code == 0 {
			want = down(0x88, "")
		}
		require.True(t, strings.HasSuffix(string(c.Received()), want), tt.what)
		c.CloseWrite()
		require.Equal(t, tt.why, c.Reason(), tt.what)
	}
}

// What may not be sent is refused, and nothing of it is sent.
func TestRefusedPushes(t *testing.T) {
	var conn *Conn
	c := chattest.NewConn(t, open(func(c *Conn) Handler { conn = c; return bare{c} }))
	c.Do(func() {
		require.Equal(t, ErrText, conn.PushText("\xff"))
		require.Equal(t, ErrText, conn.Push(Text, []byte("\xed\xa0\x80")))
		require.Equal(t, ErrControl, conn.Ping(make([]byte, 126)))
		for _, code := range []Code{1, 999, 1004, CodeNone, 1006, 1015, 2999, 5000} {
			require.Equal(t, ErrCode, conn.CloseWith(code, ""))
		}
		require.Equal(t, ErrCode, conn.CloseWith(0, "reason"))
		require.Equal(t, ErrCode, conn.CloseWith(1000, "\xff"))
		require.Equal(t, ErrCode, conn.CloseWith(1000, strings.Repeat("x", 124)))
		require.Panics(t, func() { conn.Push(8, nil) })
		require.NoError(t, conn.Push(Text, []byte("\u00b5")))
		conn.CloseWhenDone()
		require.Equal(t, chat.ErrClosed, conn.PushText("late"))
		require.Equal(t, chat.ErrClosed, conn.CloseWith(1000, ""))
	})
	require.Equal(t, down(0x81, "\u00b5", 0x88, closing(1000, "")), string(c.Received()))
}

type crasher struct{ seen []error }

func (c *crasher) HandleMessage(Kind, []byte) { panic("oh") }
func (c *crasher) HandleError(err error)      { c.seen = append(c.seen, err) }
func (c *crasher) HandleClose(err error)      { c.seen = append(c.seen, err) }

func TestPanic(t *testing.T) {
	h := &crasher{}
	c := chattest.NewConn(t, open(func(*Conn) Handler { return h }))
	c.SendString(up(0x81, "x"))
	require.Equal(t, down(0x88, closing(1011, "")), string(c.Received()))
	var p *chat.PanicError
	require.Len(t, h.seen, 2)
	require.ErrorAs(t, h.seen[1], &p)
}

type sink struct {
	drained int
	end     error
}

func (s *sink) HandleMessage(Kind, []byte) {}
func (s *sink) HandleDrained()             { s.drained++ }
func (s *sink) HandleClose(err error)      { s.end = err }

// The optional methods of a handler are called, and a peer that ends without a close frame has
// broken off.
func TestOptionalMethods(t *testing.T) {
	s := &sink{}
	c := chattest.NewConn(t, open(func(c *Conn) Handler { c.PushText("x"); return s }))
	require.Equal(t, 1, s.drained)
	c.CloseWrite()
	require.Equal(t, io.ErrUnexpectedEOF, s.end)
}

// Frames made by Append go to many at once.
func TestAppendForRooms(t *testing.T) {
	room := new(chat.Room)
	newMember := func(c *Conn) Handler { room.Add(c.Channel); return bare{c} }
	c := chattest.NewConn(t, open(newMember))
	c.Do(func() { room.Send(nil, Append(nil, Text, []byte("all"))) })
	require.Equal(t, down(0x81, "all"), string(c.Received()))
}

// Messages cost no allocation. The kernel of the test keeps no large buffers: a large one comes in
// small pieces, and is not sent back.
func TestNoAllocationPerMessage(t *testing.T) {
	for _, stream := range []string{up(0x82, strings.Repeat("x", 32)),
		up(0x01, "a", 0x89, "p", 0x80, "b")} {
		if n := chattest.AllocsPerElement(t, open(newEcho), stream); n != 0 {
			t.Errorf("%v allocations for %q", n, stream)
		}
	}
	got := 0
	c := chattest.NewConn(t, open(Messages(func(_ *Conn, _ Kind, m []byte) { got += len(m) })))
	large := []byte(up(0x81, strings.Repeat("\u00b5", 2500)))
	n := testing.AllocsPerRun(499, func() {
		for piece := range slices.Chunk(large, 400) {
			c.Send(piece)
		}
	})
	require.Equal(t, 500*5000, got)
	require.Zero(t, n)
}

// What an idle connection has besides its channel stays small: 18,000 of them are 5 MB.
func TestSizeOfASession(t *testing.T) {
	if size := unsafe.Sizeof(session{}); size > 208 {
		t.Errorf("a session has %d bytes", size)
	}
}
