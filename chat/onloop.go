package chat

import (
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/outbox"
	"github.com/go-asynchat/asynchat/core"
)

// onLoop is what this package keeps with each loop.
type onLoop struct {
	outbox   outbox.Box // what is to be pushed to channels of the loop, from elsewhere
	letters  letters
	handing  handing
	unsent   warned // lines that were refused
	lookouts lookouts
	tasks    spares // tasks that no channel has
}

// handing is the input loop in progress: one at a time on each loop. From it follows what of its
// buffer has not been delivered yet, without a word for each channel.
type handing struct {
	buf  []byte
	left int // bytes at its end that are still to be delivered
}

func onLoopOf(l *core.Loop) *onLoop { return l.Local(newOnLoop).(*onLoop) }

func outboxOf(l *core.Loop) *outbox.Box { return &onLoopOf(l).outbox }

func newOnLoop() any { return &onLoop{} }

// lookAfter is how soon the loop looks after goroutines that it has given something. They need not
// wake it for each word meanwhile, and what they have said before they block is sent.
const lookAfter = time.Millisecond

// lookouts are those after whom the loop looks, while there are any.
type lookouts struct {
	all   []lookedAfter
	timer *core.Timer
}

// A lookedAfter is what the loop looks after. look is called on the loop, and reports whether it is
// to be called again.
type lookedAfter interface{ look() (again bool) }

func (w *lookouts) add(l *core.Loop, a lookedAfter) {
	w.all = append(w.all, a)
	switch {
	case w.timer == nil:
		w.timer = l.After(lookAfter, w.round)
	case len(w.all) == 1:
		w.timer.Reset(lookAfter)
	}
}

func (w *lookouts) round() {
	w.all = slices.DeleteFunc(w.all, func(a lookedAfter) bool { return !a.look() })
	if len(w.all) > 0 {
		w.timer.Reset(lookAfter)
	}
}

func (d *handing) rest() []byte { return d.buf[len(d.buf)-d.left:] }

// spares are what can be used again, so that the next one who needs one makes none.
type spares []any

// mostSpares is enough for what is in use at a time, usually.
const mostSpares = defaultMaxWorkers

// get returns nil if there is none.
func (s *spares) get() (v any) {
	if n := len(*s); n > 0 {
		v, (*s)[n-1] = (*s)[n-1], nil
		*s = (*s)[:n-1]
	}
	return v
}

func (s *spares) put(v any) {
	if len(*s) < mostSpares {
		*s = append(*s, v)
	}
}
