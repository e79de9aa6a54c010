package chat

import (
	"github.com/go-asynchat/asynchat/chat/internal/outbox"
	"github.com/go-asynchat/asynchat/core"
)

// onLoop is what this package keeps with each loop.
type onLoop struct {
	outbox  outbox.Box // what is to be pushed to channels of the loop, from elsewhere
	letters letters
	handing handing
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
