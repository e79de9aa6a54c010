package chat

import "sync"

// DefaultMaxWorkers is the number of [Channel.Go] that run at a time. It is for work that waits for others; what computes gains nothing from
// more than there are processors.
const DefaultMaxWorkers = 64

// workers bound the work that runs at a time. A worker is no goroutine but the right to one. The zero value is ready, with
// DefaultMaxWorkers.
type workers struct {
	mu          sync.Mutex
	max         int // 0: DefaultMaxWorkers; NoLimit: none
	running     int
	waiting     int
	first, last *tasks // of the queue
}

// bound sets how many there are.
func (w *workers) bound(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.max = n
}

// count returns how much work runs, and how many channels wait for a worker.
func (w *workers) count() (running, queued int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running, w.waiting
}

func (w *workers) busy() bool {
	limit := w.max
	orDefault(&limit, DefaultMaxWorkers)
	return limit > 0 && w.running >= limit
}

// submit starts t if there is a worker, or else puts it into the queue.
func (w *workers) submit(t *tasks) {
	if !w.take(t) {
		t.start()
	}
}

// take puts t into the queue, and reports whether it did.
func (w *workers) take(t *tasks) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.busy() {
		w.running++
		return false
	}
	if t.prev = w.last; t.prev == nil {
		w.first = t
	} else {
		t.prev.next = t
	}
	w.last, t.queued = t, true
	w.waiting++
	return true
}

// freed is called when a work has returned: its worker takes the next.
func (w *workers) freed() {
	if t := w.pick(); t != nil {
		t.start()
	}
}

func (w *workers) pick() *tasks {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.first
	if t == nil {
		w.running--
		return nil
	}
	w.unlink(t)
	return t
}

// remove takes t out of the queue, and reports whether it was there. O(1), however many wait: those who connect, ask and go away do
// not make the queue longer.
func (w *workers) remove(t *tasks) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !t.queued {
		return false
	}
	w.unlink(t)
	return true
}

func (w *workers) unlink(t *tasks) {
	if t.prev == nil {
		w.first = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		w.last = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.prev, t.next, t.queued = nil, nil, false
	w.waiting--
}
