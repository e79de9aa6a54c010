package sim

import (
	"io"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// An unkind world is one in which more goes wrong than in most, and other things: time passes where
// it should not. Each thing is there at times only, and in some worlds none of them.
type unkind struct {
	stands int           // how often the servers' process stands still
	busy   time.Duration // how long callbacks of the servers take, in all
	taken  time.Duration // of that, until now
}

const (
	leastPause = time.Second
	mostPause  = time.Minute
)

// newUnkind chooses. Where clients live on the loops of servers, those would be late themselves.
func newUnkind(r *rand.Rand, p *profile) (u unkind) {
	if r.IntN(2) == 0 {
		return u
	}
	if !p.shared && r.IntN(2) == 0 {
		u.stands = 1 + r.IntN(3)
	}
	if !p.shared && r.IntN(2) == 0 {
		u.busy = 2 * mostPause
	}
	if r.IntN(2) == 0 {
		p.faults.Keep = 1
	}
	if r.IntN(3) == 0 {
		p.faults.Blind = r.Float64() / 2
	}
	if r.IntN(3) == 0 && !u.unsteady() {
		p.faults.Few = r.Float64() // a wait with room left for more events tells all, if time may pass
	}
	if r.IntN(10) == 0 {
		p.crowd = 20 + r.IntN(30) // more are ready at a time than one Wait tells
	}
	if r.IntN(3) == 0 {
		p.faults.Vague = min(2*r.Float64(), 1)
	}
	return u
}

// unsteady reports whether time passes for the servers that passes for nobody else.
func (u *unkind) unsteady() bool { return u.stands > 0 || u.busy > 0 }

// pauses lets the servers' process stand still, now and then, while their peers go on.
func (w *world) pauses() {
	for range w.stands {
		w.k.After(time.Duration(w.rand.Int64N(int64(15*time.Second))), func() {
			d := w.aPause()
			w.lag += d
			w.sched.StandStill(d, w.loops...)
		})
	}
}

func (w *world) aPause() time.Duration {
	return leastPause + time.Duration(w.rand.Int64N(int64(mostPause-leastPause)))
}

// takeTime is a callback that takes its time, if there is any left in this world.
func (w *world) takeTime() {
	if d := min(w.busy-w.taken, w.aPause()); d > 0 {
		w.taken += d
		w.lag += d
		w.sched.Pass(d)
	}
}

// clientLimits are those of channels that are dialled: where the servers are held up, nobody else
// is to lose patience.
func (w *world) clientLimits() chat.Limits {
	if !w.unsteady() {
		return chat.Limits{}
	}
	l := chat.Limits{HandshakeTimeout: time.Hour, Linger: time.Hour}.WithoutTimeouts()
	l.HighWater = chat.NoLimit
	return l
}

// hiccup is what passes on a loop's clock of each time that it is held up, in the turn in which a
// channel may have been opened behind the callback that did so.
const hiccup = 100 * time.Millisecond

// isDue reports whether a limit of what began at since may have come.
func (w *world) isDue(limit, since time.Duration) bool {
	if w.lag > 0 {
		limit -= hiccup
	}
	return w.now()-since >= limit
}

// late reports whether somebody was closed by a clock.
func late(reason error) bool {
	return isOf(reason, chat.ErrFirstTimeout, chat.ErrTooSlow, chat.ErrIdle, chat.ErrStalled,
		chat.ErrHandshakeTimeout)
}

func broke(reason error) bool {
	return isOf(reason, syscall.ECONNRESET, syscall.EPIPE, syscall.ETIMEDOUT, syscall.EHOSTUNREACH)
}

// mayEnd reports whether a limit of the world has closed a channel, whoever its peer is.
func (w *world) mayEnd(a *audit, reason error) bool {
	since := w.now() - a.opened
	switch life := w.limits.Lifetime; {
	case isOf(reason, chat.ErrOverloaded) && w.maxBuffered > 0:
	case w.lag > 0 && isCall(reason): // its loop stood still, and was late itself, but not the other
	case isOf(reason, chat.ErrLifetime) && life > 0 && since <= life+slack+w.lag:
	default:
		return false
	}
	w.excuse(a)
	return true
}

func (w *world) excuse(a *audit) {
	if w.forgiven == nil {
		w.forgiven = make(map[netip.AddrPort]bool)
	}
	w.forgiven[w.ownOf(a.from)] = true
}

// The last words of a peer that leaves in the middle of what it is told.
const lastWord = "LAST\r\n"

// A parting peer asks for more than it takes, says its last words while that waits, and resets. Its
// words are there to be read, and the first to know of the reset is a write.
func (h *hostile) parting() {
	h.conn.After(milliseconds(500+h.w.rand.IntN(3000)), func() {
		h.words = 1 + h.w.rand.IntN(200)
		for range h.words {
			h.data = append(h.data, lastWord...)
		}
		h.HandleWrite()
	})
}

// mayPart judges the close of a channel to a parting peer.
func (h *hostile) mayPart(a *audit, reason error) bool {
	w := h.w
	if !broke(reason) {
		return isOf(reason, io.EOF, io.ErrUnexpectedEOF, chat.ErrStalled, chat.ErrSlowReader,
			chat.ErrTooSlow)
	}
	if w.faults.Keep == 1 && h.words > 0 && h.sent == len(h.data) && !w.ending &&
		a.words < h.words {
		w.fail("%s: of %d last words that %v has said before its reset, %d were delivered", a, h.words, h,
			a.words)
	}
	return true
}
