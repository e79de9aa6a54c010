package chat

import (
	"github.com/go-asynchat/asynchat/chat/internal/outbox"
	"github.com/go-asynchat/asynchat/core"
)

// onLoop is what this package keeps with each loop.
type onLoop struct {
	outbox  outbox.Box // what is to be pushed to channels of the loop, from elsewhere
	handing handing
	tasks   spares // tasks that no channel has
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

func (d *handing) rest() []byte { return d.buf[len(d.buf)-d.left:] }

// spares are what can be used again, so that the next one who needs one makes none.
type spares []any

// mostSpares is enough for what is in use at a time, usually.
const mostSpares = DefaultMaxWorkers

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
