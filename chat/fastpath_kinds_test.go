package chat_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

func noTap(chat.Direction, []byte) {}

// kinds are the ways of writing a protocol. The last one has seeds of its own, so that those of the
// others stay what they were.
var kinds = []struct {
	name string
	make func(p *player) chat.Handler
}{
	{"Messages", func(p *player) chat.Handler {
		f := func(_ *chat.Channel, msg []byte) { p.element("got", msg) }
		return chat.Messages(p.terminator(), f)(p.c)
	}},
	{"Lines", func(p *player) chat.Handler {
		h := chat.Lines(func(_ *chat.Channel, line []byte) { p.element("got", line) })(p.c)
		if p.way == wrapped {
			p.c.SetTerminator(p.like(terminator.Line()))
		}
		return h
	}},
	{"Collector", func(p *player) chat.Handler {
		p.c.SetTerminator(p.terminator())
		return &taking{player: p}
	}},
	{"Handler", func(p *player) chat.Handler {
		p.c.SetTerminator(p.terminator())
		return &bare{p}
	}},
	{"Handler with all methods", func(p *player) chat.Handler {
		p.c.SetTerminator(p.terminator())
		return &whole{bare{p}}
	}},
	{"Reads", func(p *player) chat.Handler {
		r := &reading{chat.Reads{Channel: p.c}, p}
		r.next()
		return r
	}},
	{"Conversation", func(p *player) chat.Handler { return chat.Converse(p.talk)(p.c) }},
	{"Session", func(p *player) chat.Handler {
		newSession := func(*chat.Channel) *state { return &state{whole{bare{p}}} }
		return chat.Session(p.terminator(), newSession, (*state).message)(p.c)
	}},
}

type taking struct {
	chat.Collector
	*player
}

func (h *taking) FoundTerminator() {
	element := h.Take()
	h.kept, h.copies = append(h.kept, element), append(h.copies, string(element))
	h.element("got", element)
}

func (h *taking) HandleClose(err error) { h.event("close", firstLine(err)) }

type bare struct{ *player }

func (h *bare) CollectIncomingData(data []byte) { h.element("collect", data) }
func (h *bare) FoundTerminator()                { h.element("found", nil) }
func (h *bare) HandleClose(err error)           { h.event("close", firstLine(err)) }

type whole struct{ bare }

func (h *whole) HandleConnect()          { h.event("connect") }
func (h *whole) HandleEOF()              { h.event("EOF"); h.c.CloseWhenDone() }
func (h *whole) HandleDrained()          { h.event("drained"); h.some() }
func (h *whole) HandleTooLong()          { h.event("too long"); h.some() }
func (h *whole) HandleError(err error)   { h.event("error", firstLine(err)) }
func (h *whole) HandleTimeout(err error) { h.event("timeout", err); h.some() }

// state is what Session has for each channel.
type state struct{ whole }

func (h *state) message(msg []byte)     { h.element("got", msg) }
func (h *state) HandleRest(rest []byte) { h.event("rest", string(rest)) }
func (h *state) HandleSkipped()         { h.event("skipped"); h.some() }

type reading struct {
	chat.Reads
	p *player
}

// next asks for one, two or no elements.
func (r *reading) next() {
	for range r.p.act.IntN(3) {
		switch r.p.act.IntN(3) {
		case 0:
			if r.p.way == wrapped {
				r.Until(r.p.like(crlf), r.done)
			} else {
				r.Line(r.done)
			}
		case 1:
			r.Bytes(int64(r.p.act.IntN(20)), r.done)
		case 2:
			r.Until(r.p.terminator(), r.done)
		}
	}
	if r.Pending() == 0 && r.p.act.IntN(4) > 0 {
		r.Bytes(7, r.done)
	}
}

func (r *reading) done(element []byte) {
	r.p.element("read", element)
	r.next()
}

func (r *reading) HandleClose(err error) { r.p.event("close", firstLine(err)) }

// talk is a conversation.
func (p *player) talk(v *chat.Conversation) error {
	for failures := 0; ; {
		element, err := p.read(v)
		if err == nil {
			p.element("read", element)
		} else {
			p.event("failed", err)
			failures++
			late := errors.Is(err, os.ErrDeadlineExceeded)
			if failures > 10 || !late && !errors.Is(err, chat.ErrTooLong) {
				return err
			}
		}
		v.SetDeadline(time.Time{})
		switch p.act.IntN(12) {
		case 0:
			p.event("written", size(v.Write(make([]byte, p.act.IntN(3000)))))
		case 1:
			p.event("slept", v.Sleep(time.Duration(p.act.IntN(5000))*time.Millisecond))
		case 2:
			v.SetDeadline(p.loop.Now().Add(time.Duration(p.act.IntN(5000)) * time.Millisecond))
		case 3:
			p.event("awaited", v.Await(func() {}))
		}
	}
}

func size(n int, err error) []any { return []any{n, err} }

func (p *player) read(v *chat.Conversation) ([]byte, error) {
	switch p.act.IntN(8) {
	case 0:
		b := make([]byte, 1+p.act.IntN(50))
		n, err := io.ReadFull(v, b)
		return b[:n], err
	case 1:
		return v.ReadElement()
	case 2:
		return v.ReadUntil(p.length(p.act.IntN(40)))
	case 3, 4:
		return v.ReadUntil(p.terminator())
	default:
		return v.ReadUntil(p.like(terminator.Line()))
	}
}

// like returns a terminator that ends the same elements as t, which is a String or Line, and has no
// fast path if the play is to have none.
func (p *player) like(t terminator.Terminator) terminator.Terminator {
	const never = "\x00never"
	switch {
	case p.way != wrapped:
		return t
	case t.Equal(terminator.Line()):
		return terminator.Any("\r\n", "\n", never)
	}
	for _, s := range delimiters {
		if t.Equal(terminator.String(s)) {
			return terminator.Any(s, never)
		}
	}
	return t
}

var delimiters = []string{"\n", "\r\n", ";", "x\r\n", "xx\n", "xxxx\n"}

func (p *player) terminator() terminator.Terminator {
	switch p.act.IntN(10) {
	case 0:
		return terminator.Length(int64(1 + p.act.IntN(30)))
	case 1:
		return terminator.Any(";", "\n")
	case 2, 3, 4:
		return p.like(terminator.Line())
	default:
		return p.like(terminator.String(delimiters[p.act.IntN(len(delimiters))]))
	}
}

// length is Length(n), which is no frame of one's own for a channel: there the limit is for those
// only.
func (p *player) length(n int) terminator.Terminator {
	if p.way != wrapped || n == 0 {
		return terminator.Length(int64(n))
	}
	return terminator.Custom(func() terminator.Framer { return &counting{n, n} })
}

type counting struct{ n, left int }

func (f *counting) Next(buf []byte, _ bool) (terminator.Step, error) {
	step := terminator.Step{Collect: min(f.left, len(buf))}
	f.left -= step.Collect
	if step.Found = f.left == 0; step.Found {
		f.left = f.n
	}
	return step, nil
}

// actions are what a handler may do. Those of forInput are not for a conversation.
var actions, forInput []action

type action struct {
	name string
	f    func(p *player)
}

func init() { // they call each other
	forInput = []action{
		{"SetTerminator", func(p *player) { p.c.SetTerminator(p.terminator()) }},
		{"SetTerminator, None", func(p *player) {
			p.seldom(func() { p.c.SetTerminator(terminator.None) })
		}},
		{"SetTerminator, the same", func(p *player) { p.c.SetTerminator(p.c.Terminator()) }},
		{"PauseReading", func(p *player) { p.c.PauseReading() }},
		{"ResumeReading", func(p *player) { p.c.PauseReading(); p.c.ResumeReading() }},
		{"PauseAfter", func(p *player) { p.c.PauseAfter(p.act.IntN(4) - 1) }},
		{"Unread", func(p *player) { p.c.Unread([]byte("again\nand again;")) }},
		{"DiscardBuffers", func(p *player) { p.c.DiscardBuffers() }},
		{"ExpectMore", func(p *player) { p.c.ExpectMore() }},
	}
	actions = append([]action{
		{"Push of much", func(p *player) { p.c.PushString(strings.Repeat("y", p.act.IntN(70_000))) }},
		{"Push of some", func(p *player) { p.c.Push(make([]byte, p.act.IntN(2000))) }},
		{"PushProducer", func(p *player) {
			p.c.PushProducer(fifo.Bytes(make([]byte, p.act.IntN(9000))))
		}},
		{"CloseWhenDone", func(p *player) { p.seldom(p.c.CloseWhenDone) }},
		{"CloseWrite", func(p *player) { p.seldom(p.c.CloseWrite) }},
		{"Close", func(p *player) { p.seldom(func() { p.c.Close() }) }},
		{"panic", func(p *player) { p.seldom(func() { panic("on purpose") }) }},
		{"ID", func(p *player) { p.c.ID() }},
		{"Logger", func(p *player) { p.c.Logger() }},
		{"Broadcast", func(p *player) {
			chat.Broadcast([]*chat.Channel{p.c}, make([]byte, p.act.IntN(600)))
		}},
		{"Broadcast of much", func(p *player) {
			chat.Broadcast([]*chat.Channel{p.c}, make([]byte, 70_000))
		}},
		{"SetTap", func(p *player) { p.c.SetTap(p.tap) }},
		{"SetTap(nil)", func(p *player) { p.noTap() }},
		{"SetLimits", func(p *player) { p.limits() }},
		{"SetMaxElement", func(p *player) {
			p.c.SetMaxElement(int64(60+p.act.IntN(60)), p.act.IntN(2) == 0)
		}},
		{"Go", func(p *player) { p.work() }},
		{"Post", func(p *player) { p.c.Post(func() { p.event("posted"); p.some() }) }},
	}, forInput...)
}

// some does something, or mostly nothing.
func (p *player) some() {
	if p.act.IntN(4) > 0 {
		return
	}
	n := len(actions)
	if p.kind == "Conversation" {
		n -= len(forInput)
	}
	a := actions[p.act.IntN(n)]
	if p.kind == "Reads" && strings.HasPrefix(a.name, "SetTerminator") {
		return // it is the business of Reads
	}
	p.did[a.name]++
	p.event(a.name)
	a.f(p)
}

func (p *player) seldom(f func()) {
	if p.act.IntN(6) == 0 {
		f()
	}
}

func (p *player) tap(d chat.Direction, b []byte) { p.taps[d] += len(b) }

func (p *player) noTap() {
	if p.way == fast {
		p.c.SetTap(nil)
	} else {
		p.c.SetTap(noTap)
	}
}

func (p *player) limits() {
	l := p.c.Limits()
	switch p.act.IntN(6) {
	case 0:
		l.ElementsPerTurn = 1 + p.act.IntN(5)
	case 1:
		l.IdleTimeout = time.Duration(10+p.act.IntN(40)) * time.Second
	case 2:
		l.Lifetime = time.Duration(p.act.IntN(200)) * time.Second
	case 3:
		l.ReadRate = chat.Rate{PerSecond: 100, Burst: 100 + p.act.IntN(400)}
	case 4:
		l.WriteRate = chat.Rate{PerSecond: 1000, Burst: 1000}
	case 5:
		l.Slow = []chat.SlowPolicy{chat.SlowDropNewest, chat.SlowDropOldest, 0}[p.act.IntN(3)]
	}
	p.c.SetLimits(l)
}

func (p *player) work() {
	p.event("Go:", p.c.Go(func() func() {
		return func() {
			p.event("worked")
			p.c.PushString("worked")
			p.some()
		}
	}))
}
