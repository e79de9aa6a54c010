package heap

// A Deadline is an entry of [Deadlines]. It holds a token, not a pointer, so that it does not keep
// closed dispatchers in memory, and need not be removed.
type Deadline struct {
	At    int64
	Token uint64
}

// Deadlines is a heap of deadlines. The zero value is empty.
type Deadlines struct{ all Chunks[Deadline] }

// Len returns the number of deadlines.
func (h *Deadlines) Len() int { return h.all.Len() }

// First returns the earliest deadline. The heap must not be empty.
func (h *Deadlines) First() Deadline { return *h.all.At(0) }

// Push adds a deadline. O(log n).
func (h *Deadlines) Push(e Deadline) {
	h.all.Push(e)
	i := h.all.Len() - 1
	for i > 0 {
		parent := (i - 1) / fanOut
		if h.all.At(parent).At <= e.At {
			break
		}
		*h.all.At(i) = *h.all.At(parent)
		i = parent
	}
	*h.all.At(i) = e
}

// Pop removes the earliest deadline. The heap must not be empty. O(log n).
func (h *Deadlines) Pop() Deadline {
	top := *h.all.At(0)
	last := h.all.Pop()
	n, i := h.all.Len(), 0
	for {
		least := fanOut*i + 1
		if least >= n {
			break
		}
		for child := least + 1; child <= fanOut*i+fanOut && child < n; child++ {
			if h.all.At(child).At < h.all.At(least).At {
				least = child
			}
		}
		if h.all.At(least).At >= last.At {
			break
		}
		*h.all.At(i) = *h.all.At(least)
		i = least
	}
	if n > 0 {
		*h.all.At(i) = last
	}
	return top
}
