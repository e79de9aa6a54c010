package chat

import (
	"github.com/go-asynchat/asynchat/chat/internal/outbox"
	"github.com/go-asynchat/asynchat/core"
)

// onLoop is what this package keeps with each loop.
type onLoop struct {
	outbox  outbox.Box // what is to be pushed to channels of the loop, from elsewhere
	handing handing
	// The settings of channels without a server, and of those that are dialled.
	defaults, dialDefaults settings
}

func onLoopOf(l *core.Loop) *onLoop { return l.Local(newOnLoop).(*onLoop) }

func outboxOf(l *core.Loop) *outbox.Box { return &onLoopOf(l).outbox }

func newOnLoop() any {
	o := &onLoop{}
	o.defaults = settings{Limits: Limits{}.resolved(), onLoop: o}
	o.dialDefaults = settings{Limits: dialLimits(Limits{}), onLoop: o}
	return o
}

// handing is the input loop in progress: one at a time on each loop. From it follows what of its
// buffer has not been delivered yet, without a word for each channel.
type handing struct {
	buf  []byte
	left int // bytes at its end that are still to be delivered
}

func (d *handing) rest() []byte { return d.buf[len(d.buf)-d.left:] }
