package chat

import (
	"iter"
	"runtime/debug"
)

// A coroutine is a function that can wait in the middle, while the loop goes on. It runs on the goroutine that resumes it, by iter.Pull, which
// switches without the scheduler. Only the loop resumes it, never the coroutine itself; and the loop must be on the same kind
// of thread each time, locked or not, or the runtime ends the process.
type coroutine struct {
	next     func() (struct{}, bool)
	stop     func()
	yield    func(struct{}) bool
	panicked *PanicError
	running  bool
}

func newCoroutine(body func()) *coroutine {
	co := &coroutine{}
	co.next, co.stop = iter.Pull(func(yield func(struct{}) bool) {
		co.yield = yield
		defer co.catch()
		body()
	})
	return co
}

// catch keeps the stack of a panic, which is lost on the way out of the coroutine.
func (co *coroutine) catch() {
	v := recover()
	if v == nil {
		return
	}
	var ok bool
	if co.panicked, ok = v.(*PanicError); !ok {
		co.panicked = &PanicError{Value: v, Stack: debug.Stack()}
	}
}

// resume lets the body go on until it parks, and reports whether it has ended. A panic of the body goes on in the caller.
func (co *coroutine) resume() (ended bool) {
	co.running = true
	_, parked := co.next()
	co.running = false
	co.rethrow()
	return !parked
}

// rethrow lets a panic of the body go on in the caller, once.
func (co *coroutine) rethrow() {
	if p := co.panicked; p != nil {
		co.panicked = nil
		panic(p)
	}
}

// park waits until the coroutine is resumed. It reports false if it was abandoned instead, and is to come to its end.
func (co *coroutine) park() bool { return co.yield(struct{}{}) }

// abandon has park report false, and waits for the end of the body. It is not to be called from within.
func (co *coroutine) abandon() {
	co.stop()
	co.rethrow()
}
