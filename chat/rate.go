package chat

import "time"

// A Rate bounds how many bytes may go on average. The zero value, and a negative one, is no bound.
type Rate struct {
	// PerSecond is the number of bytes a second in the long run.
	PerSecond int
	// Burst is how many bytes may go at once after a pause; 0 means PerSecond, what a second brings. Over no span of time go more
	// bytes than it brings, and Burst.
	Burst int
}

// A bucket holds what a rate lets go: it fills up with time, to the burst at most. Bytes are counted in billionths, so that nothing is lost in rounding
// and every moment is exact.
type bucket struct {
	rate  int64 // bytes a second; 0: no bucket
	burst int64
	level int64 // 1e-9 bytes
	at    time.Duration
}

const (
	nano     = 1_000_000_000
	maxBurst = 1 << 33 // in billionths it is still an int64
)

func newBucket(r Rate, now time.Duration) bucket {
	if r.PerSecond <= 0 {
		return bucket{}
	}
	b := bucket{rate: int64(r.PerSecond), burst: int64(r.Burst), at: now}
	if b.burst <= 0 {
		b.burst = b.rate
	}
	b.burst = min(b.burst, maxBurst)
	b.level = b.burst * nano
	return b
}

// fill brings the bucket up to now. A clock that is behind, as that of another loop may be, changes nothing.
func (b *bucket) fill(now time.Duration) {
	if now <= b.at {
		return
	}
	missing := b.burst*nano - b.level
	if gone := int64(now - b.at); gone > missing/b.rate {
		b.level += missing
	} else {
		b.level += gone * b.rate
	}
	b.at = now
}

// holds returns how many bytes there are.
func (b *bucket) holds() int { return int(max(0, b.level) / nano) }

// add puts n bytes back, or takes them if n is negative.
func (b *bucket) add(n int) { b.level = min(b.level+int64(n)*nano, b.burst*nano) }

// when returns the time at which there are n bytes, at most a burst.
func (b *bucket) when(n int) time.Duration {
	missing := int64(n)*nano - b.level
	return b.at + time.Duration(max(0, missing+b.rate-1)/b.rate)
}

// worth returns how many bytes are worth waiting for: at a high rate a buffer, at a low one what comes in a 64th of a second, so that a channel is not
// woken up for each byte.
func (b *bucket) worth() int { return int(min(max(1, b.rate/64), maxWorth, b.burst)) }

const maxWorth = 16 << 10
