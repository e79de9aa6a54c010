package sim

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// An audit looks at what happens to one channel of a server.
type audit struct {
	w        *world
	kind     string
	c        *chat.Channel
	from     netip.AddrPort
	inside   string // the callback that is running
	began    bool
	closed   bool // HandleClose was called
	finished bool // no more input may be delivered
	opened   time.Duration
	last     time.Duration // input
	bytes    int
	words    int // the last of a peer
	most     int // that may be queued
}

// mostQueued is what a channel may have queued: output up to the mark at which it is sent within a
// callback, which no high water of a run is above, and one answer more.
const mostQueued = 64<<10 + maxData + 4<<10

func (w *world) newAudit(kind string, c *chat.Channel) *audit {
	a := &audit{w: w, kind: kind, c: c, from: addrPort(c.RemoteAddr()), most: mostQueued}
	a.opened, a.last = w.now(), w.now()
	w.open[a] = true
	w.report.Channels++
	return a
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPort{}
}

func (a *audit) String() string {
	return fmt.Sprintf("%s of %v since %v, last input at %v of %d bytes, %d queued", a.kind, a.from,
		a.opened, a.last, a.bytes, a.c.Queued())
}

// enter is called at the beginning of each callback, and what it returns at its end.
func (a *audit) enter(callback string) func() {
	if a.inside != "" {
		a.w.fail("%s: %s within %s", a, callback, a.inside)
	}
	if a.closed && callback != "done of Go" && callback != "timer" {
		a.w.fail("%s: %s after HandleClose", a, callback)
	}
	a.inside = callback
	return func() {
		a.inside = ""
		if n := a.c.Queued(); n > a.most {
			a.w.fail("%s: more is queued than %d bytes, after %s", a, a.most, callback)
		}
	}
}

func (a *audit) connected() {
	if a.began {
		a.w.fail("%s: HandleConnect twice", a)
	}
	a.began = true
}

// input notes that something was delivered.
func (a *audit) input(n int) {
	if a.finished {
		a.w.fail("%s: input is delivered after the end", a)
	}
	if !a.began {
		a.w.fail("%s: input is delivered before HandleConnect", a)
	}
	a.last = a.w.now()
	a.bytes += n
	a.w.sched.Progress()
}

// ended checks the reason of the close.
func (a *audit) ended(reason error) {
	if a.closed {
		a.w.fail("%s: HandleClose twice", a)
	}
	a.closed = true
	delete(a.w.open, a)
	a.w.k.Note(fmt.Sprintf("closed %s: %v", a, oneLine(reason)))
	p := a.w.peers[a.from]
	if _, ok := p.(*hostile); ok {
		a.w.report.Hostile++
	}
	if a.w.mayEnd(a, reason) {
		return
	}
	if p == nil && a.kind != "forwarder" && a.w.lag > 0 && a.w.calling == 0 && late(reason) {
		a.w.fail("%s: closed for the reason %v, while the servers were held up", a, reason)
	}
	if p == nil || a.kind == "forwarder" || a.w.k.Broken(net.TCPAddrFromAddrPort(a.w.ownOf(a.from))) {
		return
	}
	if a.w.ending && isOf(reason, chat.ErrShutdown) {
		return
	}
	if !p.mayClose(a, reason) {
		a.w.fail("%s: closed for the reason %v, which is none of %v", a, reason, p)
	}
}

func oneLine(err error) string {
	if err == nil {
		return "nil"
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// A listener listens to the log of servers and loops: nobody may panic who was not asked to.
type listener struct{ w *world }

func (l *listener) Enabled(context.Context, slog.Level) bool { return true }
func (l *listener) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *listener) WithGroup(string) slog.Handler            { return l }

func (l *listener) Handle(_ context.Context, r slog.Record) error {
	if !strings.HasPrefix(r.Message, "panic") {
		return nil
	}
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	if l.w.dying > 0 && strings.Contains(text, errDying.Error()) {
		l.w.dying--
		return nil
	}
	l.w.fail("%s", text)
	return nil
}

const maxOversleep = 20 * time.Millisecond

// punctual fails unless it is the time at which something is due, or as much later as loops may
// oversleep.
func (w *world) punctual(what string, due time.Time) {
	if late := w.k.Now().Sub(due); late < 0 || late > w.faults.Oversleep+w.lag {
		w.fail("%s comes %v late", what, late)
	}
}

// keepTime has timers fire on l for as long as the world runs, and looks whether they do at their
// time.
func (w *world) keepTime(l *core.Loop) {
	const period = 7 * time.Second
	again := l.Now()
	l.Every(period, func() {
		again = again.Add(period)
		if w.lag == 0 { // calls that are missed are not made up for
			w.punctual("a repeated timer", again)
		}
	})
	due := l.Now()
	var timer, stopped *core.Timer
	tick := func() {
		w.punctual("a timer", due)
		stopped.Stop()
		d := time.Duration(w.rand.Int64N(int64(3 * time.Second)))
		due = l.Now().Add(d)
		timer.Reset(d / 2)
		timer.Reset(d + time.Minute) // put off
		timer.Reset(d)               // and hastened
		stopped = l.After(d+maxOversleep+1, func() {
			if w.lag == 0 {
				w.fail("a timer fires that was stopped")
			}
		})
	}
	stopped = l.After(time.Hour, func() {})
	timer = l.After(0, tick)
}
