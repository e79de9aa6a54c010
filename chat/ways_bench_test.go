package chat_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/internal/coroutine"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

const waysLine = "123456789012345678901234567890\r\n"

var waysEnd = []byte("\r\n")

// waysCollector is a handler that takes each line from a Collector. With bytes, every other element
// is a Length instead.
type waysCollector struct {
	chat.Collector
	*chat.Channel
	bytes, inBytes bool
}

func (h *waysCollector) FoundTerminator() {
	h.Push(h.Take())
	if !h.inBytes {
		h.Push(waysEnd)
	}
	if h.bytes {
		if h.inBytes = !h.inBytes; h.inBytes {
			h.SetTerminator(terminator.Length(int64(len(waysLine))))
		} else {
			h.SetTerminator(crlf)
		}
	}
}

// waysHandler is a handler that keeps nothing.
type waysHandler struct{ *chat.Channel }

func (h *waysHandler) CollectIncomingData(data []byte) { h.Push(data) }
func (h *waysHandler) FoundTerminator()                { h.Push(waysEnd) }

type waysReads struct {
	chat.Reads
	f func([]byte)
}

func (r *waysReads) line(line []byte) {
	echoLine(r.Channel, line)
	r.Line(r.f)
}

func echoLine(c *chat.Channel, line []byte) {
	c.Push(line)
	c.Push(waysEnd)
}

// used is Messages on a channel with which something was done before.
func used(use func(c *chat.Channel)) chat.NewHandler {
	messages := chat.Messages(crlf, echoLine)
	return func(c *chat.Channel) chat.Handler {
		h := messages(c)
		use(c)
		return h
	}
}

// The ways in which a program may take lines and echo them.
var ways = []struct {
	name    string
	handler chat.NewHandler
}{
	{"Messages", chat.Messages(crlf, echoLine)},
	{"MessagesID", used(func(c *chat.Channel) { c.ID() })},
	{"MessagesUnread", used(func(c *chat.Channel) { c.Unread([]byte(waysLine)) })},
	{"Lines", chat.Lines(echoLine)},
	{"Collector", func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &waysCollector{Channel: c}
	}},
	{"Session", chat.Session(crlf, func(c *chat.Channel) *chat.Channel { return c }, echoLine)},
	{"CollectorBytes", func(c *chat.Channel) chat.Handler { // a line, so many bytes, a line again
		c.SetTerminator(crlf)
		return &waysCollector{Channel: c, bytes: true}
	}},
	{"Handler", func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &waysHandler{c}
	}},
	{"Reads", func(c *chat.Channel) chat.Handler {
		r := &waysReads{Reads: chat.Reads{Channel: c}}
		r.f = r.line // a method value is made once
		r.Line(r.f)
		return r
	}},
	{"Conversation", chat.Converse(func(v *chat.Conversation) error {
		for {
			line, err := v.ReadUntil(crlf)
			if err != nil {
				return err
			}
			v.Write(line)
			if _, err := v.Write(waysEnd); err != nil {
				return err
			}
		}
	})},
}

// What an event of a channel costs in each way: 1 or 16 lines came, and their echo is sent. Read
// the figures as ratios, of runs that alternate.
func BenchmarkWays(b *testing.B) {
	const channels = 16
	for _, way := range ways {
		for _, lines := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%d", way.name, lines), func(b *testing.B) {
				k := &endless{input: bytes.Repeat([]byte(waysLine), lines)}
				loop, err := core.New(core.WithKernel(k))
				require.NoError(b, err)
				defer loop.Close()
				for fd := range channels {
					chat.NewChannel(core.NewConn(loop, fd), way.handler)
				}
				b.ReportAllocs()
				for range 10 { // the queues get their memory
					loop.Poll(0)
				}
				for b.Loop() {
					loop.Poll(0)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*channels), "ns/event")
			})
		}
	}
}

// What it costs to resume a coroutine that parks at once, as Converse does for each event.
func BenchmarkSwitches(b *testing.B) {
	var co *coroutine.Coroutine
	co = coroutine.New(func() {
		for co.Park() {
		}
	})
	defer co.Cancel()
	for b.Loop() {
		co.Resume()
	}
}
