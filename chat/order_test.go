package chat_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
)

// orderly are handlers whose lines say what is put off, and how.
var orderly = map[string]func(c *chat.Channel, line string){
	"Channel.Broadcast": func(c *chat.Channel, line string) {
		c.Broadcast([]*chat.Channel{c}, []byte("<"+line+">"))
		c.PushString("after ")
	},
	"Broadcast": func(c *chat.Channel, line string) {
		chat.Broadcast([]*chat.Channel{c}, []byte("<"+line+">"))
		c.PushString("after ")
	},
	"Broadcast alone": func(c *chat.Channel, line string) {
		chat.Broadcast([]*chat.Channel{c}, []byte("<"+line+">"))
	},
	"Post": func(c *chat.Channel, line string) {
		c.Post(func() { c.PushString("<" + line + ">") })
		c.PushString("before ")
	},
	"Post that posts": func(c *chat.Channel, line string) {
		c.Post(func() {
			c.PushString("<" + line)
			c.Post(func() { c.PushString(">") })
		})
	},
	"After": func(c *chat.Channel, line string) {
		c.After(0, func() { c.PushString("<" + line + ">") })
		c.PushString("before ")
	},
	"After that is stopped": func(c *chat.Channel, line string) {
		c.After(0, func() { c.PushString("never") }).Stop()
		c.PushString(line + " ")
	},
	"After and Post": func(c *chat.Channel, line string) {
		c.After(0, func() { c.Post(func() { c.PushString("<" + line + ">") }) })
		c.Post(func() { c.After(-1, func() { c.PushString("[" + line + "]") }) })
	},
	"Go that posts": func(c *chat.Channel, line string) {
		c.Go(func() func() {
			return func() { c.Post(func() { c.PushString("<" + line + ">") }) }
		})
	},
}

// orderlyWays make a handler of f of each kind. "quit" ends the channel.
func orderlyWays(f func(*chat.Channel, string)) map[string]chat.NewHandler {
	say := func(c *chat.Channel, line []byte) {
		if string(line) == "quit" {
			c.CloseWhenDone()
			return
		}
		f(c, string(line))
	}
	return map[string]chat.NewHandler{
		"Lines": chat.Lines(say),
		"handler": func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			return &sayer{Channel: c, say: say}
		},
		"Reads": func(c *chat.Channel) chat.Handler {
			r := &chat.Reads{Channel: c}
			var next func([]byte)
			next = func(line []byte) { say(c, line); r.Line(next) }
			r.Line(next)
			return r
		},
		"Converse": chat.Converse(func(v *chat.Conversation) error {
			for line, err := range v.Lines() {
				if err != nil || line == "quit" {
					return err
				}
				f(v.Channel(), line)
			}
			return nil
		}),
	}
}

type sayer struct {
	*chat.Channel
	chat.Collector
	say func(*chat.Channel, []byte)
}

func (s *sayer) FoundTerminator() { s.say(s.Channel, s.Take()) }

// W8: what a handler puts off comes before its next element, and before an end, however the stream
// was cut.
func TestPutOffIsInOrder(t *testing.T) {
	for name, f := range orderly {
		for way, h := range orderlyWays(f) {
			t.Run(name+"/"+way, func(t *testing.T) {
				chattest.EverySplit(t, h, "one\r\ntwo\r\nquit\r\nnever\r\n")
				c := chattest.NewConn(t, h)
				c.SendString("one\r\ntwo\r\nquit\r\nnever\r\n")
				whole := string(c.Received())
				if one, two := strings.Index(whole, "one"), strings.Index(whole, "two"); one < 0 || two < one ||
					strings.Contains(whole, "never") || !c.Closed() {
					t.Errorf("the peer gets %q, closed %t", whole, c.Closed())
				}
			})
		}
	}
}

// W8: and before the first bytes of the next element, which are told before all of it.
func TestPutOffComesBeforeCollect(t *testing.T) {
	h := func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &parrot{c}
	}
	stream := "one\r\ntwo\r\nthree\r\n"
	chattest.EverySplit(t, h, stream)
	c := chattest.NewConn(t, h)
	c.SendString(stream)
	expectReceived(t, c, "one<end>two<end>three<end>")
}

// A parrot repeats what comes, and says behind it that it has ended.
type parrot struct{ *chat.Channel }

func (p *parrot) CollectIncomingData(data []byte) { p.Push(data) }
func (p *parrot) FoundTerminator()                { p.Post(func() { p.PushString("<end>") }) }

// W8: so does the end that the peer makes, and what HandleConnect puts off comes before the first
// element, which may be there already.
func TestPutOffAtTheEnds(t *testing.T) {
	a := gather(t, 1, 0)
	near, far, err := a.k.Pair()
	require.NoError(t, err)
	a.k.Write(far, []byte("one\r\ntwo\r\n"))
	a.k.CloseWrite(far)
	r, h := record(crlf, onEvent(func(r *recorder, event string) {
		if event == "connect" {
			r.Post(func() { r.PushString("hello ") })
		}
	}), onFound(func(r *recorder, element string) {
		r.PushString(element + " ")
		r.After(0, func() { r.PushString("later ") })
	}))
	chat.NewChannel(core.NewConn(a.group.Loops()[0], near), h)
	a.settle()
	got := ""
	for n, _ := a.k.Read(far, a.buf[:]); n > 0; n, _ = a.k.Read(far, a.buf[:]) {
		got += string(a.buf[:n])
		a.settle()
	}
	if want := "hello one later two later "; got != want {
		t.Errorf("the peer gets %q, want %q", got, want)
	}
	r.expect(t, `connect, "one", found, "two", found, close EOF`)
}

// Behind an end only what was posted before may push.
func TestPushBehindAnEnd(t *testing.T) {
	var errs []error
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() {
		r.Post(func() { errs = append(errs, r.PushString("posted")) })
		r.CloseWhenDone()
		errs = append(errs, r.PushString("too late"))
	})
	require.Equal(t, []error{chat.ErrClosed, nil}, errs)
	expectReceived(t, c, "posted")
}

// A handler that posts without end, and a goroutine that posts faster than the loop, hold up the
// input for a while, and not forever.
func TestEndlessPosts(t *testing.T) {
	a := gather(t, 1, 1)
	r, posts := a.handlers[0], 0
	var post func()
	post = func() { posts++; r.Post(post) }
	r.onFound = func(*recorder, string) { post() }
	a.k.Write(a.peers[0], []byte("one\r\ntwo\r\nthree\r\n"))
	for range 1000 {
		a.turn()
	}
	if n := r.count("found"); n != 3 {
		t.Errorf("%d elements after 1000 turns and %d posts, want 3", n, posts)
	}
	r.Channel.CloseWhenDone()
	for range 1000 {
		a.turn()
	}
	a.k.CloseWrite(a.peers[0])
	for range 10 {
		a.turn()
	}
	if r.count("close <nil>") != 1 {
		t.Errorf("not closed: %s", r.events())
	}
}

// Posts of other goroutines lose nothing and keep their order while input comes.
func TestPostsBesideInput(t *testing.T) {
	a := gather(t, 1, 1)
	r := a.handlers[0]
	r.onFound = func(r *recorder, element string) { r.PushString("e") }
	var wg sync.WaitGroup
	const posts = 2000
	wg.Go(func() {
		for i := range posts {
			r.Post(func() { r.PushString(fmt.Sprintf("%d,", i)) })
		}
	})
	for range 500 {
		a.k.Write(a.peers[0], []byte("x\r\ny\r\n"))
		a.turn()
		a.read(0, 1<<20)
	}
	wg.Wait()
	got := a.readAll(0)
	var want bytes.Buffer
	for i := range posts {
		fmt.Fprintf(&want, "%d,", i)
	}
	if strings.ReplaceAll(got, "e", "") != want.String() || strings.Count(got, "e") != 1000 {
		t.Errorf("%d elements, and %d bytes of posts", strings.Count(got, "e"), len(got)-1000)
	}
}

// W8: to oneself a broadcast is a push: it does not wait behind the replies to a slow reader, and
// is not dropped.
func TestOwnBroadcastToASlowReader(t *testing.T) {
	a := gather(t, 1, 1)
	c := a.channels[0]
	setLimits(c, func(l *chat.Limits) { l.Slow, l.MaxOutput = chat.SlowDropNewest, 300_000 })
	c.Post(func() {
		for n := range 100 {
			if n%2 == 0 {
				c.Broadcast(a.channels, []byte(numbered(n)))
			} else {
				c.PushString(numbered(n))
			}
		}
	})
	if got, _ := a.numbers(a.readAll(0)); len(got) != 100 || got[99] != 99 || c.Dropped() != 0 {
		t.Errorf("got %v, %d dropped", got, c.Dropped())
	}
}

// W22: the timers of a channel end with it; so do those that are armed afterwards.
func TestTimersEndWithTheChannel(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	fired := map[string]int{}
	fire := func(name string) func() { return func() { fired[name]++ } }
	var timer *core.Timer
	c.Do(func() {
		timer = r.After(time.Second, fire("after"))
		r.After(time.Hour, fire("hour"))
		r.Every(400*time.Millisecond, fire("every"))
		r.Loop().After(2*time.Second, fire("loop"))
	})
	c.Advance(time.Second)
	require.Equal(t, map[string]int{"after": 1, "every": 2}, fired)
	if r.Closed() {
		t.Error("Closed is true")
	}
	c.Do(func() { timer.Reset(time.Second); r.Close() })
	if !r.Closed() {
		t.Error("Closed is false after Close")
	}
	c.Do(func() {
		for _, timer := range []*core.Timer{timer, r.After(time.Second, fire("later"))} {
			if _, armed := timer.When(); armed {
				t.Error("a timer is armed after the close")
			}
		}
		r.After(0, fire("later"))
		timer.Reset(0)
	})
	c.Advance(2 * time.Hour)
	require.Equal(t, map[string]int{"after": 1, "every": 2, "loop": 1}, fired)
}

// A channel that arms and stops a timer for each message keeps none of them.
func TestTimersOfAChannelAreForgotten(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	before := heap()
	c.Do(func() {
		for range 100_000 {
			r.After(time.Hour, func() {}).Stop()
		}
	})
	if more := int64(heap() - before); more > 1<<20 {
		t.Errorf("%d bytes are kept", more)
	}
}

// W32: a session that is its own producer is not closed by the end of it, nor when it may not push.
func TestSessionAsProducer(t *testing.T) {
	for name, early := range map[string]bool{"in FoundTerminator": false, "in NewHandler": true} {
		var s *selfProducer
		c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			s = &selfProducer{Channel: c}
			if early {
				s.FoundTerminator()
			}
			return s
		})
		c.SendString("go\r\n")
		got := string(c.Received())
		if want := "piece piece end "; !strings.HasSuffix(got, want) || c.Closed() {
			t.Errorf("%s: got %q, closed %t", name, got, c.Closed())
		}
		c.Stall()
		c.Do(func() {
			c.Channel().PushString(strings.Repeat("x", 100_000))
			c.Channel().CloseWhenDone()
			require.Equal(t, chat.ErrClosed, s.PushProducer(s))
		})
		c.Unstall()
		if n := len(c.Received()); n != 100_000 {
			t.Errorf("%s: %d bytes of 100,000 are sent", name, n)
		}
	}
}

type selfProducer struct {
	*chat.Channel
	chat.Collector
	left int
}

func (s *selfProducer) FoundTerminator() {
	s.Take()
	s.left = 2
	s.PushProducer(s)
	s.PushString("end ")
}

func (s *selfProducer) More() ([]byte, error) {
	if s.left == 0 {
		return nil, nil
	}
	s.left--
	return []byte("piece "), nil
}
