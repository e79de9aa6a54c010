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

// die panics: in the callback, in work or in the end of that.
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

// workEnded reports whether all work that has begun is told to have ended.
func (w *world) workEnded() bool {
	return !slices.ContainsFunc(w.tasks, func(t *task) bool { return t.began && !t.done })
}
