// Package coroutine runs functions that can wait in the middle, while the loop goes on.
package coroutine

import (
	"iter"
	"runtime/debug"

	"github.com/go-asynchat/asynchat/core"
)

// A Coroutine is a function that can wait in the middle. It runs on the goroutine that resumes it,
// by iter.Pull, which switches without the scheduler. Only the loop resumes it, never the coroutine
// itself; and the loop must be on the same kind of thread each time, locked or not, or the runtime
// ends the process.
type Coroutine struct {
	next     func() (struct{}, bool)
	stop     func()
	yield    func(struct{}) bool
	panicked *core.PanicError
	running  bool
}

// New returns a coroutine that runs body when it is resumed first.
func New(body func()) *Coroutine {
	co := &Coroutine{}
	co.next, co.stop = iter.Pull(func(yield func(struct{}) bool) {
		co.yield = yield
		defer co.catch()
		body()
	})
	return co
}

// catch keeps the stack of a panic, which is lost on the way out of the coroutine.
func (co *Coroutine) catch() {
	v := recover()
	if v == nil {
		return
	}
	var ok bool
	if co.panicked, ok = v.(*core.PanicError); !ok {
		co.panicked = &core.PanicError{Value: v, Stack: debug.Stack()}
	}
}

// Resume lets the body go on until it parks, and reports whether it has ended. A panic of the body
// goes on in the caller, as a [*core.PanicError] with the stack of the body.
func (co *Coroutine) Resume() (ended bool) {
	co.running = true
	_, parked := co.next()
	co.running = false
	co.rethrow()
	return !parked
}

// Running reports whether a Resume is in progress.
func (co *Coroutine) Running() bool { return co.running }

// rethrow lets a panic of the body go on in the caller, once.
func (co *Coroutine) rethrow() {
	if p := co.panicked; p != nil {
		co.panicked = nil
		panic(p)
	}
}

// Park is called by the body. It waits until the coroutine is resumed, and reports false if it was
// canceled instead, and is to come to its end.
func (co *Coroutine) Park() bool { return co.yield(struct{}{}) }

// Cancel makes Park return false, and waits for the end of the body. If the body was not resumed
// yet, it never begins. A panic of the body goes on in the caller. The body must not call Cancel.
func (co *Coroutine) Cancel() {
	co.stop()
	co.rethrow()
}
