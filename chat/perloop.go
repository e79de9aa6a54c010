package chat

import (
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/holders"
	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/core"
)

// perLoop is what a server has on one of its loops. But for what is published, it is used on that
// loop only, so that counting an event or an element is an addition and no more.
type perLoop struct {
	loop        *core.Loop
	counts      counts
	published   counts // under the loop's lock: see core.Loop.Published
	warned      warned
	held        *holders.Group
	read, write *rate.Waiters // for the rates of the server; nil: it has none
}

func newPerLoop(l *core.Loop) *perLoop {
	n := &perLoop{loop: l}
	l.OnPublish(func() { n.published = n.counts })
	return n
}

// warned bounds what is logged about connections that the server did not want: those may come by
// the thousand, and the log is not to be what they attack.
type warned struct {
	at     time.Duration // when the last was logged, on the loop's clock
	ever   bool
	missed int // since then
}

// allow reports whether the next may be logged, at most one a second, and how many were not since
// the last.
func (w *warned) allow(now time.Duration) (missed int, ok bool) {
	if w.ever && now-w.at < time.Second {
		w.missed++
		return 0, false
	}
	missed = w.missed
	w.at, w.ever, w.missed = now, true, 0
	return missed, true
}

// A trace counts what the log says when the channel is closed. Only channels that are logged have
// one.
type trace struct {
	opened                  time.Duration // on the loop's clock
	read, written, elements int64
}
