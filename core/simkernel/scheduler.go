package simkernel

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A Scheduler runs several loops on one goroutine. Each loop makes turn after turn until it waits.
// Then it sleeps until an event is ready, it is woken, or its timeout has passed. A loop that is
// not woken sleeps on, as on an operating system. The scheduler chooses at random which loop
// continues, and whether data arrives first. When no loop can continue, the clock moves to the next
// time at which one can. Loop.Stop has no effect here.
type Scheduler struct {
	k     *Kernel
	rand  *rand.Rand
	tasks []*task
	turns int // since something has happened
	Turns int // of all loops
}

// NewScheduler returns a scheduler of loops on k, which makes its random choices by r. If r is nil,
// the loops run one after the other.
func NewScheduler(k *Kernel, r *rand.Rand) *Scheduler {
	k.chance()
	return &Scheduler{k: k, rand: r}
}

// Go adds loops, which must have been made with the scheduler's kernel.
func (s *Scheduler) Go(loops ...*core.Loop) {
	for _, l := range loops {
		t := &task{k: s.k, loop: l, name: len(s.tasks)}
		t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
			t.yield = yield
			for !t.ending && t.err == nil {
				_, t.err = l.Poll(-1)
			}
		})
		s.tasks = append(s.tasks, t)
	}
}

// ErrSpin is returned by Run when loops make turns without end, although no event happens.
var ErrSpin = errors.New("simkernel: the loops spin: nothing happens in their turns")

// maxTurns is how many turns in which nothing happens are made in a row before that is called a
// spin.
const maxTurns = 1000

// Run runs the loops until done returns true or d has passed on the clock. done is called before
// each turn, and may be nil. It returns ErrDeadlock if nothing can ever happen any more, ErrSpin,
// or the error of a loop.
func (s *Scheduler) Run(d time.Duration, done func() bool) error {
	end := s.k.nanos() + int64(d)
	for done == nil || !done() {
		if !s.step() {
			next := s.nextTime()
			switch {
			case next == never && done != nil:
				return ErrDeadlock
			case next > end:
				s.k.moveTo(epoch.Add(time.Duration(end)))
				return nil
			}
			s.k.moveTo(epoch.Add(time.Duration(next)))
			continue
		}
		if err := s.check(); err != nil {
			return err
		}
	}
	return nil
}

// Progress reports an event that the kernel cannot notice, such as the delivery of held input, so
// that the turn does not count as a spin.
func (s *Scheduler) Progress() { s.k.moved() }

// check finds loops that have ended with an error, and those that spin.
func (s *Scheduler) check() error {
	l := s.k.luck
	if l.moves > 0 {
		l.moves, s.turns = 0, 0
	} else if s.turns++; s.turns > maxTurns {
		s.turns = 0
		return ErrSpin
	}
	for _, t := range s.tasks {
		if t.err != nil {
			return fmt.Errorf("loop %d: %w", t.name, t.err)
		}
	}
	return nil
}

// step lets one thing happen, if anything can now.
func (s *Scheduler) step() bool {
	now, n := s.k.nanos(), 0
	for _, t := range s.tasks {
		if t.runnable(now) {
			n++
		}
	}
	if s.k.due() {
		if n == 0 || s.rand == nil || s.rand.IntN(n+1) == 0 {
			s.k.happenOnce()
			return true
		}
	}
	if n == 0 {
		return false
	}
	chosen := 0
	if s.rand != nil {
		chosen = s.rand.IntN(n)
	}
	for _, t := range s.tasks {
		if t.runnable(now) {
			if chosen == 0 {
				s.resume(t)
				return true
			}
			chosen--
		}
	}
	return false
}

func (s *Scheduler) resume(t *task) {
	s.Turns++
	s.k.log("run", t.name, 0, nil)
	s.k.luck.running = t
	defer func() { s.k.luck.running = nil }()
	if _, parked := t.next(); !parked {
		t.ended = true
	}
}

func (s *Scheduler) nextTime() int64 {
	next, now := int64(never), s.k.nanos()
	if l := s.k.luck; !l.eventQueue.empty() {
		next = l.eventQueue.heap[0].at
	}
	for _, t := range s.tasks {
		switch {
		case t.ended:
		case t.still > now:
			next = min(next, t.still)
		default:
			next = min(next, t.until)
		}
	}
	return next
}

// StandStill stops loops for d, as if their process was stopped and continued. Meanwhile input
// waits. Afterwards the Wait of a loop returns no events, as after EINTR. Call it outside of the
// loops' turns.
func (s *Scheduler) StandStill(d time.Duration, loops ...*core.Loop) {
	for _, t := range s.tasks {
		if slices.Contains(loops, t.loop) {
			t.still = max(t.still, s.k.nanos()+int64(d))
			t.signalled = true
			s.k.log("still", t.name, int(d), nil)
		}
	}
}

// Pass makes the callback that calls it last for d: its loop does nothing else meanwhile, and the
// other loops go on.
func (s *Scheduler) Pass(d time.Duration) {
	t := s.k.luck.running
	s.k.log("pass", t.name, int(d), nil)
	t.busy = true
	t.park(s.k.nanos() + int64(d))
	t.busy = false
}

// Close closes the loops and all their dispatchers. A handler must not call it.
func (s *Scheduler) Close() {
	for _, t := range s.tasks {
		t.ending = true
		if t.p != nil {
			t.p.Wake()
		}
		for !t.ended {
			s.resume(t)
		}
	}
	for _, t := range s.tasks {
		t.loop.Close()
	}
}

// A task is a loop that is run.
type task struct {
	k      *Kernel
	loop   *core.Loop
	name   int
	p      *poller
	next   func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	until  int64 // when its wait ends
	ending bool  // it is to end
	ended  bool
	err    error

	still     int64 // it does nothing before: see StandStill
	signalled bool  // and its wait is interrupted then
	busy      bool  // it is in a callback: see Pass
}

const never = math.MaxInt64

func (t *task) runnable(now int64) bool {
	return !t.ended && t.still <= now &&
		(t.until <= now || !t.busy && (len(t.p.queue) > 0 || t.p.woken.Load()))
}

// wait is Wait for a loop that is run by a scheduler. Others may run between the moment at which
// the loop has found nothing to do and the one at which it begins to sleep.
func (t *task) wait(p *poller, events []kernel.Event, timeout time.Duration) (int, error) {
	t.p = p
	l, end := t.k.luck, int64(never)
	if timeout >= 0 {
		end = t.k.nanos() + int64(timeout)
	}
	if timeout > 0 {
		end += l.upTo(l.Oversleep)
	}
	t.park(t.k.nanos())
	for {
		if t.signalled && timeout != 0 || p.blind(timeout) {
			t.signalled = false
			return 0, nil
		}
		n := p.collect(events)
		if woken := p.woken.Swap(false); woken || n > 0 || t.k.nanos() >= end || l.roll(l.Interrupt) {
			return n, nil
		}
		t.park(end)
	}
}

// park lets others run until the loop can go on.
func (t *task) park(until int64) {
	t.until = until
	t.yield(struct{}{})
}
