package kerneltest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

func testClock(r *rig) {
	last := r.k.Now()
	for range 1000 {
		now := r.k.Now()
		if now.Before(last) {
			r.Fatalf("Now() = %v after %v", now, last)
		}
		last = now
	}
}

func testBackground(r *rig) {
	done := make(chan bool, 1)
	r.k.Background(func() { done <- true })
	select {
	case <-done:
	case <-time.After(patience):
		r.Error("the work was not done")
	}
}

// Work that blocks does not block the caller.
func testBackgroundElsewhere(r *rig) {
	gate, done := make(chan bool), make(chan bool)
	returned := make(chan bool)
	go func() {
		r.k.Background(func() {
			<-gate
			close(done)
		})
		close(returned)
	}()
	select {
	case <-returned:
	case <-time.After(patience):
		r.Error("Background waits for the work")
	}
	close(gate)
	<-done
}

// elapsed returns how long f took on the kernel's clock.
func (r *rig) elapsed(f func()) time.Duration {
	start := r.k.Now()
	f()
	return r.k.Now().Sub(start)
}

func testWaitZero(r *rig) {
	var events [4]core.Event
	a, _ := r.pair()
	r.add(a, 7, core.Readable)
	if took := r.elapsed(func() { r.wait(events[:], 0) }); took > patience/2 {
		r.Errorf("Wait(0) took %v", took)
	}
}

// S19, B13: a timeout below the unit of the mechanism is rounded up, or the loop would spin until the time has come. A signal may end
// one wait early, but not each of them.
func testWaitNeverLess(r *rig) {
	var events [4]core.Event
	a, _ := r.pair()
	r.add(a, 7, core.Readable)
	for _, timeout := range []time.Duration{1, time.Microsecond, 900 * time.Microsecond, 1500 * time.Microsecond, 10 * time.Millisecond} {
		took := time.Duration(-1)
		for try := 0; try < 5 && took < timeout; try++ {
			took = r.elapsed(func() {
				if got := r.wait(events[:], timeout); len(got) != 0 {
					r.Errorf("Wait(%v) reported %+v, want nothing", timeout, got)
				}
			})
		}
		if took < timeout {
			r.Errorf("Wait(%v) took %v", timeout, took)
		}
	}
}

func testWaitForEver(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Readable)
	var late atomic.Bool
	defer time.AfterFunc(patience, func() {
		late.Store(true)
		r.p.Wake()
	}).Stop()
	defer time.AfterFunc(20*time.Millisecond, func() { r.k.Write(b, []byte("x")) }).Stop()
	var events [4]core.Event
	for !late.Load() {
		if got := r.wait(events[:], -1); len(got) > 0 {
			return
		}
	}
	r.Error("Wait(-1) did not see the data")
}

// checkWoken fails unless a Wait ends before its time, without an event.
func (r *rig) checkWoken() {
	r.Helper()
	var events [4]core.Event
	took := r.elapsed(func() {
		if got := r.wait(events[:], patience); len(got) != 0 {
			r.Errorf("Wait reported %+v, want nothing", got)
		}
	})
	if took >= patience {
		r.Errorf("Wait took %v, it was not woken", took)
	}
}

func (r *rig) wake() {
	if err := r.p.Wake(); err != nil {
		r.Errorf("Wake: %v", err)
	}
}

func testWakeBefore(r *rig) {
	a, _ := r.pair()
	r.add(a, 7, core.Readable)
	for range 3 {
		r.wake()
		r.checkWoken()
	}
}

func testWakeIsNoEvent(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Readable)
	r.write(b, "x")
	r.await(7, core.Readable)
	var events [1]core.Event
	for range 3 {
		r.wake()
		seen := 0
		for range 3 {
			for _, e := range r.wait(events[:], 0) {
				if e.Token != 7 || e.Ready != core.Readable {
					r.Errorf("Wait reported %+v, want token 7 readable", e)
				}
				seen++
			}
		}
		if seen < 2 {
			r.Errorf("a wake hid the event: it was reported in %d waits of 3", seen)
		}
	}
}

func testManyWakes(r *rig) {
	a, _ := r.pair()
	r.add(a, 7, core.Readable)
	for range 200 {
		r.wake()
	}
	r.checkWoken()
	const timeout = 5 * time.Millisecond
	var events [4]core.Event
	took := time.Duration(-1)
	for try := 0; try < 2 && took < timeout; try++ { // a signal may end one
		took = r.elapsed(func() { r.wait(events[:], timeout) })
	}
	if took < timeout {
		r.Errorf("after the wakes had been told, Wait(%v) took %v", timeout, took)
	}
}

func testWakeFromElsewhere(r *rig) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				r.wake()
			}
		})
	}
	var events [4]core.Event
	for range 100 {
		r.wait(events[:], 0)
	}
	wg.Wait()
	r.wake()
	r.checkWoken()
}

// The wake comes before, at or after the beginning of the wait; none may be lost.
func testWakeDuring(r *rig) {
	for i := range 200 {
		done := make(chan bool)
		go func() {
			defer close(done)
			<-time.After(time.Duration(i%20) * 10 * time.Microsecond)
			r.wake()
		}()
		var events [4]core.Event
		took := r.elapsed(func() { r.wait(events[:], patience) })
		<-done
		if took >= patience {
			r.Fatalf("Wait took %v, it was not woken", took)
		}
	}
}
