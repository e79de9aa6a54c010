package core

import "time"

// Stats counts what a loop has done since it was made.
type Stats struct {
	Turns      uint64 // of the loop
	Events     uint64 // that the poller reported
	Posted     uint64 // functions that were posted and have run
	Timers     uint64 // that have fired
	Accepted   uint64 // connections that its listeners have accepted, for whatever loop
	TurnedAway uint64 // connections closed for want of descriptors
	Read       uint64 // bytes of connections and datagrams
	Written    uint64

	// Dispatchers is how many are registered now, and Connections how many that were accepted for this loop are not closed.
	Dispatchers int
	Connections int
	// Slowest is the longest that one callback has held the loop, and SlowestWhat what that was. They are measured only if the loop has a
	// watchdog: see WithWatchdog.
	Slowest     time.Duration
	SlowestWhat string
}

// Stats returns the counts as they were when the loop last waited for events. Any goroutine may call it.
func (l *Loop) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.published
	s.Connections = int(l.conns.Load())
	return s
}

// publish lets others see the counts. It is called with the lock held, once a turn, which keeps the counting itself free of locks.
func (l *Loop) publish() {
	l.published = l.stats
	l.published.Dispatchers = l.slots.live
}

func (s *Stats) add(t Stats) {
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
}
