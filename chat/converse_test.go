package chat_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// converse returns a channel in memory on which f runs, and a function that returns what f noted.
func converse(
	t *testing.T, f func(v *chat.Conversation, note func(string, ...any)) error,
) (*chattest.Conn, func() string) {
	t.Helper()
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
		err := f(v, note)
		note("end %v", err)
		return err
	}))
	return c, func() string { return strings.Join(notes, ", ") }
}

func expectNotes(t *testing.T, notes func() string, want string) {
	t.Helper()
	if got := notes(); got != want {
		t.Errorf("the conversation:\n got %s\nwant %s", got, want)
	}
}

func TestConverse(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		v.Printf("name?\r\n")
		name, err := v.ReadLine()
		note("name %q %v", name, err)
		v.Printf("size?\r\n")
		var n int
		line, err := v.ReadLine()
		fmt.Sscan(line, &n)
		note("size %d %v", n, err)
		body, err := v.ReadUntil(terminator.Length(int64(n)))
		note("body %q %v", body, err)
		rest := make([]byte, 4)
		k, err := v.Read(rest)
		note("read %q %v", rest[:k], err)
		k, err = v.ReadFull(rest)
		note("full %q %v", rest[:k], err)
		v.Printf("bye\r\n")
		return nil
	})
	expectReceived(t, c, "name?\r\n")
	c.SendString("kong")
	c.SendString("xx\r")
	expectNotes(t, notes, "")
	c.SendString("\n5\r\nhel")
	expectReceived(t, c, "size?\r\n")
	c.SendString("loab")
	expectNotes(t, notes, `name "kongxx" <nil>, size 5 <nil>, body "hello" <nil>, read "ab" <nil>`)
	c.SendString("c")
	c.SendString("defgh ignored")
	expectNotes(t, notes, `name "kongxx" <nil>, size 5 <nil>, body "hello" <nil>, read "ab" <nil>, `+
		`full "cdef" <nil>, end <nil>`)
	expectReceived(t, c, "bye\r\n")
	c.CloseWrite()
	if c.Reason() != nil || !c.Closed() {
		t.Errorf("the reason is %v, closed is %t; want nil, true", c.Reason(), c.Closed())
	}
}

// The end of the input, in and between elements; what was returned is the reason.
func TestConverseEOF(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "end EOF"},
		{"a\r\n", `"a", end EOF`},
		{"a\r\nb", `"a", end unexpected EOF`},
		{"a\r", "end unexpected EOF"},
		{"a\nb\r\n", `"a\nb", end EOF`},
	} {
		for _, cut := range []bool{false, true} {
			c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
				for {
					line, err := v.ReadLine()
					if err != nil {
						return err
					}
					note("%q", line)
				}
			})
			if cut {
				for i := range len(tt.in) {
					c.SendString(tt.in[i : i+1])
				}
			} else {
				c.SendString(tt.in)
			}
			c.CloseWrite()
			expectNotes(t, notes, tt.want)
			if want := tt.want[strings.LastIndex(tt.want, "end ")+4:]; c.Reason() == nil ||
				c.Reason().Error() != want {
				t.Errorf("%q: the reason is %v, want %s", tt.in, c.Reason(), want)
			}
		}
	}
}

func TestConverseLines(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		for line, err := range v.Lines() {
			note("%q %v", line, err)
			if line == "stop" {
				break
			}
		}
		for line, err := range v.Lines() {
			note("%q %v", line, err)
		}
		return nil
	})
	c.SendString("a\r\nstop\r\nb\r\n")
	c.CloseWrite()
	expectNotes(t, notes, `"a" <nil>, "stop" <nil>, "b" <nil>, end <nil>`)
}

// Time passes on the loop's clock; input that comes meanwhile waits.
func TestConverseSleep(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		start := v.Loop().Now()
		err := v.Sleep(time.Hour)
		note("slept %v %v", v.Loop().Now().Sub(start), err)
		for range 2 {
			line, err := v.ReadLine()
			note("%q %v", line, err)
		}
		return nil
	})
	c.SendString("a\r\n")
	c.Advance(time.Hour - 1)
	c.SendString("b\r\n")
	expectNotes(t, notes, "")
	c.Advance(1)
	expectNotes(t, notes, `slept 1h0m0s <nil>, "a" <nil>, "b" <nil>, end <nil>`)
}

func TestConverseDeadlines(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		v.SetReadDeadline(v.Loop().Now().Add(time.Second))
		_, err := v.ReadLine()
		note("%v %t", err, errors.Is(err, os.ErrDeadlineExceeded))
		_, err = v.ReadLine()
		note("%v", err)
		v.SetReadDeadline(time.Time{})
		line, err := v.ReadLine()
		note("%q %v", line, err)
		v.SetWriteDeadline(v.Loop().Now().Add(time.Second))
		_, err = v.Write(make([]byte, 200_000))
		note("write %v", err)
		note("flush %v", v.Flush())
		v.SetDeadline(time.Time{})
		note("flush %v", v.Flush())
		return nil
	})
	c.SendString("ha")
	c.Advance(time.Second)
	c.Stall()
	c.SendString("lf\r\n")
	c.Advance(time.Second)
	c.Unstall()
	expectNotes(t, notes, `i/o timeout true, i/o timeout, "half" <nil>, write i/o timeout, `+
		`flush i/o timeout, flush <nil>, end <nil>`)
	if n := len(c.Received()); n != 200_000 {
		t.Errorf("received %d bytes, want all", n)
	}
}

// Write waits while the peer does not read: the queue is bounded by what one Write adds.
func TestConverseWriteWaits(t *testing.T) {
	written := 0
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		for range 1000 {
			n, err := v.Write(make([]byte, 1000))
			written += n
			if err != nil {
				return err
			}
		}
		return nil
	})
	c.Received()
	if written != 1_000_000 {
		t.Errorf("%d bytes were written to a peer that reads, want all", written)
	}
	expectNotes(t, notes, "end <nil>")

	written = 0
	c, notes = converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		v.ReadLine()
		for {
			n, err := v.Write(make([]byte, 1000))
			written += n
			if err != nil {
				return err
			}
		}
	})
	c.Stall()
	c.SendString("go\r\n")
	if written > 90_000 {
		t.Errorf("%d bytes were written to a peer that does not read", written)
	}
	c.Advance(30 * time.Second)
	expectNotes(t, notes, "end chat: output stalled")
}

// However a channel ends, the function is told, and ends.
func TestConverseIsUnwound(t *testing.T) {
	waits := map[string]func(v *chat.Conversation) error{
		"ReadLine": func(v *chat.Conversation) error { _, err := v.ReadLine(); return err },
		"Read":     func(v *chat.Conversation) error { _, err := v.Read(make([]byte, 1)); return err },
		"Sleep":    func(v *chat.Conversation) error { return v.Sleep(time.Hour) },
		"Write": func(v *chat.Conversation) error {
			_, err := v.Write(make([]byte, 500_000))
			return err
		},
		"Flush": func(v *chat.Conversation) error {
			v.SetWriteDeadline(v.Loop().Now())
			v.Write(make([]byte, 500_000))
			v.SetWriteDeadline(time.Time{})
			return v.Flush()
		},
		"Select": func(v *chat.Conversation) error {
			_, err := chat.Select(time.Time{}, v)
			return err
		},
		"StartTLS": func(v *chat.Conversation) error { return v.StartTLS(serverConfig()) },
		"Dial": func(v *chat.Conversation) error {
			_, err := v.Dial("tcp", "192.0.2.1:1")
			return err
		},
	}
	for name, wait := range waits {
		for how, end := range map[string]func(c *chattest.Conn){
			"Close": func(c *chattest.Conn) { c.Do(func() { c.Channel().Close() }) },
			"Reset": func(c *chattest.Conn) { c.Reset() },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				var err error
				ended := 0
				c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
					defer func() { ended++ }()
					v.ReadLine()
					err = wait(v)
					_, again := v.ReadLine()
					if again == nil || v.Sleep(time.Second) == nil || v.Flush() == nil {
						t.Error("an operation succeeds after the end")
					}
					return nil
				}))
				c.Stall()
				c.SendString("now\r\n")
				end(c)
				c.Advance(0)
				if name == "Dial" && err != nil && ended == 1 {
					return // the simulation refuses at once
				}
				if how == "Close" && !errors.Is(err, net.ErrClosed) || err == nil || ended != 1 {
					t.Errorf("%s returned %v, and the function has ended %d times; want net.ErrClosed, 1", name,
						err, ended)
				}
			})
		}
	}
}

// A function that ignores its errors is ended, not waited for.
func TestConverseIgnoresErrors(t *testing.T) {
	ended := false
	c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
		defer func() { ended = true }()
		for {
			v.ReadLine()
		}
	}))
	c.Do(func() { c.Channel().Close() })
	if !ended {
		t.Error("the function goes on")
	}
}

func TestConversePanics(t *testing.T) {
	c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
		v.ReadLine()
		panic("boom")
	}))
	c.SendString("x\r\n")
	var p *chat.PanicError
	if !errors.As(c.Reason(), &p) || p.Value != "boom" ||
		!strings.Contains(string(p.Stack), "TestConversePanics") {
		t.Errorf("the reason is %v, want the panic with the stack of the function", c.Reason())
	}
}

// A shutdown lets the element in progress be answered.
func TestConverseShutdown(t *testing.T) {
	for _, tt := range []struct{ before, after, received, want string }{
		{"", "", "", "end EOF"}, // a newcomer is given a moment, and ends by itself
		{"a\r\n", "", "a\r\n", `"a", end use of closed network connection`},
		{"a\r\nhal", "f\r\nmore\r\n", "a\r\nhalf\r\n",
			`"a", "half", end use of closed network connection`},
	} {
		var notes []string
		k, loop, settle := simLoop(t)
		server := &chat.Server{Handler: chat.Converse(func(v *chat.Conversation) error {
			for {
				line, err := v.ReadLine()
				if err != nil {
					notes = append(notes, "end "+err.Error())
					return err
				}
				notes = append(notes, fmt.Sprintf("%q", line))
				v.Printf("%s\r\n", line)
			}
		})}
		ln, err := k.NewListener("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Start(ln, loop); err != nil {
			t.Fatal(err)
		}
		fd, _ := k.Connect("tcp", nil, ln.Addr())
		k.Write(fd, []byte(tt.before))
		settle()
		server.BeginShutdown()
		settle()
		k.Write(fd, []byte(tt.after))
		settle()
		k.CloseWrite(fd)
		settle()
		var received []byte
		for buf := make([]byte, 100); ; {
			n, err := k.Read(fd, buf)
			received = append(received, buf[:n]...)
			if n == 0 {
				if err != nil {
					t.Errorf("%q: Read: %v, want the end", tt.before, err)
				}
				break
			}
		}
		if string(received) != tt.received || strings.Join(notes, ", ") != tt.want {
			t.Errorf("%q: received %q, want %q; %q, want %s", tt.before, received,
				tt.received, notes, tt.want)
		}
	}
}

// Too long, by a delimiter and by a length.
func TestConverseTooLong(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		setLimits(v.Channel(), func(l *chat.Limits) { l.MaxElement = 10 })
		_, err := v.ReadLine()
		note("%v", err)
		_, err = v.ReadUntil(terminator.Length(11))
		return err
	})
	c.SendString("01234567890")
	c.SendString("0123456789012345\r\n")
	expectNotes(t, notes, chat.ErrTooLong.Error()+", end "+chat.ErrTooLong.Error())

	c, notes = converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		v.Channel().SetMaxElement(10, true)
		for range 3 {
			line, err := v.ReadLine()
			note("%q %v", line, err)
		}
		return nil
	})
	c.SendString("one\r\n0123456789")
	c.SendString("0123456789\r\nthree\r\n")
	expectNotes(t, notes, `"one" <nil>, "" `+chat.ErrTooLong.Error()+`, "three" <nil>, end <nil>`)
}

// The clocks are those of every channel.
func TestConverseClocks(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		for {
			if _, err := v.ReadLine(); err != nil {
				return err
			}
		}
	})
	c.Advance(9 * time.Second)
	c.SendString("x\r\n")
	c.Advance(5*time.Minute - 1)
	expectNotes(t, notes, "")
	c.Advance(1)
	expectNotes(t, notes, "end chat: idle for too long")
}

// What a conversation sees does not depend on the cuts.
func TestConverseCuts(t *testing.T) {
	chattest.EverySplit(t, chat.Converse(func(v *chat.Conversation) error {
		for {
			line, err := v.ReadLine()
			if err != nil {
				v.Printf("end %v\r\n", err)
				return err
			}
			if n := len(line); n > 0 && line[0] == '+' {
				body, err := v.ReadUntil(terminator.Length(int64(n)))
				v.Printf("body %q %v\r\n", body, err)
				p := make([]byte, 3)
				k, err := v.ReadFull(p)
				v.Printf("raw %q %v\r\n", p[:k], err)
				continue
			}
			v.Printf("line %q\r\n", line)
		}
	}), "a\r\n+bc\r\n123456x\n\r\ry\r\n")
}

// A function that dials talks with two peers; both end with it.
func TestConverseDial(t *testing.T) {
	k, loop, settle := simLoop(t)
	upper := &chat.Server{Handler: chat.Converse(func(v *chat.Conversation) error {
		for line, err := range v.Lines() {
			if err != nil {
				return err
			}
			v.Printf("%s\r\n", strings.ToUpper(line))
		}
		return nil
	})}
	ln, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, upper.Start(ln, loop))
	settle()

	near, far, err := k.Pair()
	require.NoError(t, err)
	var ended error
	chat.NewChannel(core.NewConn(loop, near), chat.Converse(func(v *chat.Conversation) error {
		up, err := v.Dial("tcp", ln.Addr().String())
		if err != nil {
			return err
		}
		for {
			i, err := chat.Select(v.Loop().Now().Add(time.Minute), v, up)
			if err != nil {
				ended = err
				return err
			}
			from, to := v, up
			if i == 1 {
				from, to = up, v
			}
			line, err := from.ReadLine()
			if err != nil {
				return err
			}
			to.Printf("%s\r\n", line)
		}
	}))
	settle()
	var received strings.Builder
	read := func() {
		settle()
		buf := make([]byte, 100)
		n, _ := k.Read(far, buf)
		received.Write(buf[:n])
	}
	for _, piece := range []string{"one\r\ntw", "o\r\n", "three\r\nfour\r\n"} {
		k.Write(far, []byte(piece))
		read()
		read()
	}
	if got := received.String(); got != "ONE\r\nTWO\r\nTHREE\r\nFOUR\r\n" {
		t.Errorf("received %q", got)
	}
	// The listener, both ends of the dialled connection, and the first one.
	if n := loop.Len(); n != 4 {
		t.Errorf("%d dispatchers, want 4", n)
	}
	k.Advance(time.Minute)
	settle()
	if !errors.Is(ended, os.ErrDeadlineExceeded) {
		t.Errorf("Select = %v, want the deadline", ended)
	}
	k.Close(far)
	settle()
	k.Advance(chat.DefaultLimits().Linger)
	settle()
	if n := loop.Len(); n != 1 {
		t.Errorf("%d dispatchers are left, want the listener", n)
	}
}

func TestConverseDialFails(t *testing.T) {
	c, notes := converse(t, func(v *chat.Conversation, note func(string, ...any)) error {
		up, err := v.Dial("tcp", "192.0.2.1:25")
		note("%v %t", up, errors.Is(err, syscall.ECONNREFUSED))
		line, err := v.ReadLine()
		note("%q %v", line, err)
		return nil
	})
	c.SendString("still here\r\n")
	expectNotes(t, notes, `<nil> true, "still here" <nil>, end <nil>`)
}

// A read that goes on after a deadline looks again at what may be the beginning of a delimiter.
func TestReadAfterDeadline(t *testing.T) {
	dashes := strings.Repeat("-", 40)
	for _, end := range []terminator.Terminator{
		terminator.Line(), crlf, terminator.Any("\r\n", ";"), terminator.String("\r\n" + dashes),
	} {
		for _, begin := range []string{"abc", ""} { // "": all of it is held
			var got []string
			c := chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
				read := func() ([]byte, error) { return v.ReadUntil(end) }
				for {
					v.SetReadDeadline(v.Loop().Now().Add(time.Second))
					element, err := read()
					if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
						return err
					}
					got = append(got, fmt.Sprintf("%q %v", element, err))
					read = v.ReadElement
				}
			}))
			c.SendString(begin + "\r")
			c.Advance(time.Second)
			c.Advance(time.Second)
			c.SendString("\n" + dashes)
			const late = `"" i/o timeout`
			require.Equal(t, []string{late, late, fmt.Sprintf("%q <nil>", begin)}, got, "%v", end)
		}
	}
}
