package micro

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

const timers = 10000 // armed at a time

func newLoop(b *testing.B) *core.Loop {
	l, err := core.New()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	return l
}

// spread returns timeouts between one minute and two, in no order.
func spread(i int) time.Duration {
	return time.Minute + time.Duration(i*7919%60000)*time.Millisecond
}

// BenchmarkTimers measures one timer among 10,000: arm and disarm it, put it off, let it fire.
// core's belong to one loop, time's to all goroutines.
func BenchmarkTimers(b *testing.B) {
	b.Run("arm/core", func(b *testing.B) {
		l := newLoop(b)
		for i := range timers {
			l.After(spread(i), func() {})
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			l.After(spread(i), func() {}).Stop()
		}
	})
	b.Run("arm/time", func(b *testing.B) {
		for i := range timers {
			defer time.AfterFunc(spread(i), func() {}).Stop()
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			time.AfterFunc(spread(i), func() {}).Stop()
		}
	})
	b.Run("reset/core", func(b *testing.B) {
		l := newLoop(b)
		all := make([]*core.Timer, timers)
		for i := range all {
			all[i] = l.After(spread(i), func() {})
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			all[i%timers].Reset(2 * time.Minute)
		}
	})
	b.Run("reset/time", func(b *testing.B) {
		all := make([]*time.Timer, timers)
		for i := range all {
			all[i] = time.AfterFunc(spread(i), func() {})
			defer all[i].Stop()
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			all[i%timers].Reset(2 * time.Minute)
		}
	})
	b.Run("fire/core", fireCore)
	b.Run("fire/time", fireTime)
}

// fireCore arms 1,000 timers that are due at once, and waits for all.
func fireCore(b *testing.B) {
	l := newLoop(b)
	left := 0
	all := make([]*core.Timer, 1000)
	for i := range all {
		all[i] = l.After(time.Hour, func() { left-- })
	}
	for b.Loop() {
		left = len(all)
		for _, t := range all {
			t.Reset(0)
		}
		for left > 0 {
			if _, err := l.Poll(-1); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/op")
}

func fireTime(b *testing.B) {
	fired := make(chan bool, 1000)
	all := make([]*time.Timer, 1000)
	for i := range all {
		all[i] = time.AfterFunc(time.Hour, func() { fired <- true })
		defer all[i].Stop()
	}
	for b.Loop() {
		for _, t := range all {
			t.Reset(0)
		}
		for range all {
			<-fired
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/op")
}
