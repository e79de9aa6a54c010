package kerneltest

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

func testClock(e *env) {
	last := e.k.Now()
	for range 1000 {
		now := e.k.Now()
		if now.Before(last) {
			e.Fatalf("Now() = %v after %v", now, last)
		}
		last = now
	}
}

func testBackground(e *env) {
	done := make(chan bool, 1)
	e.k.Background(func() { done <- true })
	select {
	case <-done:
	case <-time.After(patience):
		e.Error("the work was not done")
	}
}

// Work that blocks does not block the caller.
func testBackgroundElsewhere(e *env) {
	gate, done := make(chan bool), make(chan bool)
	returned := make(chan bool)
	go func() {
		e.k.Background(func() {
			<-gate
			close(done)
		})
		close(returned)
	}()
	select {
	case <-returned:
	case <-time.After(patience):
		e.Error("Background waits for the work")
	}
	close(gate)
	<-done
}

// Works that come in a burst are all done, whatever one of them does: block, or end its goroutine.
func testBackgroundOfMany(e *env) {
	const many = 100
	gate, done := make(chan bool), make(chan int, many)
	for i := range many {
		e.k.Background(func() {
			if i%10 == 0 {
				<-gate
			}
			done <- i
			if i%10 == 1 {
				runtime.Goexit()
			}
		})
	}
	timeout := time.After(patience)
	for n := range many {
		if n == many-many/10 {
			close(gate)
		}
		select {
		case <-done:
		case <-timeout:
			close(gate)
			e.Fatalf("%d of %d works were done", n, many)
		}
	}
}

// elapsed returns how long f took on the kernel's clock.
func (e *env) elapsed(f func()) time.Duration {
	start := e.k.Now()
	f()
	return e.k.Now().Sub(start)
}

func testWaitZero(e *env) {
	var events [4]kernel.Event
	a, _ := e.pair()
	e.add(a, 7, core.Readable)
	if took := e.elapsed(func() { e.wait(events[:], 0) }); took > patience/2 {
		e.Errorf("Wait(0) took %v", took)
	}
}

// S19, B13: a timeout below the unit of the mechanism is rounded up, or the loop would spin until
// the time has come. A signal may end one wait early, but not each of them.
func testWaitNeverLess(e *env) {
	var events [4]kernel.Event
	a, _ := e.pair()
	e.add(a, 7, core.Readable)
	for _, timeout := range []time.Duration{1, time.Microsecond, 900 * time.Microsecond,
		1500 * time.Microsecond, 10 * time.Millisecond} {
		took := time.Duration(-1)
		for try := 0; try < 5 && took < timeout; try++ {
			took = e.elapsed(func() {
				if got := e.wait(events[:], timeout); len(got) != 0 {
					e.Errorf("Wait(%v) reported %+v, want nothing", timeout, got)
				}
			})
		}
		if took < timeout {
			e.Errorf("Wait(%v) took %v", timeout, took)
		}
	}
}

func testWaitForEver(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Readable)
	var late atomic.Bool
	defer time.AfterFunc(patience, func() {
		late.Store(true)
		e.p.Wake()
	}).Stop()
	defer time.AfterFunc(20*time.Millisecond, func() { e.k.Write(b, []byte("x")) }).Stop()
	var events [4]kernel.Event
	for !late.Load() {
		if got := e.wait(events[:], -1); len(got) > 0 {
			return
		}
	}
	e.Error("Wait(-1) did not see the data")
}

// checkWoken fails unless a Wait ends before its time, without an event.
func (e *env) checkWoken() {
	e.Helper()
	var events [4]kernel.Event
	took := e.elapsed(func() {
		if got := e.wait(events[:], patience); len(got) != 0 {
			e.Errorf("Wait reported %+v, want nothing", got)
		}
	})
	if took >= patience {
		e.Errorf("Wait took %v, it was not woken", took)
	}
}

func (e *env) wake() {
	if err := e.p.Wake(); err != nil {
		e.Errorf("Wake: %v", err)
	}
}

func testWakeBefore(e *env) {
	a, _ := e.pair()
	e.add(a, 7, core.Readable)
	for range 3 {
		e.wake()
		e.checkWoken()
	}
}

func testWakeIsNoEvent(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Readable)
	e.write(b, "x")
	e.await(7, core.Readable)
	var events [1]kernel.Event
	for range 3 {
		e.wake()
		seen := 0
		for range 3 {
			for _, ev := range e.wait(events[:], 0) {
				if ev.Token != 7 || ev.Ready != core.Readable {
					e.Errorf("Wait reported %+v, want token 7 readable", ev)
				}
				seen++
			}
		}
		if seen < 2 {
			e.Errorf("a wake hid the event: it was reported in %d waits of 3", seen)
		}
	}
}

func testManyWakes(e *env) {
	a, _ := e.pair()
	e.add(a, 7, core.Readable)
	for range 200 {
		e.wake()
	}
	e.checkWoken()
	const timeout = 5 * time.Millisecond
	var events [4]kernel.Event
	took := time.Duration(-1)
	for try := 0; try < 2 && took < timeout; try++ { // a signal may end one
		took = e.elapsed(func() { e.wait(events[:], timeout) })
	}
	if took < timeout {
		e.Errorf("after the wakes had been told, Wait(%v) took %v", timeout, took)
	}
}

func testWakeFromElsewhere(e *env) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				e.wake()
			}
		})
	}
	var events [4]kernel.Event
	for range 100 {
		e.wait(events[:], 0)
	}
	wg.Wait()
	e.wake()
	e.checkWoken()
}

// The wake comes before, at or after the beginning of the wait; none may be lost.
func testWakeDuring(e *env) {
	for i := range 200 {
		done := make(chan bool)
		go func() {
			defer close(done)
			<-time.After(time.Duration(i%20) * 10 * time.Microsecond)
			e.wake()
		}()
		var events [4]kernel.Event
		took := e.elapsed(func() { e.wait(events[:], patience) })
		<-done
		if took >= patience {
			e.Fatalf("Wait took %v, it was not woken", took)
		}
	}
}
