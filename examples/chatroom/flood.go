package main

import "time"

const (
	burst    = 20                     // lines that somebody may send at once
	interval = 500 * time.Millisecond // until there is one more
)

// A flood bounds how fast somebody talks. The zero value has the whole burst.
type flood struct{ even time.Time } // when the burst is whole again

// wait returns how long the next line is to be waited for.
func (f *flood) wait(now time.Time) time.Duration {
	return f.even.Add(interval - burst*interval).Sub(now)
}

// count counts a line.
func (f *flood) count(now time.Time) {
	if f.even.Before(now) {
		f.even = now
	}
	f.even = f.even.Add(interval)
}
