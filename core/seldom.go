package core

import (
	"context"
	"log/slog"
	"time"
)

// logEvery is how often a loop logs what is of one kind: strangers can cause much of it, and the
// log is not to be what they attack.
const logEvery = time.Second

// seldom bounds what is logged, by its text.
type seldom map[string]*lastLine

// lastLine is the last of a kind that was logged.
type lastLine struct {
	at     time.Time
	missed int // since then
}

// log logs msg, at most once a second for each msg, with the number of those that were not logged
// since the last. It asks for the logger only then.
func (s *seldom) log(
	now time.Time, logger func() *slog.Logger, level slog.Level, msg string, attrs ...any,
) {
	last := (*s)[msg]
	switch {
	case last == nil:
		if *s == nil {
			*s = make(seldom)
		}
		last = &lastLine{}
		(*s)[msg] = last
	case now.Sub(last.at) < logEvery && !now.Before(last.at):
		last.missed++
		return
	}
	if last.missed > 0 {
		attrs = append(attrs, "unlogged", last.missed)
	}
	last.at, last.missed = now, 0
	logger().Log(context.Background(), level, msg, attrs...)
}
