package core

import (
	"context"
	"net"
	"sync"
)

// A Group is a number of loops that run side by side, each on its own goroutine.
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

// GroupOf makes a group of existing loops, which must have the same kernel.
func GroupOf(loops ...*Loop) *Group { return &Group{loops: loops} }

// Loops returns the loops. The slice is the group's own.
func (g *Group) Loops() []*Loop { return g.loops }

// Listen listens for all loops of the group, and passes each connection to h on its loop.
// config.Spread distributes the connections. With SpreadReusePort every loop has its own listener
// on the same address. This avoids moving connections between loops, but the system distributes
// them by a hash, not by load. Otherwise the first loop accepts for all. Call Listen before the
// loops run. The Loops of config are ignored.
func (g *Group) Listen(
	config ListenConfig, network, address string, h AcceptHandler,
) ([]*Listener, error) {
	config.Loops = g.loops
	if config.Spread == SpreadReusePort {
		config.ReusePort, config.Loops = true, nil
	}
	first, err := config.Listen(g.loops[0], network, address, h)
	if err != nil {
		return nil, err
	}
	return g.beside(first, config, network, h)
}

// Adopt accepts from a listener made elsewhere, as by [ListenConfig.Open]: see [AdoptListener].
// With SpreadReusePort the listener must have been made with SO_REUSEPORT; otherwise the other
// loops find its address in use. If AdoptListener calls Accept of the listener, the connections go
// to the loops in turn.
func (g *Group) Adopt(config ListenConfig, ln net.Listener, h AcceptHandler) ([]*Listener, error) {
	config.Loops = g.loops
	if config.Spread == SpreadReusePort {
		config.ReusePort, config.Loops = true, nil
	}
	first, err := config.Adopt(g.loops[0], ln, h)
	if err != nil {
		return nil, err
	}
	if first.wrapped != nil {
		first.loops = g.loops
		return []*Listener{first}, nil
	}
	return g.beside(first, config, ln.Addr().Network(), h)
}

// beside adds the listeners of the other loops, where each has one.
func (g *Group) beside(
	first *Listener, config ListenConfig, network string, h AcceptHandler,
) ([]*Listener, error) {
	all := []*Listener{first}
	if config.Spread != SpreadReusePort {
		return all, nil
	}
	for _, l := range g.loops[1:] {
		ln, err := config.Listen(l, network, first.Addr().String(), h)
		if err != nil {
			for _, ln := range all {
				ln.Close()
			}
			return nil, err
		}
		all = append(all, ln)
	}
	return all, nil
}

// Stats returns the sums of the counts of all loops, and the slowest callback of any loop. Any
// goroutine may call it.
func (g *Group) Stats() (sum Stats) {
	for _, l := range g.loops {
		sum.Add(l.Stats())
	}
	return sum
}

// Run runs all loops until they end, and returns the first error of them. If one loop fails, the
// others are stopped.
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

// Post posts f to every loop, with the loop. It returns the first error; the other loops still get
// f.
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
