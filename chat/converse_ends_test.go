package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A caller runs f as a client of addr, in one of the ways in which a function of a conversation can
// be run, and returns when its connection is closed.
type caller func(t *testing.T, addr string, f func(*chat.Conversation) error)

func runLoop(t *testing.T, addr string, h chat.NewHandler) {
	loop, err := core.New()
	require.NoError(t, err)
	defer loop.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err = chat.Dial(loop, "tcp", addr, h)
	require.NoError(t, err)
	loop.RunUntilEmpty(ctx)
	if ctx.Err() != nil {
		t.Error("the function does not end")
	}
}

var callers = map[string]caller{
	"Converse": func(t *testing.T, addr string, f func(*chat.Conversation) error) {
		runLoop(t, addr, chat.Converse(f))
	},
	"Threaded": func(t *testing.T, addr string, f func(*chat.Conversation) error) {
		runLoop(t, addr, chat.Threaded(f))
	},
	"dialled": func(t *testing.T, addr string, f func(*chat.Conversation) error) {
		home, err := net.Listen("tcp", "127.0.0.1:0") // of the conversation that dials
		require.NoError(t, err)
		defer home.Close()
		go func() {
			if c, err := home.Accept(); err == nil {
				io.Copy(io.Discard, c)
				c.Close()
			}
		}()
		runLoop(t, home.Addr().String(), chat.Converse(func(v *chat.Conversation) error {
			w, err := v.Dial("tcp", addr)
			if err != nil {
				return err
			}
			return f(w)
		}))
	},
	"Talk": func(t *testing.T, addr string, f func(*chat.Conversation) error) {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		conn.SetDeadline(time.Now().Add(patience))
		chat.Talk(conn, f)
	},
}

// W1, W21: one function has the same results however it is run, also when the connection breaks:
// reads return what has come, with the rest at its end, and then why there is no more.
func TestOneFunctionAtAllEnds(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows loses what has come before a reset")
	}
	const words = "421 a\r\n421 b\r\nres"
	broken := func(err error) string {
		if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
			return "broken"
		}
		return fmt.Sprint(err)
	}
	read := func(v *chat.Conversation) (got string) {
		for range 4 {
			line, err := v.ReadLine()
			got += fmt.Sprintf("%q %s, ", line, broken(err))
		}
		return got
	}
	for name, test := range map[string]struct {
		reset bool
		act   func(v *chat.Conversation) string
		want  string
	}{
		"a failed Flush": {true, func(v *chat.Conversation) string {
			v.WriteString("MAIL\r\n")
			flush := v.Flush()
			_, again := v.WriteString("more\r\n")
			got := "flush " + broken(flush) + ", write " + broken(again) + ": " + read(v)
			return got + "flush " + broken(v.Flush())
		}, `flush broken, write broken: "421 a" <nil>, "421 b" <nil>, "res" broken, "" broken, ` +
			`flush broken`},
		"a failed large Write": {true, func(v *chat.Conversation) string {
			_, err := v.Write(make([]byte, 1<<20))
			return "write " + broken(err) + ": " + read(v)
		}, `write broken: "421 a" <nil>, "421 b" <nil>, "res" broken, "" broken, `},
		"a write that the read sends": {true, func(v *chat.Conversation) string {
			v.WriteString("MAIL\r\n")
			return read(v)
		}, `"421 a" <nil>, "421 b" <nil>, "res" broken, "" broken, `},
		"a reset while it does something else": {true, func(v *chat.Conversation) string {
			for range 3 {
				if err := v.Await(func() {}); err != nil {
					return err.Error()
				}
			}
			return read(v)
		}, `"421 a" <nil>, "421 b" <nil>, "res" broken, "" broken, `},
		"a rest": {false, read,
			`"421 a" <nil>, "421 b" <nil>, "res" unexpected EOF, "" EOF, `},
		"a rest behind a deadline": {false, func(v *chat.Conversation) string {
			v.ReadLine()
			v.ReadLine()
			v.SetReadDeadline(time.Unix(1, 0))
			line, err := v.ReadLine()
			v.SetReadDeadline(time.Time{})
			rest, end := v.ReadLine()
			return fmt.Sprintf("%q %t, %q %v", line, err != nil, rest, end)
		}, `"" true, "res" unexpected EOF`},
	} {
		for how, call := range callers {
			t.Run(name+"/"+how, func(t *testing.T) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				defer l.Close()
				conns := make(chan net.Conn, 1)
				go func() {
					if c, err := l.Accept(); err == nil {
						conns <- c
					}
				}()
				result := make(chan string, 1)
				call(t, l.Addr().String(), func(v *chat.Conversation) error {
					peer := <-conns // the loop stands still meanwhile
					io.WriteString(peer, words)
					if test.reset {
						peer.(*net.TCPConn).SetLinger(0)
					}
					peer.Close()
					result <- test.act(v)
					return nil
				})
				got := "it has not ended"
				select { // on a goroutine it may outlive the loop
				case got = <-result:
				case <-time.After(patience):
				}
				if got != test.want {
					t.Errorf("\n got %s\nwant %s", got, test.want)
				}
			})
		}
	}
}
