package chat

import (
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/holders"
	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// perLoop is what a server has on one of its loops. But for what is published, it is used on that
// loop only, so that counting an event or an element is an addition and no more.
type perLoop struct {
	loop        *core.Loop
	counts      counts
	published   counts // under the loop's lock: see core.Loop.Published
	held        *holders.Group
	read, write *rate.Waiters // for the rates of the server; nil: it has none
}

func newPerLoop(l *core.Loop) *perLoop {
	n := &perLoop{loop: l}
	inside.OnPublish(l, func() { n.published = n.counts })
	return n
}

// A trace counts what the log says when the channel is closed. Only channels that are logged have
// one.
type trace struct {
	opened                  time.Duration // on the loop's clock
	read, written, elements int64
}
