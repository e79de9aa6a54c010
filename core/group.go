package core

import (
	"context"
	"sync"
)

// A Group is several loops that run side by side, each on its own goroutine.
type Group struct{ loops []*Loop }

// NewGroup makes n loops with the same options; n of 0 or less means 1.
func NewGroup(n int, opts ...Option) (*Group, error) {
	g := &Group{}
	for range max(1, n) {
		l, err := New(opts...)
		if err != nil {
			g.Close()
			return nil, err
		}
		g.loops = append(g.loops, l)
	}
	return g, nil
}

// Loops returns the loops. The slice is the group's own.
func (g *Group) Loops() []*Loop { return g.loops }

// Run runs all loops until they end, and returns the first error of them. If one fails, the others are stopped.
func (g *Group) Run(ctx context.Context) error {
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, l := range g.loops {
		wg.Go(func() {
			if err := l.Run(ctx); err != nil {
				once.Do(func() { first = err })
				cancel(err)
			}
		})
	}
	wg.Wait()
	return first
}

// Stop makes Run return. Any goroutine may call it.
func (g *Group) Stop() {
	for _, l := range g.loops {
		l.Stop()
	}
}

// Post posts f to every loop, with the loop. It returns the first error; the other loops get theirs.
func (g *Group) Post(f func(*Loop)) error {
	var first error
	for _, l := range g.loops {
		if err := l.Post(func() { f(l) }); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Close closes all loops; Run must have returned.
func (g *Group) Close() {
	for _, l := range g.loops {
		l.Close()
	}
}
