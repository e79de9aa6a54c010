package websocket

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A suiteCase is what the suite sends, and what an echo sends back: frames in pairs, the first byte
// and the payload. Behind a fault the close frame is checked for its code alone.
type suiteCase struct {
	name       string
	send, want []any
}

const (
	valid   = "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!"
	greek   = "\u03ba\u1f79\u03c3\u03bc\u03b5"
	invalid = greek + "\xed\xa0\x80edited"
)

func frames(f ...any) []any { return f }

// again repeats frames.
func again(n int, f ...any) (all []any) {
	for range n {
		all = append(all, f...)
	}
	return all
}

// in returns a message in fragments of n bytes.
func in(n int, op int, text string) (all []any) {
	for len(text) > n {
		all = append(all, op, text[:n])
		op, text = 0, text[n:]
	}
	return append(all, op|0x80, text)
}

func failed(code int) []any { return frames(0x88, closing(code, "")) }

// join returns frames one behind the other.
func join(parts ...[]any) (all []any) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// The cases of the Autobahn test suite, written down by hand from their descriptions and RFC 6455:
// the suite itself is not run. Sections 9, 12 and 13 are of speed and compression.
func suite() (all []suiteCase) {
	add := func(name string, send []any, want ...[]any) {
		all = append(all, suiteCase{name, send, join(want...)})
	}
	for section, op := range []int{0x81, 0x82} {
		for i, n := range []int{0, 125, 126, 127, 128, 65535, 65536} {
			m := frames(op, strings.Repeat("*", n))
			add(fmt.Sprintf("1.%d.%d", section+1, i+1), m, m)
		}
	}
	for i, data := range []string{"", "Hello, world!", "\x00\xff\xfe\xfd\xfc\xfb\x00\xff",
		strings.Repeat("\xfe", 125)} {
		add(fmt.Sprint("2.", i+1), frames(0x89, data), frames(0x8A, data))
	}
	add("2.5", frames(0x89, strings.Repeat("\xfe", 126)), failed(1002))
	add("2.7", frames(0x8A, ""))
	add("2.8", frames(0x8A, "unsolicited"))
	add("2.9", frames(0x8A, "unsolicited", 0x89, "ping"), frames(0x8A, "ping"))
	add("2.10", again(10, 0x89, "p"), again(10, 0x8A, "p"))
	hello := frames(0x81, "Hello, world!")
	add("3.1", frames(0x91, "x"), failed(1002))
	for rsv := 2; rsv <= 4; rsv++ {
		add(fmt.Sprint("3.", rsv), join(hello, frames(0x81|rsv<<4, "x", 0x89, "")), hello, failed(1002))
	}
	add("3.5", frames(0xD2, "\x00\xff"), failed(1002))
	add("3.6", frames(0xE9, "x"), failed(1002))
	add("3.7", frames(0xF8, ""), failed(1002))
	for i, op := range []int{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		name := fmt.Sprintf("4.%d.%d", 1+i/5, 1+i%5)
		if i%5 < 2 {
			add(name, frames(0x80|op, strings.Repeat("x", i%5)), failed(1002))
		} else {
			add(name, join(hello, frames(0x80|op, "x", 0x89, "")), hello, failed(1002))
		}
	}
	return append(append(append(all, fragments()...), texts()...), closes()...)
}

func fragments() []suiteCase {
	ab, two := frames(0x81, "fragment1fragment2"), frames(0x01, "fragment1", 0x80, "fragment2")
	pinged := frames(0x01, "fragment1", 0x89, "ping", 0x80, "fragment2")
	five := frames(0x01, "f1", 0x00, "f2", 0x89, "p1", 0x00, "f3", 0x00, "f4", 0x89, "p2", 0x80, "f5")
	pong := frames(0x8A, "ping")
	all := []suiteCase{
		{"5.1", frames(0x09, "fragment1", 0x80, "fragment2"), failed(1002)},
		{"5.2", frames(0x0A, "fragment1", 0x80, "fragment2"), failed(1002)},
		{"5.3", two, ab},
		{"5.6", pinged, join(pong, ab)},
		{"5.9", frames(0x80, "non-continuation", 0x81, "Hello"), failed(1002)},
		{"5.12", frames(0x00, "non-continuation", 0x81, "Hello"), failed(1002)},
		{"5.15", join(two, frames(0x00, "fragment3", 0x81, "fragment4")), join(ab, failed(1002))},
		{"5.16", again(2, 0x00, "fragment1", 0x01, "fragment2", 0x80, "fragment3"), failed(1002)},
		{"5.17", again(2, 0x80, "fragment1", 0x01, "fragment2", 0x80, "fragment3"), failed(1002)},
		{"5.18", frames(0x01, "fragment1", 0x81, "fragment2"), failed(1002)},
		{"5.19", five, frames(0x8A, "p1", 0x8A, "p2", 0x81, "f1f2f3f4f5")},
	}
	long := strings.Repeat("*", 65536)
	return append(all, suiteCase{"10.1.1", in(1300, 1, long), frames(0x81, long)})
}

// texts are those of section 6. The sequences are those of Markus Kuhn's page of UTF-8 tests.
func texts() []suiteCase {
	all := []suiteCase{
		{"6.1.1", frames(0x81, ""), frames(0x81, "")},
		{"6.1.2", frames(0x01, "", 0x00, "", 0x80, ""), frames(0x81, "")},
		{"6.1.3", frames(0x01, "", 0x00, "middle", 0x80, ""), frames(0x81, "middle")},
		{"6.2.1", frames(0x81, valid), frames(0x81, valid)},
		{"6.2.2", in(8, 1, valid), frames(0x81, valid)},
		{"6.2.3", in(1, 1, valid), frames(0x81, valid)},
		{"6.2.4", in(1, 1, greek), frames(0x81, greek)},
		{"6.3.1", frames(0x81, invalid), failed(1007)},
		{"6.3.2", in(1, 1, invalid), failed(1007)},
		// The last fragment never comes: the fault is seen before.
		{"6.4.1", frames(0x01, greek, 0x00, "\xf4\x90\x80\x80"), failed(1007)},
		{"6.4.2", frames(0x01, greek+"\xf4", 0x00, "\x90"), failed(1007)},
	}
	for section, texts := range map[int][]string{
		5: {greek}, 6: {"\u03ba\u1f79\u03c3\u03bc\u03b5"},
		7:  {"\x00", "\u0080", "\u0800", "\U00010000"},
		9:  {"\x7f", "\u07ff", "\uffff", "\U0010ffff"},
		11: {"\ud7ff", "\ue000", "\ufffd", "\U0010ffff"},
		22: {"\ufffe", "\uffff", "\U0001fffe", "\U0001ffff", "\U0002fffe", "\U0010fffe"},
		23: {"\ufffc", "\ufffd"},
	} {
		for i, s := range texts {
			all = append(all, suiteCase{fmt.Sprintf("6.%d.%d", section, i+1), frames(0x81, s),
				frames(0x81, s)})
		}
	}
	for section, texts := range map[int][]string{
		6:  {"\xce", "\xce\xba\xe1", "\xce\xba\xe1\xbd", "\xce\xba\xe1\xbd\xb9\xcf"},
		8:  {"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80"},
		10: {"\xf7\xbf\xbf\xbf", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf"},
		11: {"\xf4\x90\x80\x80"},
		12: {"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf\x80\xbf\x80\xbf"},
		13: {"\xc0 \xc1 \xdf ", "\xe0 \xef ", "\xf0 \xf7 ", "\xf8 \xfb ", "\xfc \xfd "},
		14: {"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xf8\x80\x80\x80", "\xdf", "\xef\xbf", "\xf7\xbf\xbf"},
		15: {"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80"},
		16: {"\xfe", "\xff", "\xfe\xfe\xff\xff"},
		17: {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf"},
		18: {"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf"},
		19: {"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80"},
		20: {"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80",
			"\xed\xbf\xbf"},
		21: {"\xed\xa0\x80\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf"},
	} {
		for i, s := range texts {
			all = append(all, suiteCase{fmt.Sprintf("6.%d.%d, bad", section, i+1), frames(0x81, s),
				failed(1007)})
		}
	}
	return all
}

func closes() []suiteCase {
	hello, normal := frames(0x81, "Hello World!"), frames(0x88, closing(1000, ""))
	long := frames(0x81, strings.Repeat("*", 256<<10))
	all := []suiteCase{
		{"7.1.1", join(hello, normal), join(hello, normal)},
		{"7.1.2", join(normal, normal), normal},
		{"7.1.3", join(normal, frames(0x89, "")), normal},
		{"7.1.4", join(normal, hello), normal},
		{"7.1.5", join(frames(0x01, "fragment1"), normal, frames(0x80, "fragment2")), normal},
		{"7.1.6", join(long, hello, normal, frames(0x89, "")), join(long, hello, normal)},
		{"7.3.1", frames(0x88, ""), frames(0x88, "")},
		{"7.3.2", frames(0x88, "a"), failed(1002)},
		{"7.3.3", normal, normal},
		{"7.3.4", frames(0x88, closing(1000, "Hello World!")), normal},
		{"7.3.5", frames(0x88, closing(1000, strings.Repeat("*", 123))), normal},
		{"7.3.6", frames(0x88, closing(1000, strings.Repeat("*", 124))), failed(1002)},
		{"7.5.1", frames(0x88, closing(1000, invalid)), failed(1007)},
	}
	for i, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000,
		4999} {
		all = append(all, suiteCase{fmt.Sprint("7.7.", i+1), frames(0x88, closing(code, "")),
			frames(0x88, closing(code, ""))})
	}
	for i, code := range []int{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		all = append(all, suiteCase{fmt.Sprint("7.9.", i+1), frames(0x88, closing(code, "")),
			failed(1002)})
	}
	return all
}

// An echoAll takes what the suite sends, as a server or as a client.
func echoAll(client bool) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		c.SetMaxElement(1<<20, false)
		return newSession(c, client, newEcho, func(c *Conn) {
			c.key = func() uint32 { return 0x3d21fa37 } // testKey
		}).use(c)
	}
}

func TestAutobahn(t *testing.T) {
	for _, client := range []bool{false, true} {
		send, want := up, down
		if client {
			send, want = down, up
		}
		seen := map[string]bool{}
		for _, tt := range suite() {
			require.False(t, seen[tt.name], "%s is there twice", tt.name)
			seen[tt.name] = true
			stream, expected := send(tt.send...), want(tt.want...)
			for _, size := range []int{len(stream), 1, 997} {
				if size == 1 && len(stream) > 4<<10 {
					continue
				}
				c := chattest.NewConn(t, echoAll(client))
				for rest := stream; len(rest) > 0; {
					n := min(size, len(rest))
					c.SendString(rest[:n])
					rest = rest[n:]
				}
				got := withoutReason(string(c.Received()), client)
				require.Equal(t, expected, got, "%s, client %t, in pieces of %d", tt.name, client, size)
			}
		}
		require.Greater(t, len(seen), 150)
	}
}

// withoutReason takes the reason from a close frame of ours that tells of a fault, and is the last.
func withoutReason(s string, client bool) string {
	for at := 0; at+2 <= len(s); {
		head, n := 2, int(s[at+1]&0x7F)
		switch n {
		case 126:
			head, n = 4, int(s[at+2])<<8|int(s[at+3])
		case 127:
			head, n = 10, int(s[at+7])<<16|int(s[at+8])<<8|int(s[at+9])
		}
		if client {
			head += 4
		}
		if s[at] == 0x88 && n > 2 {
			return s[:at+1] + string([]byte{s[at+1]&0x80 | 2}) + s[at+2:at+head+2]
		}
		at += head + n
	}
	return s
}
