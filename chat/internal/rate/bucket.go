// Package rate bounds bytes per time: a [Limiter] for one direction of a connection, a
// [SharedBucket] for all connections together.
package rate

import "time"

// A Rate is a number of bytes PerSecond, and at most Burst at once, 0 meaning PerSecond. PerSecond
// of 0 or less is no bound.
type Rate struct{ PerSecond, Burst int }

// A bucket has tokens, one for each byte that may go. It fills up with time, to the burst at most.
// Tokens are counted in billionths, so that nothing is lost in rounding and every moment is exact.
type bucket struct {
	rate  int64 // tokens per second; 0: no bucket
	burst int64
	level int64 // 1e-9 tokens
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

// refill brings the bucket up to now. A clock that is behind, as that of another loop may be,
// changes nothing.
func (b *bucket) refill(now time.Duration) {
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

// tokens returns how many there are.
func (b *bucket) tokens() int { return int(max(0, b.level) / nano) }

// take takes up to want tokens, and returns how many.
func (b *bucket) take(want int) int {
	n := min(want, b.tokens())
	b.level -= int64(n) * nano
	return n
}

// refund puts n tokens back.
func (b *bucket) refund(n int) { b.level = min(b.level+int64(n)*nano, b.burst*nano) }

// when returns the time at which there are n tokens, at most a burst.
func (b *bucket) when(n int) time.Duration {
	missing := int64(n)*nano - b.level
	return b.at + time.Duration(max(0, missing+b.rate-1)/b.rate)
}

// quantum returns how many tokens are worth waiting for: at a high rate a buffer, at a low one what
// comes in a 64th of a second, so that a connection is not woken up for each byte.
func (b *bucket) quantum() int { return int(min(max(1, b.rate/64), MaxQuantum, b.burst)) }

// MaxQuantum is the largest number of bytes that are worth waiting for.
const MaxQuantum = 16 << 10
