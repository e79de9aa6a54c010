package core

// timerHeap is a heap of armed timers with four children a node, so that it is half as deep as one with two. The keys stand beside the
// pointers: moving a timer looks at no timer.
//
// A timer that is put off stays where it is, and only its own deadline changes. So its key may be too early, never too late; settle
// puts right what comes to the top. An idle timer that is reset a thousand times before it would fire is moved once.
type timerHeap []armed

type armed struct {
	key int64  // the deadline that t had when it was placed here, or an earlier one than it has
	seq uint64 // the same of its sequence number
	t   *Timer
}

const fanOut = 4

func (h timerHeap) less(i, j int) bool {
	return h[i].key < h[j].key || h[i].key == h[j].key && h[i].seq < h[j].seq
}

func (h timerHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].t.index, h[j].t.index = int32(i), int32(j)
}

func (h *timerHeap) push(t *Timer) {
	i := len(*h)
	t.index = int32(i)
	*h = append(*h, armed{t.when, t.seq, t})
	h.up(i)
}

// remove disarms the timer at i.
func (h *timerHeap) remove(i int) {
	last := len(*h) - 1
	h.swap(i, last)
	(*h)[last].t.index = -1
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

// hasten places the timer at i anew, whose deadline has become earlier.
func (h timerHeap) hasten(i int) {
	h[i].key, h[i].seq = h[i].t.when, h[i].t.seq
	h.up(i)
}

// settle moves timers that were put off down from the top, while its key is not after now: afterwards the first key is true, or after now. It
// reports whether there is a timer.
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
