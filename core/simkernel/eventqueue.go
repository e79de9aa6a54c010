package simkernel

import "time"

// An eventQueue is what will happen by itself, in the order of time: bytes arrive, connections are
// made, work is done.
type eventQueue struct {
	heap []entry
	seq  uint64 // orders what happens at one time
}

// An entry is the next arrival at a socket, or a call of f.
type entry struct {
	at  int64 // on the clock, in nanoseconds
	seq uint64
	s   *socket
	f   func()
}

func (q *eventQueue) empty() bool { return len(q.heap) == 0 }

func (q *eventQueue) less(i, j int) bool {
	return q.heap[i].at < q.heap[j].at || q.heap[i].at == q.heap[j].at && q.heap[i].seq < q.heap[j].seq
}

func (q *eventQueue) add(e entry) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	for i := len(q.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.less(i, parent) {
			break
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

func (q *eventQueue) pop() entry {
	first, last := q.heap[0], len(q.heap)-1
	q.heap[0], q.heap[last] = q.heap[last], entry{}
	q.heap = q.heap[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if q.less(child, least) {
				least = child
			}
		}
		if least == i {
			return first
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}

// After calls f when the clock has moved by d. The function that moves the clock makes this call.
func (k *Kernel) After(d time.Duration, f func()) {
	k.chance().eventQueue.add(entry{at: k.nanos() + int64(max(d, 0)), f: f})
}

// NextEvent returns the time of the next event, if there is one: an arrival, the end of work, or a
// call of After.
func (k *Kernel) NextEvent() (time.Time, bool) {
	if k.luck == nil || k.luck.eventQueue.empty() {
		return time.Time{}, false
	}
	return epoch.Add(time.Duration(k.luck.eventQueue.heap[0].at)), true
}

// nanos returns the time on the clock as the queue of events has it.
func (k *Kernel) nanos() int64 { return k.clock.Load() }

// happen lets happen what is due, and reports whether that was anything.
func (k *Kernel) happen() (any bool) {
	for k.due() {
		k.happenOnce()
		any = true
	}
	return any
}

func (k *Kernel) due() bool {
	return k.luck != nil && !k.luck.eventQueue.empty() && k.luck.eventQueue.heap[0].at <= k.nanos()
}

func (k *Kernel) happenOnce() {
	e := k.luck.eventQueue.pop()
	k.luck.moves++
	if e.f != nil {
		e.f()
		return
	}
	e.s.wire.next()
}

// Advance moves the clock by d, and stops at the time of each event on the way. It does not run
// timers of loops: the next turn of a loop does.
func (k *Kernel) Advance(d time.Duration) {
	end := k.Now().Add(d)
	for {
		next, ok := k.NextEvent()
		if !ok || next.After(end) {
			break
		}
		k.moveTo(next)
		k.happen()
	}
	k.moveTo(end)
}

// moveTo moves the clock, never backwards.
func (k *Kernel) moveTo(t time.Time) {
	if !t.After(k.Now()) {
		return
	}
	k.clock.Store(int64(t.Sub(epoch)))
	if k.luck != nil {
		k.luck.moves++
	}
}
