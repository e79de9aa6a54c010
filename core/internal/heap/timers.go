package heap

import "time"

// A Timer is what [Timers] holds. It is at home in what its owner gives to users.
type Timer struct {
	F     func()        // what is to be called
	Every time.Duration // 0: once
	when  int64
	seq   uint64 // orders timers of one time, and tells old ones from those armed later
	place int32  // in the heap, plus 1; 0: not armed
}

// When returns the time of t, if it is armed.
func (t *Timer) When() (when int64, armed bool) { return t.when, t.place != 0 }

// Timers is a heap of armed timers. The keys stand beside the pointers: moving a timer looks at no
// timer. The zero value is empty. Times are numbers on the clock of whoever uses it.
//
// A timer that is put off stays where it is, and only its own time changes. So its key may be too
// early, never too late; Settle puts right what comes to the top. An idle timer that is reset a
// thousand times before it would fire is moved once.
type Timers struct {
	heap timerHeap
	seq  uint64 // of the timer armed last
}

// Arm sets the time of t, whether it is armed or not. To postpone an armed timer costs O(1);
// otherwise Arm costs O(log n).
func (ts *Timers) Arm(t *Timer, when int64) {
	ts.seq++
	t.when, t.seq = when, ts.seq
	switch {
	case t.place == 0:
		ts.heap.push(t)
	case t.when < ts.heap[t.place-1].key:
		ts.heap.hasten(int(t.place - 1))
	}
}

// Disarm reports whether t was armed. O(log n).
func (ts *Timers) Disarm(t *Timer) bool {
	if t.place == 0 {
		return false
	}
	ts.heap.remove(int(t.place - 1))
	return true
}

// DisarmAll leaves no timer armed.
func (ts *Timers) DisarmAll() {
	for _, a := range ts.heap {
		a.t.place = 0
	}
	ts.heap = nil
}

// Len returns how many timers are armed.
func (ts *Timers) Len() int { return len(ts.heap) }

// Last returns the mark that Due takes: timers that are armed from now on are after it.
func (ts *Timers) Last() uint64 { return ts.seq }

// Due disarms and returns the first timer whose time is not after now, with that time; nil if there
// is none, or if it was armed after the mark last.
func (ts *Timers) Due(now int64, last uint64) (t *Timer, when int64) {
	if !ts.heap.settle(now) {
		return nil, 0
	}
	t = ts.heap[0].t
	if t.when > now || t.seq > last {
		return nil, 0
	}
	ts.heap.remove(0)
	return t, t.when
}

// Next returns when Due has to be called again, if a timer is armed. It may be too early.
func (ts *Timers) Next() (when int64, ok bool) {
	if len(ts.heap) == 0 {
		return 0, false
	}
	return ts.heap[0].key, true
}

// Settle makes true what Next returns, if that is not after now.
func (ts *Timers) Settle(now int64) { ts.heap.settle(now) }

type timerHeap []armed

type armed struct {
	key int64  // the time that t had when it was placed here, or an earlier one than it has
	seq uint64 // the same of its sequence number
	t   *Timer
}

func (h timerHeap) less(i, j int) bool {
	return h[i].key < h[j].key || h[i].key == h[j].key && h[i].seq < h[j].seq
}

func (h timerHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].t.place, h[j].t.place = int32(i+1), int32(j+1)
}

func (h *timerHeap) push(t *Timer) {
	i := len(*h)
	t.place = int32(i + 1)
	*h = append(*h, armed{t.when, t.seq, t})
	h.up(i)
}

// remove disarms the timer at i.
func (h *timerHeap) remove(i int) {
	last := len(*h) - 1
	h.swap(i, last)
	(*h)[last].t.place = 0
	(*h)[last] = armed{}
	*h = (*h)[:last]
	if i < last && !h.down(i) {
		h.up(i)
	}
	h.shrink()
}

// shrink gives memory back that a million timers needed once.
func (h *timerHeap) shrink() {
	if n := len(*h); cap(*h) > 1024 && n < cap(*h)/4 {
		*h = append(make(timerHeap, 0, cap(*h)/2), *h...)
	}
}

// hasten places the timer at i anew, whose time has become earlier.
func (h timerHeap) hasten(i int) {
	h[i].key, h[i].seq = h[i].t.when, h[i].t.seq
	h.up(i)
}

// settle moves timers that were put off down from the top, while its key is not after now:
// afterwards the first key is true, or after now. It reports whether there is a timer.
func (h timerHeap) settle(now int64) bool {
	for len(h) > 0 && h[0].key <= now && h[0].seq != h[0].t.seq {
		h[0].key, h[0].seq = h[0].t.when, h[0].t.seq
		h.down(0)
	}
	return len(h) > 0
}

func (h timerHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / fanOut
		if !h.less(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

// down reports whether the timer at i had to move.
func (h timerHeap) down(i int) (moved bool) {
	for {
		least := i
		for child := fanOut*i + 1; child <= fanOut*i+fanOut && child < len(h); child++ {
			if h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return moved
		}
		h.swap(i, least)
		i, moved = least, true
	}
}
