// Package workers bounds how much work runs at a time.
package workers

import (
	"sync"

	"github.com/go-asynchat/asynchat/chat/internal/list"
)

// A Pool bounds the work that runs at a time; the rest waits in a queue. A worker is not an idle
// goroutine but a permit to start one. The zero value has no bound. All methods may be called from
// any goroutine.
type Pool struct {
	mu      sync.Mutex
	max     int // 0 or less: no bound
	running int
	queue   list.List[Starter]
}

// A Starter is work that can be started. What it starts calls [Pool.Done] at its end.
type Starter interface{ Start() }

// An Entry is the place of a Starter, its Value, in the queue of a Pool.
type Entry = list.Node[Starter]

// New returns a Pool of max workers.
func New(max int) *Pool { return &Pool{max: max} }

// SetMax sets how many workers there are; 0 or less is no bound. What runs already goes on.
func (p *Pool) SetMax(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.max = n
}

// Count returns how much work runs, and how much waits for a worker.
func (p *Pool) Count() (running, queued int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running, p.queue.Len()
}

// Submit starts e if there is a worker, or else puts it into the queue.
func (p *Pool) Submit(e *Entry) {
	if !p.enqueue(e) {
		e.Value.Start()
	}
}

// enqueue puts e into the queue if there is no worker, and reports whether it did.
func (p *Pool) enqueue(e *Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.max > 0 && p.running >= p.max {
		p.queue.PushBack(e)
		return true
	}
	p.running++
	return false
}

// Done is called when a work has ended: its worker takes the one that waits longest.
func (p *Pool) Done() {
	if e := p.dequeue(); e != nil {
		e.Value.Start()
	}
}

func (p *Pool) dequeue() *Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.queue.First()
	if e == nil {
		p.running--
		return nil
	}
	p.queue.Remove(e)
	return e
}

// Cancel takes e out of the queue, and reports whether it was there. It costs O(1), however much
// waits: peers that connect, ask and go away do not make the queue longer.
func (p *Pool) Cancel(e *Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queue.Remove(e)
}
