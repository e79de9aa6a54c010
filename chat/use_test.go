package chat_test

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// kindsOf returns a protocol of lines in each way to write one: it says name and each line, and
// calls f with that.
func kindsOf(name string, f func(c *chat.Channel, line string)) map[string]chat.NewHandler {
	say := func(c *chat.Channel, line string) {
		c.PushLine(name, line)
		f(c, line)
	}
	lines := func(c *chat.Channel, line []byte) { say(c, string(line)) }
	return map[string]chat.NewHandler{
		"Lines":    chat.Lines(lines),
		"Messages": chat.Messages(terminator.String("\n"), lines),
		"Reads": func(c *chat.Channel) chat.Handler {
			s := &lineReads{Reads: chat.Reads{Channel: c}}
			s.next = func(line []byte) {
				s.Until(terminator.Line(), s.next)
				lines(c, line)
			}
			s.Until(terminator.Line(), s.next)
			return s
		},
		"Collector": func(c *chat.Channel) chat.Handler {
			c.SetTerminator(terminator.Line())
			return &lineCollector{Channel: c, f: lines}
		},
		"Converse": chat.Converse(func(v *chat.Conversation) error {
			for {
				line, err := v.ReadUntil(terminator.Line())
				if err != nil {
					return err
				}
				say(v.Channel(), string(line))
			}
		}),
	}
}

type lineReads struct {
	chat.Reads
	next func([]byte)
}

type lineCollector struct {
	*chat.Channel
	chat.Collector
	f func(*chat.Channel, []byte)
}

func (s *lineCollector) FoundTerminator() { s.f(s.Channel, s.Take()) }

func never(*chat.Channel, string) {}

// M3: a channel goes from any kind of handler to any other, and what it sees next does not depend
// on the cuts.
func TestUseEveryKind(t *testing.T) {
	for to := range kindsOf("", never) {
		second := kindsOf("2", never)[to]
		for from, first := range kindsOf("1", func(c *chat.Channel, line string) {
			if line == "use" {
				require.NoError(t, c.Use(second))
			}
		}) {
			t.Run(from+"/"+to, func(t *testing.T) {
				c := chattest.EverySplit(t, first, "a\nuse\nb\n\nc\n")
				require.Equal(t, "1 a\r\n1 use\r\n2 b\r\n2 \r\n2 c\r\n", string(c.Received()))
			})
		}
	}
}

// A tap of what happens to a handler.
type noted struct {
	*chat.Channel
	chat.Collector
	name string
	t    *[]string
	f    func(s *noted, callback string)
}

func (s *noted) note(callback string) {
	*s.t = append(*s.t, s.name+" "+callback)
	if s.f != nil {
		s.f(s, callback)
	}
}

func (s *noted) FoundTerminator()      { s.note("found " + string(s.Take())) }
func (s *noted) HandleConnect()        { s.note("connect") }
func (s *noted) HandleEOF()            { s.note("eof") }
func (s *noted) HandleTimeout(error)   { s.note("timeout") }
func (s *noted) HandleDrained()        { s.note("drained") }
func (s *noted) HandleClose(err error) { s.note(fmt.Sprint("close ", err)) }
func (s *noted) HandleShutdown()       { s.note("shutdown") }
func (s *noted) HandleSkipped()        { s.note("skipped") }
func (s *noted) HandleError(err error) { s.note("error") }
func (s *noted) HandleTooLong()        { s.note("too long") }

func noting(name string, to *[]string, f func(s *noted, callback string)) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.String("\n"))
		return &noted{Channel: c, name: name, t: to, f: f}
	}
}

// The handler that was gets nothing more, whatever it has asked for, and the new one everything,
// from HandleConnect to HandleClose.
func TestUseEndsTheOldHandler(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		use  string // the callback in which it is called
		then func(c *chat.Channel)
		want string
	}{
		"found":   {"a\nb\n", "found a", nil, "1 connect, 1 found a, 2 connect, 2 found b"},
		"connect": {"a\nb\n", "connect", nil, "1 connect, 2 connect, 2 found a, 2 found b"},
		"pause": {"a\nb\n", "found a", (*chat.Channel).PauseReading,
			"1 connect, 1 found a, 2 connect, 2 found b"},
		"pause after": {"a\nb\n", "found a", func(c *chat.Channel) { c.PauseAfter(1) },
			"1 connect, 1 found a, 2 connect, 2 found b"},
		"terminator": {"a\nb\n", "found a", func(c *chat.Channel) {
			c.SetTerminator(terminator.Length(1))
		}, "1 connect, 1 found a, 2 connect, 2 found b"},
		"limits": {"a\n" + strings.Repeat("b", 50) + "\n", "found a", func(c *chat.Channel) {
			c.SetMaxElement(10, true)
			l := c.Limits()
			l.IdleTimeout = time.Millisecond
			c.SetLimits(l)
		}, "1 connect, 1 found a, 2 connect, 2 found " + strings.Repeat("b", 50)},
		"timers": {"a\nb\n", "found a", func(c *chat.Channel) {
			c.After(time.Second, func() { c.PushString("late") })
			c.Every(time.Second, func() { c.PushString("again and again") })
		}, "1 connect, 1 found a, 2 connect, 2 found b"},
		"unread": {"a\nb\n", "found a", func(c *chat.Channel) { c.Unread([]byte("c\n")) },
			"1 connect, 1 found a, 2 connect, 2 found c, 2 found b"},
		"close": {"a\nb\n", "found a", func(c *chat.Channel) { c.Close() },
			"1 connect, 1 found a, 2 close <nil>"},
		"close when done": {"a\nb\n", "found a", func(c *chat.Channel) { c.CloseWhenDone() },
			"1 connect, 1 found a, 2 close <nil>"},
		"panic": {"a\nb\n", "found a", func(c *chat.Channel) { panic("boom") },
			"1 connect, 1 found a, 2 close panic in a handler: boom"},
		"again": {"a\nb\n", "found a", func(c *chat.Channel) {
			c.Use(func(*chat.Channel) chat.Handler { panic("not this") })
			c.Use(chat.Lines(func(c *chat.Channel, line []byte) { c.PushLine("line", string(line)) }))
		}, "1 connect, 1 found a"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			c := chattest.NewConn(t, noting("1", &got, func(s *noted, callback string) {
				if callback != test.use {
					return
				}
				require.NoError(t, s.Use(noting("2", &got, nil)))
				if test.then != nil {
					test.then(s.Channel)
				}
			}))
			c.SendString(test.in)
			c.Advance(10 * time.Second)
			got = deleteOf(got, "2 drained")
			require.Equal(t, test.want, strings.Join(got, ", "))
			if name == "again" {
				require.Equal(t, "line b\r\n", string(c.Received()))
			} else {
				require.Empty(t, string(c.Received()))
			}
		})
	}
}

func deleteOf(list []string, what string) (rest []string) {
	for _, s := range list {
		if s != what {
			rest = append(rest, s)
		}
	}
	return rest
}

// The end of the input, and a shutdown, are told to the new handler, also if the old one knows.
func TestUseTellsTheEnd(t *testing.T) {
	for _, use := range []string{"found b", "eof"} {
		t.Run(use, func(t *testing.T) {
			var got []string
			c := chattest.NewConn(t, noting("1", &got, func(s *noted, callback string) {
				if callback == use {
					require.NoError(t, s.Use(noting("2", &got, nil)))
				}
			}))
			c.SendString("a\nb\n")
			c.CloseWrite()
			require.Equal(t, "2 connect 2 eof", strings.Join(got[len(got)-2:], " "))
		})
	}
}

// Within an element, the new handler begins behind it: the cuts do not matter. Under None it begins
// behind the call.
func TestUseWithinAnElement(t *testing.T) {
	second := kindsOf("2", never)["Lines"]
	for name, test := range map[string]struct {
		t    terminator.Terminator
		in   string
		want string
	}{
		"String": {terminator.String("\r\n"), "xyz\r\nb\r\n", "2 b\r\n"},
		"Length": {terminator.Length(5), "xyz\r\nb\r\n", "2 b\r\n"},
		"sniff":  {terminator.Length(1), "xyz\r\nb\r\n", "2 yz\r\n2 b\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for cut := range len(test.in) {
				c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
					c.SetTerminator(test.t)
					return collector(func([]byte) { require.NoError(t, c.Use(second)) })
				})
				c.SendString(test.in[:cut])
				c.SendString(test.in[cut:])
				require.Equal(t, test.want, string(c.Received()), "cut at %d", cut)
			}
		})
	}
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		return collector(func([]byte) { require.NoError(t, c.Use(second)) })
	})
	c.SendString("all\r\n")
	c.SendString("b\r\n")
	require.Equal(t, "2 b\r\n", string(c.Received()))
}

// collector is a handler that is called with what is collected.
type collector func([]byte)

func (f collector) CollectIncomingData(data []byte) { f(data) }
func (f collector) FoundTerminator()                { panic("it is not called any more") }

// What Lines has gathered of an element that nobody has seen is the first input of the next.
func TestUseFromElsewhere(t *testing.T) {
	for from, first := range kindsOf("1", never) {
		if from == "Collector" {
			continue // which has it
		}
		t.Run(from, func(t *testing.T) {
			c := chattest.NewConn(t, first)
			c.SendString("a\nhal")
			require.NoError(t, c.Channel().Use(kindsOf("2", never)["Messages"]))
			c.SendString("f\nb\n")
			require.Equal(t, "1 a\r\n2 half\r\n2 b\r\n", string(c.Received()))
		})
	}
}

// The change comes behind the work in flight and its answer, and behind what was posted: the next
// handler is made then.
func TestUseWaitsForWork(t *testing.T) {
	next := func(c *chat.Channel) chat.Handler {
		c.PushLine("made")
		return kindsOf("2", never)["Lines"](c)
	}
	c := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, line []byte) {
		c.Go(func() func() {
			return func() {
				c.PushLine("answer")
				c.Post(func() { c.PushLine("posted") })
			}
		})
		c.Use(next)
	}))
	c.HoldWork()
	c.SendString("ask\nb\n")
	require.Empty(t, string(c.Received()))
	c.FinishWork()
	require.Equal(t, "answer\r\nposted\r\nmade\r\n2 b\r\n", string(c.Received()))
}

// A handler that sets no terminator gets at once what came behind the last element.
func TestUseUnderNone(t *testing.T) {
	all := func(c *chat.Channel) chat.Handler {
		return collector(func(data []byte) { c.Push(data) })
	}
	c := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, _ []byte) { c.Use(all) }))
	c.SendString("use\nrest")
	require.Equal(t, "rest", string(c.Received()))
}

// What a test kit puts before a handler is put before the next, also if Use is called twice.
func TestUseTwiceStaysWrapped(t *testing.T) {
	made := 0
	first := chat.Lines(func(c *chat.Channel, _ []byte) {
		c.Use(func(*chat.Channel) chat.Handler { panic("not this") })
		c.Use(kindsOf("2", never)["Lines"])
	})
	l := served(t, &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		return standsBefore{first(c), &made}
	}}, 1)
	p := l.Dial()
	p.SendString("use\nb\n")
	require.Equal(t, "2 b\r\n", string(p.Received()))
	require.Equal(t, 1, made)
}

// standsBefore is what chattest puts between a channel and a handler.
type standsBefore struct {
	chat.Handler
	made *int // how many it stands before since the first
}

func (s standsBefore) Inner() chat.Handler { return s.Handler }

func (s standsBefore) Wrap(next chat.NewHandler) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		*s.made++
		return standsBefore{next(c), s.made}
	}
}

// A conversation that has lost its channel ends, and its result does not matter.
func TestUseEndsAConversation(t *testing.T) {
	var errs []error
	f := func(v *chat.Conversation) error {
		_, err := v.ReadLine()
		errs = append(errs, err, v.Channel().Use(kindsOf("2", never)["Lines"]))
		_, err = v.ReadLine()
		errs = append(errs, err)
		return err
	}
	c := chattest.NewConn(t, chat.Converse(f))
	c.SendString("a\r\nb\r\n")
	require.Equal(t, "2 b\r\n", string(c.Received()))
	require.Len(t, errs, 3)
	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	require.ErrorContains(t, errs[2], "another handler")
	c.CloseWrite()
	require.Equal(t, io.EOF, c.Reason())

	c = chattest.NewConn(t, chat.Converse(func(v *chat.Conversation) error {
		return v.Channel().Use(kindsOf("2", never)["Lines"])
	}))
	c.SendString("b\n")
	require.Equal(t, "2 b\r\n", string(c.Received()))
}

// Use has no effect where there is no handler, or none any more.
func TestUseRefused(t *testing.T) {
	h := kindsOf("2", never)["Lines"]
	var early error
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		early = c.Use(h)
		return kindsOf("1", never)["Lines"](c)
	})
	require.ErrorContains(t, early, "no handler yet")
	require.Error(t, c.Channel().Use(nil))
	c.SendString("a\n")
	require.Equal(t, "1 a\r\n", string(c.Received()))
	c.Channel().CloseWhenDone()
	require.Equal(t, chat.ErrClosed, c.Channel().Use(h))
	c = chattest.NewConn(t, h)
	c.Channel().Close()
	require.Equal(t, chat.ErrClosed, c.Channel().Use(h))
}

// A new handler that is nil, or panics, ends the channel.
func TestUseOfNothing(t *testing.T) {
	c := chattest.NewConn(t, h1)
	require.NoError(t, c.Channel().Use(func(*chat.Channel) chat.Handler { return nil }))
	c.SendString("a\n")
	require.True(t, c.Closed())
	require.NoError(t, c.Reason())
}

var h1 = kindsOf("1", never)["Lines"]

// A close behind Use is a close: nobody begins, the new handler is told, and nobody panics.
func TestCloseBehindUse(t *testing.T) {
	log, logger := newLogbook(slog.LevelInfo)
	second, secondHandler := record(crlf)
	l := served(t, &chat.Server{Logger: logger, Handler: chat.Lines(func(c *chat.Channel, _ []byte) {
		require.NoError(t, c.Use(secondHandler))
		c.Close()
	})}, 1)
	l.Dial().SendString("a\r\nb\r\n")
	require.Equal(t, "close <nil>", second.events())
	log.expect(t)
}
