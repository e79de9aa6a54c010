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
)

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
