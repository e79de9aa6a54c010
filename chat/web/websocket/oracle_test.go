package websocket

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A wire is frames as they are sent, made by the simplest code that there is.
type wire struct {
	first byte   // FIN, reserved bits, opcode
	key   string // "": not masked
	text  string
	pad   int // bytes of the length field: 0 for the least, 2 or 8
}

func (w wire) String() string {
	maskBit, payload := byte(0), []byte(w.text)
	if w.key != "" {
		maskBit = 0x80
		for i := range payload {
			payload[i] ^= w.key[i%4]
		}
	}
	n, head := len(payload), ""
	switch {
	case w.pad == 8 || w.pad == 0 && n > 65535:
		head = string([]byte{w.first, maskBit | 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16),
			byte(n >> 8), byte(n)})
	case w.pad == 2 || w.pad == 0 && n > 125:
		head = string([]byte{w.first, maskBit | 126, byte(n >> 8), byte(n)})
	default:
		head = string([]byte{w.first, maskBit | byte(n)})
	}
	return head + w.key + string(payload)
}

const testKey = "\x37\xfa\x21\x3d" // of the examples in RFC 6455

// up returns frames as a client sends them: the first byte of each, and its payload.
func up(frames ...any) string { return framed(testKey, frames) }

// down returns frames as a server sends them.
func down(frames ...any) string { return framed("", frames) }

func framed(key string, frames []any) string {
	all := ""
	for i := 0; i < len(frames); i += 2 {
		all += wire{first: byte(frames[i].(int)), key: key, text: frames[i+1].(string)}.String()
	}
	return all
}

// closing is the payload of a close frame.
func closing(code int, reason string) string { return be16(code) + reason }

func be16(n int) string { return string([]byte{byte(n >> 8), byte(n)}) }

// mayBeText reports whether something can be put behind s that makes it UTF-8: by the table of
// RFC 3629, section 4.
func mayBeText(s string) (whole, may bool) {
	ranges := map[byte][2]byte{0xE0: {0xA0, 0xBF}, 0xED: {0x80, 0x9F}, 0xF0: {0x90, 0xBF},
		0xF4: {0x80, 0x8F}}
	for i := 0; i < len(s); {
		b, more := s[i], 0
		switch {
		case b < 0x80:
		case b >= 0xC2 && b <= 0xDF:
			more = 1
		case b >= 0xE0 && b <= 0xEF:
			more = 2
		case b >= 0xF0 && b <= 0xF4:
			more = 3
		default:
			return false, false
		}
		for j := 1; j <= more; j++ {
			if i+j == len(s) {
				return false, true
			}
			r := [2]byte{0x80, 0xBF}
			if special, ok := ranges[b]; ok && j == 1 {
				r = special
			}
			if c := s[i+j]; c < r[0] || c > r[1] {
				return false, false
			}
		}
		i += more + 1
	}
	return true, true
}

// An oracle reads all that a client sends to an echo server at once, and says what comes back and
// why it ends; "" if it does not.
type oracle struct {
	limit   int
	out     strings.Builder
	message byte
	text    string
}

func (o *oracle) fail(code int, why string) string {
	o.out.WriteString(down(0x88, closing(code, "")+why))
	return fmt.Sprint(code)
}

func (o *oracle) read(s string) string {
	for len(s) > 0 {
		op, fin := s[0]&15, s[0]&0x80 != 0
		switch {
		case s[0]&0x70 != 0:
			return o.fail(1002, "reserved bits are set")
		case op > 2 && op < 8 || op > 10:
			return o.fail(1002, "unknown opcode")
		case op >= 8 && !fin:
			return o.fail(1002, "control frame in fragments")
		case op == 0 && o.message == 0:
			return o.fail(1002, "continuation of nothing")
		case op != 0 && op < 8 && o.message != 0:
			return o.fail(1002, "message within another one")
		case len(s) < 2:
			return ""
		case s[1]&0x80 == 0:
			return o.fail(1002, "frame is masked by a server, or not by a client")
		}
		size, n := 0, uint64(s[1]&0x7F)
		switch {
		case n > 125 && op >= 8:
			return o.fail(1002, "control frame of more than 125 bytes")
		case n == 126:
			size = 2
		case n == 127:
			size = 8
		}
		if len(s) < 2+size {
			return ""
		}
		if size > 0 {
			n = 0
			for _, b := range []byte(s[2 : 2+size]) {
				n = n<<8 | uint64(b)
			}
		}
		if size == 2 && n < 126 {
			return o.fail(1002, "length in more bytes than it needs")
		} else if size == 8 && (n < 65536 || n>>63 > 0) {
			return o.fail(1002, "length in more bytes than it needs, or negative")
		}
		if op < 8 && n+uint64(len(o.text)) > uint64(o.limit) {
			return o.fail(1009, "message is longer than its limit")
		}
		if s = s[2+size:]; len(s) < 4 {
			return ""
		}
		key, payload := s[:4], []byte(s[4:min(len(s), 4+int(n))])
		for i := range payload {
			payload[i] ^= key[i%4]
		}
		whole := len(s) >= 4+int(n)
		s = s[4+len(payload):]
		if end, over := o.frame(op, fin, whole, string(payload)); over || !whole {
			return end
		}
	}
	return ""
}

// frame takes what has come of a payload.
func (o *oracle) frame(op byte, fin, whole bool, payload string) (end string, over bool) {
	switch {
	case op < 8:
		if op != 0 {
			o.message = op
		}
		o.text += payload
		complete, may := mayBeText(o.text)
		switch {
		case o.message == 1 && (!may || whole && fin && !complete):
			return o.fail(1007, "text is not UTF-8"), true
		case whole && fin:
			o.out.WriteString(down(0x80|int(o.message), o.text))
			o.message, o.text = 0, ""
		}
	case !whole:
	case op == 9:
		o.out.WriteString(down(0x8A, payload))
	case op == 8 && payload == "":
		o.out.WriteString(down(0x88, ""))
		return "close 1005", true
	case op == 8 && len(payload) == 1:
		return o.fail(1002, "close frame with half a code"), true
	case op == 8:
		code := int(payload[0])<<8 | int(payload[1])
		complete, _ := mayBeText(payload[2:])
		switch {
		case code < 1000 || code > 4999 || code > 1003 && code < 1007 || code > 1014 && code < 3000:
			return o.fail(1002, "close frame with a code that is never sent"), true
		case !complete:
			return o.fail(1007, "reason of a close is not UTF-8"), true
		}
		o.out.WriteString(down(0x88, be16(code)))
		return fmt.Sprintf("close %d %q", code, payload[2:]), true
	}
	return "", false
}

// An echo sends messages back, and keeps why it was closed.
type echo struct {
	*Conn
	end string
}

func (e *echo) HandleMessage(kind Kind, message []byte) { e.Push(kind, message) }

func (e *echo) HandleClose(err error) {
	switch err := err.(type) {
	case *CloseError:
		if e.end = fmt.Sprintf("close %d", err.Code); err.Code != CodeNone {
			e.end += fmt.Sprintf(" %q", err.Reason)
		}
	case *ProtocolError:
		e.end = fmt.Sprint(err.Code)
	case nil:
		e.end = "nil"
	default:
		e.end = err.Error()
	}
}

func newEcho(c *Conn) Handler { return &echo{Conn: c} }

// open is a channel that has been upgraded already: the head of a request is of no interest.
func open(newHandler NewHandler) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		return newSession(c, false, newHandler, func(*Conn) {}).use(c)
	}
}

// play sends a stream to an echo server, and returns what came back, and why it was closed.
func play(t testing.TB, stream string) (out, end string) {
	var e *echo
	c := chattest.NewConn(t, open(func(c *Conn) Handler { e = &echo{Conn: c}; return e }))
	c.SendString(stream)
	out = string(c.Received())
	c.CloseWrite()
	require.Empty(t, c.Received(), "behind the end")
	return out, e.end
}

// corpus are streams with everything in them that the RFC knows.
var corpus = []string{
	up(0x81, "hello", 0x82, "\x00\xff", 0x89, "ping", 0x88, closing(1000, "bye")),
	up(0x01, "a", 0x89, "within", 0x00, "", 0x80, "b", 0x8A, "pong", 0x88, ""),
	"\x81\x85\xfa000A0", // text that is wrong before the frame is there
	up(0x01, "\xce\xba\xe1\xbd", 0x89, "x", 0x80, "\xb9", 0x81, "\xf0\x90\x80\x80", 0x81, "\xed\xa0"),
	up(0x82, strings.Repeat("x", 125), 0x82, strings.Repeat("y", 126), 0x81, "", 0x88, "\x03"),
	up(0x82, strings.Repeat("z", 70000)), up(0x02, "", 0x81, "x"), up(0x80, "x"),
	up(0x81, "x", 0x88, closing(1005, "")), up(0x81, "x", 0x88, closing(3000, "\xff")),
	wire{first: 0x82, key: testKey, text: "x", pad: 2}.String(),
	wire{first: 0x82, key: testKey, text: "x", pad: 8}.String(),
	up(0x83, ""), up(0x8B, ""), up(0xC1, ""), up(0x09, ""), down(0x81, "x"),
	"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00",
	up(0x89, strings.Repeat("p", 126)),
}

func checkOracle(t testing.TB, stream string) {
	o := &oracle{limit: int(chat.DefaultLimits().MaxElement)}
	end := o.read(stream)
	if end == "" {
		end = io.ErrUnexpectedEOF.Error()
	}
	out, got := play(t, stream)
	require.Equal(t, o.out.String(), out, "%q", stream)
	require.Equal(t, end, got, "%q", stream)
}

// The session does what a reading of the whole stream does that is too simple to be wrong.
func TestOracle(t *testing.T) {
	for _, s := range corpus {
		for n := range len(s) {
			if n < 300 {
				checkOracle(t, s[:n])
			}
		}
		checkOracle(t, s)
	}
}

func FuzzOracle(f *testing.F) {
	for _, s := range corpus {
		if len(s) < 1000 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) { checkOracle(t, s) })
}

func FuzzSession(f *testing.F) { chattest.Fuzz(f, open(newEcho), corpus...) }

// Wherever a stream is cut, the same comes back, and for the same reason.
func TestEverySplit(t *testing.T) {
	for _, s := range corpus {
		if len(s) < 400 {
			chattest.EverySplit(t, open(newEcho), s)
		}
	}
}
