package sim

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-asynchat/asynchat/chat"
)

// A task is one piece of work of a session: its end comes once if it has begun, and not otherwise.
type task struct {
	s           *session
	began, done bool
}

// work answers when work off the loop is done, by Go or by Do.
func (s *session) work(n int) {
	s.quiet = 0
	for i := range n % 4 { // that of one channel waits for each other, whatever workers there are
		s.Go(s.quietly(i))
	}
	t := s.task()
	if n%2 == 0 {
		s.Go(func() func() {
			t.begin()
			return func() { t.end(n, nil) }
		})
		return
	}
	chat.Do(s.Channel, func(ctx context.Context) (int, error) {
		t.begin()
		return n, context.Cause(ctx)
	}, t.end)
}

// quietly is the i-th piece of work of a request, which says nothing: it comes behind the one
// before it, and behind the end of that.
func (s *session) quietly(i int) func() (done func()) {
	t := s.task()
	return func() func() {
		t.begin()
		if s.quiet != i {
			s.w.fail("%s: work %d of a request comes behind the end of %d others", s, i, s.quiet)
		}
		return func() {
			t.done = true
			s.quiet++
		}
	}
}

// dropInWork has the channel closed while the end of work is on its way, which comes all the same.
func (s *session) dropInWork(n int) {
	t := s.task()
	drop := func() {
		t.begin()
		s.Post(func() { s.Close() })
	}
	if n%2 == 0 {
		s.Go(func() func() {
			drop()
			return func() { t.end(n, nil) }
		})
		return
	}
	chat.Do(s.Channel, func(context.Context) (int, error) {
		drop()
		return n, nil
	}, t.end)
}

// die panics: in the callback, in work, with more work behind it, or in the end of that.
func (s *session) die(n int) {
	t := s.task()
	switch n {
	case 1:
		s.Go(func() func() {
			t.begin()
			t.done = true // this is its end
			panic(errDying)
		})
	case 2:
		s.Go(func() func() {
			t.begin()
			return func() {
				t.end(n, nil)
				panic(errDying)
			}
		})
	case 3:
		chat.Do(s.Channel, func(context.Context) (int, error) {
			t.begin()
			t.done = true
			panic(errDying)
		}, t.end)
		s.Go(func() func() { // behind a panic nothing begins
			s.w.fail("%s: work begins behind one that has panicked", s)
			return nil
		})
	default:
		panic(errDying)
	}
}

func (s *session) task() *task {
	t := &task{s: s}
	s.w.tasks = append(s.w.tasks, t)
	return t
}

func (t *task) begin() {
	if t.began {
		t.s.w.fail("%s: work begins twice", t.s)
	}
	t.began = true
}

// end is called on the loop. The context was done only if the channel is closed.
func (t *task) end(n int, cause error) {
	s := t.s
	defer s.enter("done of Go")()
	if !t.began || t.done {
		s.w.fail("%s: the end of work comes without its beginning, or twice", s)
	}
	t.done = true
	switch {
	case !s.closed && cause != nil && !s.Closed():
		s.w.fail("%s: the context of work was done: %v", s, cause)
	case !s.closed:
		fmt.Fprintf(s, "WORK %d\r\n", n)
	}
}

// await has a conversation wait for work, by Await or by AwaitFor.
func (a *audit) await(v *chat.Conversation, n int) (err error) {
	worked := false
	if n%2 == 0 {
		err = v.Await(func() { worked = true })
	} else {
		worked, err = chat.AwaitFor(v, func(ctx context.Context) (bool, error) { return true, nil })
	}
	if err == nil && !worked {
		a.w.fail("%s: Await returns before the work is done", a)
	}
	return err
}

// dieIn panics: in work that the conversation waits for, or in the conversation.
func (a *audit) dieIn(v *chat.Conversation, n int) error {
	switch n {
	case 1:
		return v.Await(func() { panic(errDying) })
	case 3:
		_, err := chat.AwaitFor(v, func(context.Context) (int, error) { panic(errDying) })
		return err
	}
	panic(errDying)
}

// workEnded reports whether all work that has begun is told to have ended.
func (w *world) workEnded() bool {
	return !slices.ContainsFunc(w.tasks, func(t *task) bool { return t.began && !t.done })
}
