// Package holders bounds the bytes that many holders hold together, and finds the largest holder.
package holders

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A Holder holds bytes. It belongs to one [Group].
type Holder interface {
	// Place returns a pointer to the holder's position in the group's heap; 0 means that it holds
	// nothing.
	Place() *int32
	// Drop ends the holder, which then holds nothing.
	Drop()
}

// A Total bounds what all holders of its groups hold together. All methods may be called from any
// goroutine.
type Total struct {
	max     int64 // 0 or less: no bound
	sum     atomic.Int64
	mu      sync.Mutex
	groups  []*Group
	leaving int64 // what groups of other loops were asked to drop, and have not dropped yet
}

// NewTotal returns a Total that is bounded by max; 0 or less is no bound.
func NewTotal(max int64) *Total {
	return &Total{max: max}
}

// Sum returns how much all hold now.
func (t *Total) Sum() int64 { return t.sum.Load() }

// A Group has the holders of one goroutine, which alone calls its methods. It keeps them in a heap:
// to find the largest costs O(1), to change one O(log n), and both allocate nothing once the heap
// has grown.
type Group struct {
	total   *Total
	post    func(func()) error // runs a function on the goroutine of the group
	heap    []entry            // the largest is the first
	largest atomic.Int64
	asked   int64 // under the lock of total: it was asked to drop so much
}

type entry struct {
	bytes  int64
	holder Holder
}

// Join returns a new group. post is called from the goroutines of other groups.
func (t *Total) Join(post func(func()) error) *Group {
	g := &Group{total: t, post: post}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.groups = append(t.groups, g)
	return g
}

// Leave is called when the group has come to its end.
func (g *Group) Leave() {
	g.total.mu.Lock()
	defer g.total.mu.Unlock()
	g.total.groups = slices.DeleteFunc(g.total.groups, func(h *Group) bool { return h == g })
}

// Set says how much h holds now, and reports whether that is more than before while all together
// hold too much.
func (g *Group) Set(h Holder, bytes int) (tooMuch bool) {
	place := h.Place()
	before := int64(0)
	if *place != 0 {
		before = g.heap[*place-1].bytes
	}
	more := int64(bytes) - before
	if more == 0 {
		return false
	}
	switch {
	case before == 0:
		g.heap = append(g.heap, entry{int64(bytes), h})
		g.up(len(g.heap) - 1)
	case bytes == 0:
		g.remove(int(*place) - 1)
		*place = 0
	default:
		i := int(*place) - 1
		g.heap[i].bytes = int64(bytes)
		g.down(g.up(i))
	}
	g.noteLargest()
	sum := g.total.sum.Add(more)
	return more > 0 && g.total.max > 0 && sum > g.total.max
}

// Relieve drops the largest holders, of any group, until the total is within its bound. Those of
// other groups are dropped on their goroutine; meanwhile what they hold counts as dropped.
func (g *Group) Relieve() {
	for {
		most := g.total.choose(g)
		if most == nil {
			return
		}
		if most == g {
			g.dropLargest()
		} else if most.post(most.answer) != nil {
			most.take() // its goroutine has come to its end, and takes its holders with it
			return
		}
	}
}

// choose returns the group whose largest holder is to go, nil if none is. One that is not from is
// about to be asked, and not twice.
func (t *Total) choose(from *Group) (most *Group) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sum.Load()-t.leaving <= t.max {
		return nil
	}
	for _, g := range t.groups {
		if g.asked == 0 && (most == nil || g.largest.Load() > most.largest.Load()) {
			most = g
		}
	}
	if most == nil || most.largest.Load() == 0 {
		return nil
	}
	if most != from {
		most.asked = most.largest.Load()
		t.leaving += most.asked
	}
	return most
}

// answer is called on the goroutine of a group that was asked to drop its largest holder.
func (g *Group) answer() {
	if g.take() {
		g.dropLargest()
	}
}

// take says that the group is not asked any longer, and reports whether all still hold too much.
func (g *Group) take() (tooMuch bool) {
	g.total.mu.Lock()
	defer g.total.mu.Unlock()
	g.total.leaving -= g.asked
	g.asked = 0
	return g.total.sum.Load()-g.total.leaving > g.total.max
}

func (g *Group) dropLargest() {
	if len(g.heap) > 0 {
		h := g.heap[0].holder
		g.Set(h, 0)
		h.Drop()
	}
}

func (g *Group) noteLargest() {
	largest := int64(0)
	if len(g.heap) > 0 {
		largest = g.heap[0].bytes
	}
	if g.largest.Load() != largest {
		g.largest.Store(largest)
	}
}

// put places e at i.
func (g *Group) put(i int, e entry) {
	g.heap[i] = e
	*e.holder.Place() = int32(i + 1)
}

// up moves the entry at i to where those before it are as large, and returns where that is.
func (g *Group) up(i int) int {
	e := g.heap[i]
	for i > 0 && g.heap[(i-1)/2].bytes < e.bytes {
		g.put(i, g.heap[(i-1)/2])
		i = (i - 1) / 2
	}
	g.put(i, e)
	return i
}

// down moves the entry at i to where those behind it are no larger.
func (g *Group) down(i int) {
	e := g.heap[i]
	for {
		next := 2*i + 1
		if next+1 < len(g.heap) && g.heap[next+1].bytes > g.heap[next].bytes {
			next++
		}
		if next >= len(g.heap) || g.heap[next].bytes <= e.bytes {
			break
		}
		g.put(i, g.heap[next])
		i = next
	}
	g.put(i, e)
}

// remove takes the entry at i out.
func (g *Group) remove(i int) {
	last := len(g.heap) - 1
	e := g.heap[last]
	g.heap[last] = entry{}
	g.heap = g.heap[:last]
	if i < last {
		g.heap[i] = e
		g.down(g.up(i))
	}
}
