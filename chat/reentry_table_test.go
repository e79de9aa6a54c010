package chat_test

import (
	"crypto/tls"
	"io"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// calls has what a callback may do to its channel: each method, in the ways that matter. A new
// method needs an entry here.
var calls = map[string][]func(*prober){
	"Abort": {func(p *prober) { p.dead = true; p.Abort() }},
	"After": {func(p *prober) { p.After(0, p.callback("timer")) },
		func(p *prober) { p.After(time.Minute, p.callback("timer")).Stop() }},
	"Broadcast": {func(p *prober) { p.Broadcast([]*chat.Channel{p.Channel}, []byte("x")) },
		func(p *prober) {
			chat.Broadcast([]*chat.Channel{p.Channel}, []byte("x"))
			p.Broadcast([]*chat.Channel{p.Channel}, make([]byte, 200_000))
			p.CloseWhenDone()
		}},
	"BroadcastEach": {func(p *prober) {
		p.BroadcastEach([]*chat.Channel{p.Channel}, func(*chat.Channel) []byte { return []byte("x") },
			make([]byte, 1000))
	}},
	"Close": {func(p *prober) { p.dead = true; p.Close() }, func(p *prober) {
		p.CloseWhenDone()
		p.dead = true
		p.Close()
	}},
	"CloseWhenDone": {func(p *prober) { p.CloseWhenDone() }, func(p *prober) {
		p.PushString("last")
		p.CloseWhenDone()
		p.CloseWhenDone()
	}},
	"Closed": {func(p *prober) { p.Closed() }},
	"CloseWrite": {func(p *prober) { p.CloseWrite() }, func(p *prober) {
		p.PushString("last")
		p.CloseWrite()
		p.CloseWhenDone()
	}},
	"DiscardBuffers": {func(p *prober) { p.DiscardBuffers() }, func(p *prober) {
		p.CloseWhenDone()
		p.DiscardBuffers()
	}},
	"Every": {func(p *prober) { p.Every(time.Second, p.callback("timer")) }},
	"Go": {
		func(p *prober) { p.Go(func() func() { return p.callback("done") }) },
		func(p *prober) { p.Go(func() func() { return nil }); p.CloseWhenDone() },
		func(p *prober) { p.Go(func() func() { panic("boom") }) },
		func(p *prober) { p.Go(func() func() { p.dead = true; p.Close(); return nil }) },
	},
	"Limits":     {func(p *prober) { p.Limits() }},
	"LocalAddr":  {func(p *prober) { p.LocalAddr() }},
	"Loop":       {func(p *prober) { p.Loop().Poll(0) }},
	"Matched":    {func(p *prober) { p.Matched() }},
	"PauseAfter": {func(p *prober) { p.PauseAfter(1) }, func(p *prober) { p.PauseAfter(0) }},
	"PauseReading": {func(p *prober) { p.PauseReading() }, func(p *prober) {
		p.PauseReading()
		p.ResumeReading()
	}},
	"Post": {func(p *prober) { p.Post(p.callback("posted")) },
		func(p *prober) { p.Post(p.callback("posted")); p.CloseWhenDone() }},
	"Push": {func(p *prober) { p.Push([]byte("x")) },
		func(p *prober) { p.Push(make([]byte, 200_000)) }},
	"PushLine": {func(p *prober) { p.PushLine("a", "b") }, func(p *prober) { p.PushLine("\n") }},
	"PushReply": {func(p *prober) { p.PushReply(250, "a", "b") },
		func(p *prober) { p.PushReply(250, "\n") }, func(p *prober) { p.PushReply(0) }},
	"PushProducer": {
		func(p *prober) { p.PushProducer(fifo.Bytes([]byte("x"))) },
		func(p *prober) { p.PushProducer(failing{}) },
		func(p *prober) { p.PushProducer(panicking{}) },
		func(p *prober) { p.PushProducer(waiting{}) },
	},
	"PushString": {func(p *prober) { p.PushString("x") }},
	"Queued":     {func(p *prober) { p.Queued() }},
	"Busy": {
		func(p *prober) { p.Busy(true) },
		func(p *prober) { p.Busy(true); p.Busy(false); p.CloseWhenDone() },
	},
	"RemoteAddrPort": {func(p *prober) { p.RemoteAddrPort() }},
	"RemoteAddr":     {func(p *prober) { p.RemoteAddr() }},
	"ResumeProducer": {func(p *prober) { p.ResumeProducer() }, func(p *prober) {
		p.PushProducer(waiting{})
		p.ResumeProducer()
	}},
	"ResumeReading": {func(p *prober) { p.ResumeReading() }},
	"SetLimits": {
		func(p *prober) { p.SetLimits(chat.Limits{}) },
		func(p *prober) {
			p.SetLimits(chat.Limits{MaxElement: 1, MaxOutput: 1, MaxBuffered: 1, Lifetime: time.Second})
		},
	},
	"SetMaxElement": {func(p *prober) { p.SetMaxElement(1, false) },
		func(p *prober) { p.SetMaxElement(chat.NoLimit, true) }},
	"SetTerminator": {
		func(p *prober) { p.SetTerminator(terminator.None) },
		func(p *prober) { p.SetTerminator(terminator.Length(0)) },
		func(p *prober) { p.SetTerminator(terminator.Length(1)) },
	},
	"StartTLSClient": {
		func(p *prober) { p.StartTLSClient(nil) },
		func(p *prober) { p.StartTLSClient(&tls.Config{InsecureSkipVerify: true}) },
		func(p *prober) {
			p.StartTLSClient(&tls.Config{InsecureSkipVerify: true})
			p.CloseWhenDone()
		},
	},
	"StartTLSServer": {
		func(p *prober) { p.StartTLSServer(nil) },
		func(p *prober) { p.StartTLSServer(serverConfig()); p.PushString("x") },
	},
	"Control":     {func(p *prober) { p.Control(func(uintptr) {}) }},
	"CloseReason": {func(p *prober) { p.CloseReason() }},
	"Dialled":     {func(p *prober) { p.Dialled() }},
	"SetHeld": {
		func(p *prober) { p.SetHeld(9) },
		func(p *prober) { p.SetHeld(5); p.SetHeld(0) },
	},
	"Option":          {func(p *prober) { p.Option(core.NoDelay) }},
	"PeerCredentials": {func(p *prober) { p.PeerCredentials() }},
	"ProxyTLVs":       {func(p *prober) { p.ProxyTLVs() }},
	"SetOption":       {func(p *prober) { p.SetOption(core.NoDelay, 1) }},
	"StartTLS": {
		func(p *prober) { p.StartTLS(nil) },
		func(p *prober) { p.StartTLS(serverConfig()) },
		func(p *prober) { p.StartTLS(serverConfig()); p.PushString("x"); p.CloseWhenDone() },
		func(p *prober) { p.PushString("x"); p.StartTLS(serverConfig()); p.DiscardBuffers() },
		func(p *prober) { p.StartTLS(serverConfig()); p.CloseWrite(); p.Unread([]byte("x")) },
	},
	"ConnectionState": {func(p *prober) { p.ConnectionState() }},
	"Detach":          {func(p *prober) { p.Detach() }},
	"Use": {
		func(p *prober) { p.Use(p.again) },
		func(p *prober) { p.Use(p.again); p.Use(p.again); p.Go(func() func() { return nil }) },
		func(p *prober) { p.Use(p.again); p.PushString("x"); p.StartTLS(serverConfig()) },
		func(p *prober) { p.StartTLS(serverConfig()); p.Use(p.again); p.CloseWrite() },
		func(p *prober) { p.PushString("last"); p.Use(p.again); p.CloseWhenDone() },
		func(p *prober) {
			if p.Use(func(*chat.Channel) chat.Handler { panic("boom") }) == nil {
				p.made = false
			}
		},
	},
	"Dropped": {func(p *prober) { p.Dropped() }},
	"ID":      {func(p *prober) { p.ID() }},
	"Logger":  {func(p *prober) { p.Logger() }},
	"SetTap": {
		func(p *prober) { p.SetTap(func(chat.Direction, []byte) {}) },
		func(p *prober) { p.SetTap(func(chat.Direction, []byte) { p.SetTap(nil) }) },
	},
	"ExpectMore": {func(p *prober) { p.ExpectMore() }},
	"Terminator": {func(p *prober) { p.Terminator() }},
	"Unread":     {func(p *prober) { p.Unread([]byte("again\r\nand ")) }},
	"Write":      {func(p *prober) { p.Write([]byte("x")) }},
}

type failing struct{}

func (failing) More() ([]byte, error) { return nil, io.ErrNoProgress }

type panicking struct{}

func (panicking) More() ([]byte, error) { panic("boom") }

type waiting struct{}

func (waiting) More() ([]byte, error) { return nil, fifo.ErrNotReady }

// situations has what makes a channel call its handler at the place of that name, which is the
// first word.
var situations = map[string]func(*probe){
	"Tap":                 func(*probe) {}, // that of the server, which makes those of channels
	"OnAccept":            func(*probe) {},
	"OnRefuse":            func(*probe) {},
	"newHandler":          func(*probe) {},
	"HandleConnect":       func(*probe) {},
	"CollectIncomingData": func(p *probe) { p.peer.SendString("an ele") },
	"FoundTerminator":     func(p *probe) { p.peer.SendString("an element\r\nand another\r\nand ") },
	"HandleDrained":       func(p *probe) { p.post(func() { p.h.PushString("x") }) },
	"HandleTooLong":       func(p *probe) { p.peer.Send(make([]byte, 200)) },
	"HandleSkipped": func(p *probe) {
		p.post(func() { p.h.SetMaxElement(100, true) })
		p.peer.SendString(strings.Repeat("x", 200) + "\r\nan element\r\nand ")
	},
	"HandleTimeout":  func(p *probe) { p.l.Advance(chat.DefaultLimits().FirstTimeout) },
	"HandleError":    func(p *probe) { p.post(func() { panic("boom") }) },
	"HandleEOF":      func(p *probe) { p.peer.SendString("half"); p.peer.CloseWrite() },
	"HandleRest":     func(p *probe) { p.peer.SendString("half"); p.peer.CloseWrite() },
	"HandleShutdown": func(p *probe) { p.server.BeginShutdown(); p.l.Advance(0) },
	"HandleClose":    func(p *probe) { p.peer.Reset() },
	"posted":         func(p *probe) { p.post(p.h.callback("posted")) },
	"timer": func(p *probe) {
		p.h.After(time.Second, p.h.callback("timer"))
		p.l.Advance(time.Second)
	},
	"More": func(p *probe) { p.post(func() { p.h.PushProducer(p.h) }) },
	"done": func(p *probe) {
		p.post(func() { p.h.Go(func() func() { return p.h.callback("done") }) })
	},

	"HandleSecured": func(p *probe) {
		p.post(func() { p.h.StartTLS(serverConfig()) })
		peer := tls.Client(p.peer.NetConn(), clientConfig(tls.VersionTLS13))
		if err := peer.Handshake(); err == nil {
			peer.Write([]byte("an element\r\nand another\r\nand "))
		}
	},
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
