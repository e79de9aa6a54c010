package chat

import "time"

// A watch is a stopwatch that rings: when, or, while it stands still, after how much more time; 0
// is never.
type watch struct {
	at     time.Duration
	stands bool
}

// start begins anew, with the whole limit.
func (w *watch) start(now, limit time.Duration) {
	*w = watch{}
	if limit > 0 {
		w.at = now + limit
	}
}

// stand lets it stand still, or go on with what is left.
func (w *watch) stand(stands bool, now time.Duration) {
	switch {
	case stands == w.stands:
		return
	case w.at == 0:
	case stands:
		w.at = max(w.at-now, 1)
	default:
		w.at += now
	}
	w.stands = stands
}

// gain gives the time that n bytes are worth at a rate, but lets no more be left than a whole
// limit: no time is saved up. A negative n takes back what bytes have gained that brought nothing.
func (w *watch) gain(n int, rate int, now, limit time.Duration) {
	if w.at == 0 || rate <= 0 {
		return
	}
	if w.stands {
		now = 0
	}
	w.at = max(1, min(w.at+time.Duration(n)*time.Second/time.Duration(rate), now+limit))
}

// next returns when it rings, 0 for never.
func (w watch) next() time.Duration {
	if w.stands {
		return 0
	}
	return w.at
}

// timing is what the clocks of a channel's input show, a value that makes no calls. due is of what
// the peer has begun or owes us: its first element, the rest of an element, a handshake, its close.
// idle is of the time between two elements, and goes on while an element is in progress: if that
// turns out to be nothing, as a record of TLS without data, the peer has been idle all along.
type timing struct {
	kind      clock // what due is of; noClock: of nothing
	due, idle watch
}

// A situation is what a channel does, as far as that moves its clocks.
type situation struct {
	now       time.Duration
	kind      clock         // what due is to be of
	limit     time.Duration // its whole time, 0 or less: no limit
	idleLimit time.Duration
	ended     bool // an element has ended since the last situation
	sent      bool // output has gone
	dueStands bool // the peer can do nothing about what it owes: we do not read
	// The peer is not idle: it has to take output, or waits for us.
	idleStands bool
}

// follow returns what the clocks show after something has happened.
func (t timing) follow(s situation) timing {
	if s.kind != t.kind || s.ended && s.kind == elementClock {
		t.kind = s.kind
		t.due.start(s.now, s.limit)
		if s.kind == noClock {
			t.due = watch{}
		}
	}
	if s.ended || s.sent || t.idle.at == 0 {
		t.idle.start(s.now, s.idleLimit)
	}
	t.due.stand(s.dueStands, s.now)
	t.idle.stand(s.idleStands, s.now)
	return t
}

// next returns which clock rings next, and when: idleness does not count while something else does.
func (t timing) next() (at time.Duration, k clock) {
	if t.kind != noClock && !t.due.stands {
		return t.due.at, t.kind
	}
	return t.idle.next(), idleClock
}
