package rate

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A bucket is exact: it has n tokens at the moment that when returns, and not a nanosecond before.
func TestBucketIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		r := Rate{PerSecond: 1 + rng.IntN(1<<rng.IntN(31)), Burst: rng.IntN(1 << rng.IntN(31))}
		r.Burst = min(r.Burst, 1000*r.PerSecond) // or the times are centuries
		start := time.Duration(rng.Int64N(1 << 50))
		b := newBucket(r, start)
		if got := b.tokens(); int64(got) != b.burst {
			t.Fatalf("%+v: holds %d at first, want the burst", r, got)
		}
		now, taken := start, 0
		for range 20 {
			n := 1 + rng.IntN(int(b.burst))
			at := b.when(n)
			if at < now {
				at = now
			}
			if at > now {
				early := b
				early.refill(at - 1)
				if early.tokens() >= n {
					t.Fatalf("%+v: %d bytes are there before %v", r, n, at)
				}
			}
			now = at
			b.refill(now)
			if b.tokens() < n {
				t.Fatalf("%+v: %d bytes at %v, want %d", r, b.tokens(), now, n)
			}
			b.take(n)
			taken += n
			most := float64(b.burst) + float64(b.rate)*(now-start).Seconds()
			if float64(taken) > most*(1+1e-12) {
				t.Fatalf("%+v: %d bytes in %v", r, taken, now-start)
			}
			now += time.Duration(rng.Int64N(1 << rng.IntN(40)))
			b.refill(now)
		}
	}
}

func TestBucketAtItsEdges(t *testing.T) {
	if b := newBucket(Rate{PerSecond: 7}, 0); b.burst != 7 || b.quantum() != 1 {
		t.Errorf("7 bytes a second: a burst of %d, worth waiting for %d; want 7, 1", b.burst, b.quantum())
	}
	if b := newBucket(Rate{PerSecond: 1 << 30, Burst: 100}, 0); b.quantum() != 100 {
		t.Errorf("with a burst of 100, %d bytes are worth waiting for", b.quantum())
	}
	if b := newBucket(Rate{PerSecond: 1 << 30}, 0); b.quantum() != MaxQuantum {
		t.Errorf("at a high rate, %d bytes are worth waiting for", b.quantum())
	}
	if b := newBucket(Rate{PerSecond: -1, Burst: 5}, 0); b.rate != 0 {
		t.Error("a negative rate is one")
	}
	b := newBucket(Rate{PerSecond: 1 << 30, Burst: 1 << 30}, 0)
	b.take(1 << 30)
	b.refill(1 << 62) // a century
	if b.refund(5); b.tokens() != 1<<30 {
		t.Errorf("holds %d after a century, want its burst", b.tokens())
	}
	b.take(10)
	b.refill(5) // a clock that is behind
	if b.tokens() != 1<<30-10 {
		t.Errorf("holds %d", b.tokens())
	}
}
