package chat

import (
	"errors"
	"net"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/go-asynchat/asynchat/chat/internal/coroutine"
)

// A runner runs the function of a conversation: as a coroutine on the loop, or on a goroutine of
// its own. Either way one of the two works at a time, the function's operations or the loop: a
// goroutine borrows the loop for an operation, and gives it back when it waits and when it is done.
// So an operation is the same code on both, and needs no locks. Only reads and small writes do
// without the loop on a goroutine: see thread.
type runner struct {
	conv     *Conversation // whose function it is
	others   []*Conversation
	co       *coroutine.Coroutine // nil: a goroutine
	turn     chan struct{}
	back     chan struct{}
	err      error                 // what every operation fails with, once the conversation is over
	over     atomic.Pointer[error] // the same, for a goroutine that the loop does not hear any more
	refused  int                   // operations that have failed so
	running  bool
	finished bool
	result   error
	panicked *PanicError
}

// parkedHeld is what a function keeps that waits in the middle of an element, most of it its stack,
// measured as resident memory.
const parkedHeld = 5400

// maxRefused is how often a function may go on after it was told that the conversation is over. One
// that ignores errors would keep the loop for ever.
const maxRefused = 1000

var errRefused = errors.New("chat: a conversation goes on after its end, and ignores the errors")

// start begins the function.
func (s *runner) start(f func(*Conversation) error) {
	if s.conv.thread == nil {
		s.co = coroutine.New(func() { s.result = f(s.conv) })
		s.resume()
		return
	}
	s.turn, s.back = make(chan struct{}), make(chan struct{})
	s.conv.watch()
	go func() {
		defer s.end()
		s.result = f(s.conv)
	}()
}

// end is deferred in the goroutine: the loop learns that it is over.
func (s *runner) end() {
	if v := recover(); v != nil {
		s.panicked = &PanicError{Value: v, Stack: debug.Stack()}
	}
	s.conv.c.conn.Post(func() {
		s.finished = true
		if s.panicked != nil {
			panic(s.panicked)
		}
		s.conv.finish()
	})
}

// enter begins an operation: on a goroutine, it waits for the loop. After the channel's end, it
// fails.
func (s *runner) enter() error {
	if s.co == nil {
		if s.conv.c.Post(s.lend) != nil {
			if why := s.over.Load(); why != nil {
				return s.refuse(*why)
			}
			return s.refuse(net.ErrClosed)
		}
		<-s.turn
	}
	if s.err != nil {
		err := s.refuse(s.err)
		s.leave()
		return err
	}
	return nil
}

// leave ends an operation.
func (s *runner) leave() {
	if s.co == nil {
		s.back <- struct{}{}
	}
}

// lend lets the goroutine have the loop until it leaves or parks.
func (s *runner) lend() {
	s.running = true
	for v := range s.all {
		v.saidMore()
	}
	s.turn <- struct{}{}
	<-s.back
	s.running = false
	s.conv.after()
}

// all are the conversations of the function.
func (s *runner) all(yield func(*Conversation) bool) {
	if !yield(s.conv) {
		return
	}
	for _, v := range s.others {
		if !yield(v) {
			return
		}
	}
}

func (s *runner) refuse(err error) error {
	if s.refused++; s.refused > maxRefused {
		panic(errRefused)
	}
	return err
}

// park waits, within an operation, until the loop resumes the runner.
func (s *runner) park() {
	if s.co != nil {
		s.co.Park()
		return
	}
	s.back <- struct{}{}
	<-s.turn
}

// resume is called by the loop when what the runner waits for has come.
func (s *runner) resume() {
	if s.running || s.finished {
		return
	}
	if s.co == nil {
		s.lend()
		return
	}
	s.running = true
	defer func() { s.running = false }()
	ended := s.co.Resume()
	s.running = false
	if ended {
		s.finished = true
		s.conv.finish()
	}
	s.conv.after()
}

// fail has every operation that begins fail with err.
func (s *runner) fail(err error) {
	s.err = err
	if s.co == nil {
		s.over.Store(&err)
	}
}

// forget takes a conversation from those that end with the function.
func (s *runner) forget(v *Conversation) {
	if i := slices.Index(s.others, v); i >= 0 {
		s.others = slices.Delete(s.others, i, i+1)
	}
}

// abandon ends the function when its channel has been closed: what it waits for, and whatever it
// tries next, fails with err.
func (s *runner) abandon(err error) {
	s.fail(err)
	waits := false
	for v := range s.all {
		v.breakOff(err)
		waits = waits || v.waits != nothing
	}
	if waits {
		s.resume()
	}
	if s.co != nil && !s.finished { // it has found another way to wait
		s.finished = true
		s.co.Cancel()
	}
}
