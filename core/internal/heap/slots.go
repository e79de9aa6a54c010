package heap

// Slots numbers values. A token is the number of a slot and the generation of its use, so that it
// finds its own value or none, and never a later value in the same slot. The zero value is empty.
type Slots[T any] struct {
	all  Chunks[slot[T]]
	free int32 // 1 + first free slot, which holds the next in the same way; 0: none
	live int
}

type slot[T any] struct {
	v          *T
	generation uint32
	nextFree   int32
}

// Len returns the number of values.
func (s *Slots[T]) Len() int { return s.live }

// Add puts v into a slot.
func (s *Slots[T]) Add(v *T) (token uint64) {
	i := s.free - 1
	if i >= 0 {
		s.free = s.all.At(int(i)).nextFree
	} else {
		i = int32(s.all.Len())
		s.all.Push(slot[T]{})
	}
	at := s.all.At(int(i))
	at.v = v
	s.live++
	return uint64(at.generation)<<32 | uint64(i)
}

// Find returns the value of the token, nil if it has been removed.
func (s *Slots[T]) Find(token uint64) *T {
	i := uint32(token)
	if int64(i) >= int64(s.all.Len()) {
		return nil
	}
	if at := s.all.At(int(i)); at.generation == uint32(token>>32) {
		return at.v
	}
	return nil
}

// Remove frees the slot of the token, which is in use.
func (s *Slots[T]) Remove(token uint64) {
	i := uint32(token)
	at := s.all.At(int(i))
	*at = slot[T]{generation: at.generation + 1, nextFree: s.free}
	s.free = int32(i) + 1
	s.live--
}

// Each is an iterator; what is added meanwhile may be left out.
func (s *Slots[T]) Each(yield func(*T) bool) {
	for _, chunk := range s.all.all {
		for i := range chunk {
			if v := chunk[i].v; v != nil && !yield(v) {
				return
			}
		}
	}
}
