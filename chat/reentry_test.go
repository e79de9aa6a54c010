package chat_test

import (
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// calls has what a callback may do to its channel: each method, in the ways that matter. A new method needs an entry here.
var calls = map[string][]func(*prober){
	"Abort":          {func(p *prober) { p.dead = true; p.Abort() }},
	"After":          {func(p *prober) { p.After(0, p.callback("timer")) }, func(p *prober) { p.After(time.Minute, p.callback("timer")).Stop() }},
	"Close":          {func(p *prober) { p.dead = true; p.Close() }, func(p *prober) { p.CloseWhenDone(); p.dead = true; p.Close() }},
	"CloseWhenDone":  {func(p *prober) { p.CloseWhenDone() }, func(p *prober) { p.PushString("last"); p.CloseWhenDone(); p.CloseWhenDone() }},
	"CloseWrite":     {func(p *prober) { p.CloseWrite() }, func(p *prober) { p.PushString("last"); p.CloseWrite(); p.CloseWhenDone() }},
	"DiscardBuffers": {func(p *prober) { p.DiscardBuffers() }, func(p *prober) { p.CloseWhenDone(); p.DiscardBuffers() }},
	"Go": {
		func(p *prober) { p.Go(func() func() { return p.callback("done") }) },
		func(p *prober) { p.Go(func() func() { return nil }); p.CloseWhenDone() },
		func(p *prober) { p.Go(func() func() { panic("boom") }) },
		func(p *prober) { p.Go(func() func() { p.dead = true; p.Close(); return nil }) },
	},
	"Limits":       {func(p *prober) { p.Limits() }},
	"LocalAddr":    {func(p *prober) { p.LocalAddr() }},
	"Loop":         {func(p *prober) { p.Loop().Poll(0) }},
	"Matched":      {func(p *prober) { p.Matched() }},
	"PauseAfter":   {func(p *prober) { p.PauseAfter(1) }, func(p *prober) { p.PauseAfter(0) }},
	"PauseReading": {func(p *prober) { p.PauseReading() }, func(p *prober) { p.PauseReading(); p.ResumeReading() }},
	"Post":         {func(p *prober) { p.Post(p.callback("posted")) }},
	"Push":         {func(p *prober) { p.Push([]byte("x")) }, func(p *prober) { p.Push(make([]byte, 200_000)) }},
	"PushLine":     {func(p *prober) { p.PushLine("a", "b") }, func(p *prober) { p.PushLine("\n") }},
	"PushProducer": {
		func(p *prober) { p.PushProducer(fifo.Bytes([]byte("x"))) },
		func(p *prober) { p.PushProducer(failing{}) },
		func(p *prober) { p.PushProducer(panicking{}) },
		func(p *prober) { p.PushProducer(waiting{}) },
	},
	"PushString":     {func(p *prober) { p.PushString("x") }},
	"Queued":         {func(p *prober) { p.Queued() }},
	"RemoteAddr":     {func(p *prober) { p.RemoteAddr() }},
	"ResumeProducer": {func(p *prober) { p.ResumeProducer() }, func(p *prober) { p.PushProducer(waiting{}); p.ResumeProducer() }},
	"ResumeReading":  {func(p *prober) { p.ResumeReading() }},
	"SetLimits": {
		func(p *prober) { p.SetLimits(chat.Limits{}) },
		func(p *prober) {
			p.SetLimits(chat.Limits{MaxElement: 1, MaxOutput: 1, MaxBuffered: 1, Lifetime: time.Second})
		},
	},
	"SetMaxElement": {func(p *prober) { p.SetMaxElement(1, false) }, func(p *prober) { p.SetMaxElement(chat.NoLimit, true) }},
	"SetTerminator": {
		func(p *prober) { p.SetTerminator(terminator.None) },
		func(p *prober) { p.SetTerminator(terminator.Length(0)) },
		func(p *prober) { p.SetTerminator(terminator.Length(1)) },
	},
	"StartTLS": {
		func(p *prober) { p.StartTLS(nil) },
		func(p *prober) { p.StartTLS(serverConfig()) },
		func(p *prober) { p.StartTLS(serverConfig()); p.PushString("x"); p.CloseWhenDone() },
		func(p *prober) { p.PushString("x"); p.StartTLS(serverConfig()); p.DiscardBuffers() },
		func(p *prober) { p.StartTLS(serverConfig()); p.CloseWrite(); p.Unread([]byte("x")) },
	},
	"ConnectionState": {func(p *prober) { p.ConnectionState() }},
	"Dropped":         {func(p *prober) { p.Dropped() }},
	"ExpectMore":      {func(p *prober) { p.ExpectMore() }},
	"Terminator":      {func(p *prober) { p.Terminator() }},
	"Unread":          {func(p *prober) { p.Unread([]byte("again\r\nand ")) }},
	"Write":           {func(p *prober) { p.Write([]byte("x")) }},
}

type failing struct{}

func (failing) More() ([]byte, error) { return nil, io.ErrNoProgress }

type panicking struct{}

func (panicking) More() ([]byte, error) { panic("boom") }

type waiting struct{}

func (waiting) More() ([]byte, error) { return nil, fifo.ErrNotReady }

// situations has what makes a channel call its handler at the place of that name, which is the first word.
var situations = map[string]func(*probe){
	"newHandler":          func(*probe) {},
	"HandleConnect":       func(*probe) {},
	"CollectIncomingData": func(p *probe) { p.peer.SendString("an ele") },
	"FoundTerminator":     func(p *probe) { p.peer.SendString("an element\r\nand another\r\nand ") },
	"HandleDrained":       func(p *probe) { p.post(func() { p.h.PushString("x") }) },
	"HandleTooLong":       func(p *probe) { p.peer.Send(make([]byte, 200)) },
	"HandleTimeout":       func(p *probe) { p.l.Advance(chat.DefaultFirstTimeout) },
	"HandleError":         func(p *probe) { p.post(func() { panic("boom") }) },
	"HandleEOF":           func(p *probe) { p.peer.SendString("half"); p.peer.CloseWrite() },
	"HandleShutdown":      func(p *probe) { p.server.BeginShutdown(); p.l.Advance(0) },
	"HandleClose":         func(p *probe) { p.peer.Reset() },
	"posted":              func(p *probe) { p.post(p.h.callback("posted")) },
	"timer":               func(p *probe) { p.h.After(time.Second, p.h.callback("timer")); p.l.Advance(time.Second) },
	"More":                func(p *probe) { p.post(func() { p.h.PushProducer(p.h) }) },
	"done":                func(p *probe) { p.post(func() { p.h.Go(func() func() { return p.h.callback("done") }) }) },

	"posted while work is in flight": func(p *probe) {
		p.l.HoldWork()
		p.post(func() { p.h.Go(func() func() { return p.h.callback("done") }) })
		p.peer.SendString("an element\r\nand another\r\nand ")
		p.post(p.h.callback("posted"))
	},
	"done after CloseWhenDone": func(p *probe) {
		p.l.HoldWork()
		p.post(func() { p.h.Go(func() func() { return p.h.callback("done") }); p.h.CloseWhenDone() })
		p.l.FinishWork()
	},
	"posted while output waits": func(p *probe) {
		p.peer.Stall()
		p.post(func() { p.h.Push(make([]byte, 200_000)) })
		p.peer.SendString("an element\r\nand another\r\nand ")
		p.post(p.h.callback("posted"))
	},
	"posted while paused": func(p *probe) {
		p.post(p.h.PauseReading)
		p.peer.SendString("an element\r\nand another\r\nand ")
		p.post(p.h.callback("posted"))
	},
	"posted after CloseWrite": func(p *probe) {
		p.post(p.h.CloseWrite)
		p.post(p.h.callback("posted"))
	},
	"posted after the peer's end": func(p *probe) {
		p.peer.CloseWrite()
		p.post(p.h.callback("posted"))
	},
	"posted while lingering": func(p *probe) {
		p.post(p.h.CloseWhenDone)
		p.post(p.h.callback("posted"))
	},
}

// A prober is a handler that has every callback, and does something in one of them.
type prober struct {
	*chat.Channel
	t      *testing.T
	where  string
	do     func(*prober)
	inside string // the callback that is running
	dead   bool   // it has been closed at once
	did    bool
	closes int
}

// enter is called at each callback. There is never one within another, nor after a close any but those that have nothing to do with the
// connection.
func (p *prober) enter(name string) {
	if p.inside != "" {
		p.t.Errorf("%s is called within %s", name, p.inside)
	}
	if p.dead && name != "HandleClose" && name != "posted" && name != "timer" && name != "done" {
		p.t.Errorf("%s is called after a close", name)
	}
	p.inside = name
	defer func() { p.inside = "" }()
	p.at(name)
}

func (p *prober) at(name string) {
	if name == p.where && !p.did {
		p.did = true
		p.do(p)
	}
}

func (p *prober) callback(name string) func() { return func() { p.enter(name) } }

func (p *prober) CollectIncomingData([]byte) { p.enter("CollectIncomingData") }
func (p *prober) FoundTerminator()           { p.enter("FoundTerminator") }
func (p *prober) HandleConnect()             { p.enter("HandleConnect") }
func (p *prober) HandleEOF()                 { p.enter("HandleEOF") }
func (p *prober) HandleDrained()             { p.enter("HandleDrained") }
func (p *prober) HandleTooLong()             { p.enter("HandleTooLong") }
func (p *prober) HandleError(error)          { p.enter("HandleError") }
func (p *prober) HandleTimeout(error)        { p.enter("HandleTimeout") }
func (p *prober) HandleShutdown()            { p.enter("HandleShutdown") }

func (p *prober) HandleClose(error) {
	p.closes++
	p.enter("HandleClose")
}

// More makes the prober a producer. It is asked while output is sent, also within a push.
func (p *prober) More() ([]byte, error) {
	p.at("More")
	return nil, io.EOF
}

// A probe is a server in memory with two channels on one loop: one to be tried, and its neighbour.
type probe struct {
	*testing.T
	l               *chattest.Listener
	server          *chat.Server
	peer, neighbour *chattest.Peer
	h               *prober
}

func newProbe(t *testing.T, where string, do func(*prober)) *probe {
	p := &probe{T: t, l: chattest.Listen(t), h: &prober{t: t, where: where, do: do}}
	p.server = &chat.Server{
		Limits: chat.Limits{MaxElement: 100, SkipTooLong: true},
		Handler: chattest.Guard(t, func(c *chat.Channel) chat.Handler {
			if p.neighbour == nil {
				return &bystander{newEcho(c)}
			}
			p.h.Channel = c
			c.SetTerminator(crlf)
			p.h.enter("newHandler")
			return p.h
		}),
	}
	require.NoError(t, p.server.Serve(p.l))
	p.neighbour = p.l.Dial()
	p.neighbour.SendString("hello\r\n")
	p.neighbour.Received()
	p.peer = p.l.Dial()
	return p
}

// bystander is an echo that a shutdown does not close.
type bystander struct{ chat.Handler }

func (*bystander) HandleShutdown() {}

func (p *probe) post(f func()) {
	if p.h.Post(f) == nil {
		p.l.Advance(0)
	}
}

// finish lets everything happen that may, and looks who is still alive.
func (p *probe) finish(wantCloses int) {
	p.Helper()
	p.peer.Unstall()
	p.peer.SendString("more\r\nand ")
	for p.l.FinishWork() {
	}
	p.peer.CloseWrite()
	p.l.Advance(time.Minute)
	for _, line := range []string{"are you\r\n", "still there?\r\n"} {
		p.neighbour.SendString(line)
		if got := string(p.neighbour.Received()); got != line {
			p.Errorf("the neighbour answers %q to %q", got, line)
		}
	}
	p.server.Close()
	p.l.Advance(time.Hour)
	if p.h.closes != wantCloses {
		p.Errorf("HandleClose was called %d times, want %d", p.h.closes, wantCloses)
	}
	if !p.h.did {
		p.Errorf("%s was never called", p.h.where)
	}
	if !p.peer.Closed() || !p.neighbour.Closed() {
		p.Errorf("the peers see the end: %t, %t; want it both", p.peer.Closed(), p.neighbour.Closed())
	}
}

// B7, B14, B28, B29: whatever a callback does, and wherever it panics, the loop and all other channels go on, no callback comes within another
// one, and HandleClose comes once.
func TestEveryMethodInEveryCallback(t *testing.T) {
	methods := reflect.TypeFor[*chat.Channel]()
	for i := range methods.NumMethod() {
		if name := methods.Method(i).Name; len(calls[name]) == 0 {
			t.Errorf("Channel.%s is not in the table of calls", name)
		}
	}
	for name := range calls {
		if _, ok := methods.MethodByName(name); !ok {
			t.Errorf("Channel has no method %s", name)
		}
	}
	for where, situation := range situations {
		try := func(name string, wantCloses int, do func(*prober)) {
			t.Run(where+"/"+name, func(t *testing.T) {
				place, _, _ := strings.Cut(where, " ")
				p := newProbe(t, place, do)
				situation(p)
				p.finish(wantCloses)
			})
		}
		for method, ways := range calls {
			for _, do := range ways {
				try(method, 1, do)
			}
		}
		closes := 1
		if where == "newHandler" {
			closes = 0 // there is no handler
		}
		try("panic", closes, func(*prober) { panic("boom") })
	}
}

// A newHandler that panics costs its connection, whoever made that, and the panic goes to who called.
func TestPanicInNewHandler(t *testing.T) {
	boom := func(*chat.Channel) chat.Handler { panic("boom") }
	for name, open := range map[string]func(*simkernel.Kernel, *core.Loop){
		"NewChannel": func(k *simkernel.Kernel, loop *core.Loop) {
			near, far, err := k.Pair()
			require.NoError(t, err)
			k.Close(far)
			chat.NewChannel(core.NewConn(loop, near), boom)
		},
		"Dial": func(k *simkernel.Kernel, loop *core.Loop) { chat.Dial(loop, "tcp", "127.0.0.1:7", boom) },
	} {
		k, loop, settle := simLoop(t)
		r, h := record(crlf)
		near, far, err := k.Pair()
		require.NoError(t, err)
		_, _, err = k.Listen(core.ListenConfig{}, "tcp", "127.0.0.1:7")
		require.NoError(t, err)
		chat.NewChannel(core.NewConn(loop, near), h)
		settle()
		before := k.Open()
		r.Post(func() { open(k, loop) })
		settle()
		if got := k.Open(); got != before-1 { // that of r
			t.Errorf("%s: %d descriptors are open, want %d", name, got, before-1)
		}
		r.expect(t, "connect, error panic in a handler: boom, close panic in a handler: boom")
		k.Close(far)
	}
}
