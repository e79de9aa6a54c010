package core

import (
	"time"

	"github.com/go-asynchat/asynchat/internal/inside"
)

// Stats has the counts of a loop since it was made.
type Stats struct {
	Turns      uint64 // turns of the loop
	Events     uint64 // events that the poller reported
	Posted     uint64 // functions that were posted and have run
	Timers     uint64 // timers that have fired
	Accepted   uint64 // connections that its listeners have accepted, for this loop or others
	TurnedAway uint64 // connections closed because no descriptor was left
	Read       uint64 // bytes read from connections and datagram sockets
	Written    uint64 // bytes written to them

	// Dispatchers is the number of registered dispatchers, and Connections the number of open
	// connections that were accepted for this loop.
	Dispatchers int
	Connections int
	// Slowest is the time of the longest callback, and SlowestWhat its name. They are measured only if
	// the loop has a watchdog: see WithWatchdog.
	Slowest     time.Duration
	SlowestWhat string

	// Busy is the total time of all turns, without the waits for events. Busy divided by the elapsed
	// time is the load of the loop. LongestTurn is the longest turn of all, and RecentTurn the longest
	// of the last ten to twenty seconds in which the loop was active. An event, a timer or a posted
	// function has waited up to this time for others of its turn. They cost one reading of the clock
	// per turn.
	Busy, LongestTurn, RecentTurn time.Duration
}

// Add adds the counts of another loop. Of the two longest turns it keeps the longer one.
func (s *Stats) Add(t Stats) {
	s.Turns += t.Turns
	s.Events += t.Events
	s.Posted += t.Posted
	s.Timers += t.Timers
	s.Accepted += t.Accepted
	s.TurnedAway += t.TurnedAway
	s.Read += t.Read
	s.Written += t.Written
	s.Dispatchers += t.Dispatchers
	s.Connections += t.Connections
	if t.Slowest > s.Slowest {
		s.Slowest, s.SlowestWhat = t.Slowest, t.SlowestWhat
	}
	s.Busy += t.Busy
	s.LongestTurn = max(s.LongestTurn, t.LongestTurn)
	s.RecentTurn = max(s.RecentTurn, t.RecentTurn)
}

// recentTime is how long a turn counts as recent at least.
const recentTime = 10 * time.Second

// recentTurns knows the longest of the last turns.
type recentTurns struct {
	longest [2]time.Duration // since the time below, and of the time before
	since   int64
}

func (r *recentTurns) note(now int64, took time.Duration) {
	if now-r.since > int64(recentTime) {
		if now-r.since > 2*int64(recentTime) {
			r.longest[0] = 0
		}
		r.longest[1], r.longest[0], r.since = r.longest[0], 0, now
	}
	r.longest[0] = max(r.longest[0], took)
}

func (r *recentTurns) max() time.Duration { return max(r.longest[0], r.longest[1]) }

// Stats returns the counts as they were when the loop last waited for events. Any goroutine may
// call it.
func (l *Loop) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.published
	s.Connections = int(l.conns.Load())
	return s
}

// What package chat has of this: see there.
func init() {
	inside.OnPublish = func(loop any, f func()) {
		l := loop.(*Loop)
		l.publishers = append(l.publishers, f)
	}
	inside.Published = func(loop any, f func()) {
		l := loop.(*Loop)
		l.mu.Lock()
		defer l.mu.Unlock()
		f()
	}
}

// publish lets others see the counts. It is called with the lock held, once a turn, which keeps the
// counting itself free of locks.
func (l *Loop) publish() {
	l.published = l.stats
	l.published.Dispatchers = l.slots.Len()
	l.published.RecentTurn = l.recent.max()
	if w := l.watchdog; w != nil {
		l.published.Slowest, l.published.SlowestWhat = w.slowest, w.slowestWhat
	}
	for _, f := range l.publishers {
		f()
	}
}

// measure takes the time of a turn that ended now.
func (l *Loop) measure(now int64) {
	took := time.Duration(now - l.now)
	l.stats.Busy += took
	l.stats.LongestTurn = max(l.stats.LongestTurn, took)
	l.recent.note(now, took)
}
