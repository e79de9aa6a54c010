// Package outbox keeps items to be delivered on a loop, in order.
package outbox

import "sync"

// A Box has the items to be delivered on one loop. Code on the loop may empty it at any time, also
// within a callback, because delivery does not call handlers.
type Box struct {
	mu    sync.Mutex
	items []*Item
	first int   // those before it are taken
	left  *Item // of Leave; used on the loop only
}

// An Item is made by [New], and may be added again when it has been released.
type Item struct {
	Mail
	run    func() // what is posted, bound once
	box    *Box
	posted bool // or is about to be
	done   bool
}

// Mail is what an item delivers.
type Mail interface {
	Deliver() // on the loop
	Release() // the box does not need the item any more
}

// New returns an item that delivers m.
func New(m Mail) *Item {
	i := &Item{Mail: m}
	i.run = i.runPosted
	return i
}

// A Loop runs what is posted.
type Loop interface{ Post(func()) error }

// Add adds i at the end of the box, and posts a call that delivers it. If l is nil, the caller
// empties the box soon, on the loop.
func (b *Box) Add(i *Item, l Loop) {
	i.box, i.posted, i.done = b, l != nil, false
	b.mu.Lock()
	b.items = append(b.items, i)
	b.mu.Unlock()
	if l != nil && l.Post(i.run) != nil { // the loop is closed, and nobody is left to hand anything to
		b.mu.Lock()
		b.items, b.first = nil, 0
		b.mu.Unlock()
	}
}

// Leave leaves i in the box, because more may be added to its mail.
func (b *Box) Leave(i *Item) { b.left = i }

// Left returns the item of Leave if it is still the last one in the box; else nil.
func (b *Box) Left() *Item {
	if b.left == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.items); n > b.first && b.items[n-1] == b.left {
		return b.left
	}
	return nil
}

// EmptyLeft empties the box if Leave has left something in it.
func (b *Box) EmptyLeft() {
	if b.left != nil {
		b.Empty()
	}
}

// Empty delivers the items that are in the box when it begins.
func (b *Box) Empty() {
	b.mu.Lock()
	n := len(b.items) - b.first
	b.mu.Unlock()
	for ; n > 0; n-- {
		if i := b.next(); i != nil {
			i.handOut()
		}
	}
}

// next takes out what comes next, nil if there is nothing.
func (b *Box) next() (i *Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.first == len(b.items) {
		return nil
	}
	i = b.items[b.first]
	b.items[b.first] = nil
	if b.first++; b.first == len(b.items) {
		b.items, b.first = b.items[:0], 0
	}
	return i
}

func (i *Item) handOut() {
	if i.box.left == i {
		i.box.left = nil
	}
	i.Deliver()
	if i.done = true; !i.posted {
		i.Release()
	}
}

// runPosted hands out i, unless somebody has done so, behind what precedes it.
func (i *Item) runPosted() {
	for !i.done {
		i.box.next().handOut()
	}
	i.Release()
}
