package chat

import (
	"sync"
	"time"
)

// warned bounds what is logged of what a peer can cause as often as it likes: the log is not to be
// what is attacked.
type warned struct {
	mu    sync.Mutex
	kinds map[error]*lastWarning
}

type lastWarning struct {
	at     time.Time
	missed int // since then
}

// allow reports whether the next of a kind may be logged, at most one a second, and how many were
// not since the last.
func (w *warned) allow(kind error, now time.Time) (missed int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.kinds[kind]
	if last == nil {
		if w.kinds == nil {
			w.kinds = make(map[error]*lastWarning)
		}
		w.kinds[kind] = &lastWarning{at: now}
		return 0, true
	}
	if since := now.Sub(last.at); since >= 0 && since < time.Second {
		last.missed++
		return 0, false
	}
	missed, last.missed, last.at = last.missed, 0, now
	return missed, true
}
