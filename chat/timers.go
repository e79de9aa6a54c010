package chat

import (
	"slices"

	"github.com/go-asynchat/asynchat/core"
)

// timers are those that end with a channel, and some that have fired or were stopped.
type timers []*core.Timer

func (ts *timers) add(t *core.Timer) {
	if n := len(*ts); n == cap(*ts) {
		// Those that are not armed make room: each costs O(1), on average.
		*ts = slices.DeleteFunc(*ts, isDisarmed)
		if len(*ts) > n/2 {
			*ts = slices.Grow(*ts, n)
		}
	}
	*ts = append(*ts, t)
}

func isDisarmed(t *core.Timer) bool {
	_, armed := t.When()
	return !armed
}

func (ts timers) stop() {
	for _, t := range ts {
		t.Stop()
	}
}
