// Package workers bounds how much work runs at a time.
package workers

import (
	"net/netip"
	"sync"

	"github.com/go-asynchat/asynchat/chat/internal/list"
)

// A Pool bounds the work that runs at a time; the rest waits in a queue. A worker is not an idle
// goroutine but a permit to start one. Waiting peers take turns, so the work of one peer does not
// delay that of others. The zero value has no bound. All methods may be called from any goroutine.
type Pool struct {
	mu      sync.Mutex
	max     int // 0 or less: no bound
	running int
	queued  int
	turns   list.List[*peer] // those that have work in the queue; the first is next
	peers   map[netip.Addr]*list.Node[*peer]
}

// A peer has the works of one address that wait, the oldest first.
type peer struct {
	addr  netip.Addr
	works list.List[*Entry]
}

// A Starter is work that can be started. What it starts calls [Pool.Done] at its end. Peer returns
// the peer for these turns; all work without an address counts as one peer.
type Starter interface {
	Start()
	Peer() netip.Addr
}

// An Entry is the place of a work in the queue of a Pool.
type Entry struct {
	Work Starter
	node list.Node[*Entry]
	of   *list.Node[*peer] // whose queue it is in; nil: it is in none
}

// New returns a Pool of max workers.
func New(max int) *Pool { return &Pool{max: max} }

// SetMax sets the number of workers; 0 or less means no bound. Running work goes on.
func (p *Pool) SetMax(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.max = n
}

// Count returns how much work runs, and how much waits for a worker.
func (p *Pool) Count() (running, queued int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running, p.queued
}

// Submit starts e if there is a worker, or else puts it into the queue.
func (p *Pool) Submit(e *Entry) {
	if !p.enqueue(e) {
		e.Work.Start()
	}
}

// enqueue puts e into the queue if there is no worker, and reports whether it did.
func (p *Pool) enqueue(e *Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.max <= 0 || p.running < p.max {
		p.running++
		return false
	}
	addr := e.Work.Peer()
	of := p.peers[addr]
	if of == nil {
		of = &list.Node[*peer]{Value: &peer{addr: addr}}
		if p.peers == nil {
			p.peers = make(map[netip.Addr]*list.Node[*peer])
		}
		p.peers[addr] = of
		p.turns.PushBack(of)
	}
	e.node.Value, e.of = e, of
	of.Value.works.PushBack(&e.node)
	p.queued++
	return true
}

// Done is called when a work has ended: its worker takes the oldest of the peer whose turn it is.
func (p *Pool) Done() {
	if e := p.dequeue(); e != nil {
		e.Work.Start()
	}
}

func (p *Pool) dequeue() *Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.turns.First()
	if of == nil {
		p.running--
		return nil
	}
	e := of.Value.works.First().Value
	p.remove(e)
	if of.Listed() { // it has more
		p.turns.Remove(of)
		p.turns.PushBack(of)
	}
	return e
}

// Cancel takes e out of the queue, and reports whether it was there. It costs O(1) for a queue of
// any length. So peers that connect, send a request and reset do not make the queue longer.
func (p *Pool) Cancel(e *Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.of == nil {
		return false
	}
	p.remove(e)
	return true
}

// remove takes e out of the queue, and its peer if that was its last work.
func (p *Pool) remove(e *Entry) {
	of := e.of
	e.of = nil
	of.Value.works.Remove(&e.node)
	p.queued--
	if of.Value.works.Len() == 0 {
		p.turns.Remove(of)
		delete(p.peers, of.Value.addr)
	}
}
