package chat

import (
	"errors"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// refuse closes a connection: at once, or, for as many at a time as may hear it, after a last word.
// Under TLS nobody hears one, since that would take a handshake. Either way the connection no
// longer counts for the limits: otherwise banned peers would keep out the others.
func (v *serving) refuse(c *Channel, kind, reason error, lastWord func(*Channel)) {
	v.leave(c)
	v.warn(c, kind, reason)
	if lastWord == nil && c.queue.Empty() || v.tlsConfig() != nil || !v.admission.enterRefused() {
		c.close(reason)
		return
	}
	r := &refused{admission: v.admission}
	c.makeHandler(func(*Channel) Handler { return r })
	r.late = c.After(refusedLinger, func() { c.close(reason) })
	c.conn.Post(func() {
		if lastWord != nil {
			lastWord(c)
		}
		c.stopSoon(reason)
	})
}

// refusedLinger is how long a connection that was not admitted may take for its last word.
const refusedLinger = time.Second

// refused is the handler of a connection that hears why it was not admitted.
type refused struct {
	admission *admission
	late      *core.Timer
}

func (*refused) CollectIncomingData([]byte) {}
func (*refused) FoundTerminator()           {}

func (r *refused) HandleClose(error) {
	r.late.Stop()
	r.admission.leaveRefused()
}

// maxRefusing is how many connections may hear a last word at a time, beside those of MaxConns. The
// others are closed at once: strangers must not hold descriptors by being refused.
const maxRefusing = 32

// enterRefused counts a connection that is to hear a last word, and reports whether it may.
func (a *admission) enterRefused() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refused >= maxRefusing {
		return false
	}
	a.refused++
	return true
}

// leaveRefused is called once for each of them.
func (a *admission) leaveRefused() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused--
}

// dropped logs that the poller could not take a connection, which is closed.
func (v *serving) dropped(c *Channel, err error) {
	if !errors.Is(err, core.ErrClosed) {
		v.warn(c, errDropped, err)
	}
}

var errDropped = errors.New("chat: the poller has no room")

// warn logs that a connection is not served, at most once a second for each kind of reason.
func (v *serving) warn(c *Channel, kind, err error) {
	if missed, ok := v.admission.warned.allow(kind, c.Loop().Now()); ok {
		c.Logger().Warn("connection refused", "error", err.Error(), "unlogged", missed)
	}
}
