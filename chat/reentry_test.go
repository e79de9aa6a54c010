package chat_test

import (
	"crypto/tls"
	"go/ast"
	"go/parser"
	"go/token"
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
	made   bool // it has become the handler of its channel
	closes int
}

// enter is called at each callback. There is never one within another, nor after a close any but
// those that have nothing to do with the connection.
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

// again makes the prober the next handler of its channel.
func (p *prober) again(c *chat.Channel) chat.Handler {
	c.SetTerminator(crlf)
	return p
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
func (p *prober) HandleRest([]byte)          { p.enter("HandleRest") }
func (p *prober) HandleDrained()             { p.enter("HandleDrained") }
func (p *prober) HandleTooLong()             { p.enter("HandleTooLong") }
func (p *prober) HandleSkipped()             { p.enter("HandleSkipped") }
func (p *prober) HandleError(error)          { p.enter("HandleError") }
func (p *prober) HandleTimeout(error)        { p.enter("HandleTimeout") }
func (p *prober) HandleShutdown()            { p.enter("HandleShutdown") }

func (p *prober) HandleSecured(tls.ConnectionState) { p.enter("HandleSecured") }

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
	over            bool // who comes now is a bystander too
}

func newProbe(t *testing.T, where string, do func(*prober)) *probe {
	p := &probe{T: t, l: chattest.Listen(t), h: &prober{t: t, where: where, do: do}}
	hook := func(name string) func(*chat.Channel) {
		return func(c *chat.Channel) {
			if p.neighbour != nil && !p.over {
				p.h.Channel = c
				p.h.enter(name)
			}
		}
	}
	p.server = &chat.Server{
		Limits:   chat.Limits{MaxElement: 100, SkipTooLong: true},
		Tap:      func(c *chat.Channel) chat.Tap { hook("Tap")(c); return nil },
		OnAccept: func(c *chat.Channel) error { hook("OnAccept")(c); return nil },
		OnRefuse: hook("OnRefuse"),
		Handler: chattest.Guard(t, func(c *chat.Channel) chat.Handler {
			if p.neighbour == nil || p.over {
				return &bystander{newEcho(c)}
			}
			p.h.Channel = c
			c.SetTerminator(crlf)
			p.h.enter("newHandler")
			p.h.made = true
			return p.h
		}),
	}
	if where == "OnRefuse" {
		p.server.MaxConns = 1
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
func (p *probe) finish() {
	p.Helper()
	p.peer.Unstall()
	p.peer.SendString("more\r\nand ")
	for p.l.FinishWork() {
	}
	p.peer.CloseWrite()
	p.l.Advance(time.Minute)
	p.neighbour.SendString("are you\r\n")
	p.neighbour.SendString("still there?\r\n")
	if got := string(p.neighbour.Received()); got != "are you\r\nstill there?\r\n" {
		p.Errorf("the neighbour answers %q", got)
	}
	switch p.over = true; p.h.where {
	case "Tap", "OnAccept", "newHandler": // are called by the listener, which goes on
		next := p.l.Dial()
		next.SendString("hello\r\n")
		if got := string(next.Received()); got != "hello\r\n" {
			p.Errorf("the next one answers %q", got)
		}
	}
	p.server.Close()
	p.l.Advance(time.Hour)
	if want := map[bool]int{true: 1}[p.h.made]; p.h.closes != want {
		p.Errorf("HandleClose was called %d times, want %d", p.h.closes, want)
	}
	if !p.h.did {
		p.Errorf("%s was never called", p.h.where)
	}
	if !p.peer.Closed() || !p.neighbour.Closed() {
		p.Errorf("the peers see the end: %t, %t; want it both", p.peer.Closed(), p.neighbour.Closed())
	}
}

// B7, B14, B28, B29: whatever a callback does, and wherever it panics, the loop and all other
// channels go on, no callback comes within another one, and HandleClose comes once.
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
	for name := range callbacks(t) {
		if situations[name] == nil {
			t.Errorf("%s is not in the table of situations", name)
		}
	}
	for where, situation := range situations {
		try := func(name string, do func(*prober)) {
			t.Run(where+"/"+name, func(t *testing.T) {
				place, _, _ := strings.Cut(where, " ")
				p := newProbe(t, place, do)
				situation(p)
				p.finish()
			})
		}
		for method, ways := range calls {
			for _, do := range ways {
				try(method, do)
			}
		}
		try("panic", func(*prober) { panic("boom") })
	}
}

// callbacks returns the methods that a handler may have, from where they are declared.
func callbacks(t *testing.T) map[string]bool {
	file, err := parser.ParseFile(token.NewFileSet(), "handler.go", nil, 0)
	require.NoError(t, err)
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
			if i, ok := spec.Type.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					names[m.Names[0].Name] = true
				}
			}
			return false
		}
		_, isFunc := n.(*ast.FuncDecl)
		return !isFunc
	})
	if len(names) < 11 {
		t.Errorf("only %d callbacks are found in handler.go", len(names))
	}
	return names
}

// A newHandler that panics costs its connection, whoever made that, and the panic goes to who
// called.
func TestPanicInNewHandler(t *testing.T) {
	boom := func(*chat.Channel) chat.Handler { panic("boom") }
	for name, open := range map[string]func(*simkernel.Kernel, *core.Loop){
		"NewChannel": func(k *simkernel.Kernel, loop *core.Loop) {
			near, far, err := k.Pair()
			require.NoError(t, err)
			k.Close(far)
			chat.NewChannel(core.NewConn(loop, near), boom)
		},
		"Dial": func(k *simkernel.Kernel, loop *core.Loop) {
			chat.Dial(loop, "tcp", "127.0.0.1:7", boom)
		},
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
