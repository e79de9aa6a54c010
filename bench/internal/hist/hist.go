// Package hist counts durations in buckets of about one per cent.
package hist

import (
	"math/bits"
	"time"
)

const sub = 64 // buckets for each power of two

// A Hist is a histogram. The zero value is empty.
type Hist struct {
	buckets [64 * sub]uint32
	count   uint64
	max     time.Duration
}

// Add counts d. A negative one counts as 0.
func (h *Hist) Add(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucket(uint64(d))]++
	h.count++
	h.max = max(h.max, d)
}

// Count returns how many were added.
func (h *Hist) Count() uint64 { return h.count }

// Max returns the largest, exactly.
func (h *Hist) Max() time.Duration { return h.max }

// Quantile returns the duration that a share of q of all does not exceed, at most 1.6 % too much.
func (h *Hist) Quantile(q float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	want, seen := uint64(q*float64(h.count)), uint64(0)
	for i, n := range h.buckets {
		if seen += uint64(n); n > 0 && seen > want {
			return min(upper(i), h.max)
		}
	}
	return h.max
}

func bucket(n uint64) int {
	if n < sub {
		return int(n)
	}
	shift := bits.Len64(n) - 7 // leaves 7 bits, of which the first is set
	return (shift+1)*sub + int(n>>shift) - sub
}

// upper returns the largest number in a bucket.
func upper(i int) time.Duration {
	if i < sub {
		return time.Duration(i)
	}
	shift := i/sub - 1
	return time.Duration(uint64(i%sub+sub+1)<<shift - 1)
}
