package chat

import (
	"github.com/go-asynchat/asynchat/chat/internal/outbox"
	"github.com/go-asynchat/asynchat/core"
)

func onLoopOf(l *core.Loop) *onLoop { return l.Local(newOnLoop).(*onLoop) }

func outboxOf(l *core.Loop) *outbox.Box { return &onLoopOf(l).outbox }

func newOnLoop() any { return &onLoop{} }

func (d *handing) rest() []byte { return d.buf[len(d.buf)-d.left:] }
