package core

import (
	"context"
	"log/slog"
	"time"
)

// logEvery is how often a loop logs what is of one kind: strangers can cause much of it, and the
// log is not to be what they attack.
const logEvery = time.Second

// seldom bounds what is logged of one kind.
type seldom struct {
	at     time.Time // when the last was logged; zero: none was
	missed int       // since then
}

// allow reports whether the next may be logged, and how many were not since the last.
func (s *seldom) allow(now time.Time) (missed int, ok bool) {
	if since := now.Sub(s.at); !s.at.IsZero() && since >= 0 && since < logEvery {
		s.missed++
		return 0, false
	}
	missed, s.missed, s.at = s.missed, 0, now
	return missed, true
}

// logSeldom logs msg, at most once a second for each msg, with the number of those that were not
// logged since the last.
func (l *Loop) logSeldom(logger func() *slog.Logger, level slog.Level, msg string, attrs ...any) {
	s := l.seldom[msg]
	if s == nil {
		s = &seldom{}
		if l.seldom == nil {
			l.seldom = make(map[string]*seldom)
		}
		l.seldom[msg] = s
	}
	if missed, ok := s.allow(l.kernel.Now()); ok {
		if missed > 0 {
			attrs = append(attrs, "unlogged", missed)
		}
		logger().Log(context.Background(), level, msg, attrs...)
	}
}
