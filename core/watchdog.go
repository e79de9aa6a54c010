package core

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A watchdog knows what the loop is doing, and since when.
type watchdog struct {
	kernel Kernel
	limit  time.Duration
	logger func(who any) *slog.Logger // where to log what somebody has done

	slowest     time.Duration // of all calls; the loop's goroutine only
	slowestWhat string

	mu     sync.Mutex
	busy   bool
	call   uint64 // number of the callback
	what   string
	who    any // a handler, or a function
	began  time.Time
	told   uint64 // the call that was last told while it ran
	thread string // the goroutine of Run, as a stack dump names it
}

func (w *watchdog) enter(what string, who any) {
	now := w.kernel.Now()
	w.mu.Lock()
	w.busy, w.what, w.who, w.began = true, what, who, now
	w.call++
	w.mu.Unlock()
}

func (w *watchdog) leave() {
	took := w.kernel.Now().Sub(w.began) // only this goroutine writes began
	w.mu.Lock()
	w.busy = false
	what, who := w.what, w.who
	w.who = nil
	w.mu.Unlock()
	if took <= w.limit && took <= w.slowest {
		return
	}
	what += " of " + describe(who)
	if took > w.slowest {
		w.slowest, w.slowestWhat = took, what
	}
	if took > w.limit {
		w.logger(who).Warn("a handler held the loop", "what", what, "took", took)
	}
}

// belongsTo says on whose behalf the call in progress is made: of a function that core wraps, the
// name would be core's.
func (w *watchdog) belongsTo(who any) {
	if w != nil {
		w.mu.Lock()
		w.who = who
		w.mu.Unlock()
	}
}

// A standIn is the handler of something that is called on behalf of another one, which waits.
type standIn interface{ standsFor() any }

// describe names a handler by its type, a function by its name.
func describe(who any) string {
	if s, ok := who.(standIn); ok {
		who = s.standsFor()
	}
	v := reflect.ValueOf(who)
	if v.Kind() != reflect.Func {
		return fmt.Sprintf("%T", who)
	}
	if f := runtime.FuncForPC(v.Pointer()); f != nil {
		return f.Name()
	}
	return "a function"
}

// start watches a run on the calling goroutine until the function that it returns is called.
func (w *watchdog) start() (stop func()) {
	w.mu.Lock()
	w.thread = goroutine()
	w.mu.Unlock()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(w.limit)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				w.look()
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

// look tells of a callback that is still running after its time, once.
func (w *watchdog) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.kernel.Now().Sub(w.began)
	if !w.busy || held <= w.limit || w.told == w.call {
		return
	}
	w.told = w.call
	w.logger(nil).Warn("a handler holds the loop", "what", w.what+" of "+describe(w.who), "since",
		held, "stack", stackOf(w.thread))
}

// goroutine returns the first words of the calling goroutine's stack, "goroutine 7 ".
func goroutine() string {
	var buf [64]byte
	head, _, _ := strings.Cut(string(buf[:runtime.Stack(buf[:], false)]), "[")
	return head
}

// stackOf returns the stack of one goroutine. It stops the world for a moment, which is nothing
// beside a loop that stands still.
func stackOf(thread string) string {
	buf := make([]byte, 1<<20)
	for _, stack := range bytes.Split(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
		if bytes.HasPrefix(stack, []byte(thread)) {
			return string(stack)
		}
	}
	return ""
}
