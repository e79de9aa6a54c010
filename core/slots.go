package core

// slots numbers the registered dispatchers. A token is the number of a slot and the generation of its use, so that an
// event finds the dispatcher for which it was reported or none: never the next one that got the same slot or descriptor.
type slots struct {
	all  []slot
	free int32 // 1 + first free slot, which holds the next in the same way; 0: none
	live int
}

type slot struct {
	d          *Dispatcher
	generation uint32
	nextFree   int32
}

func (s *slots) add(d *Dispatcher) (token uint64) {
	i := s.free - 1
	if i >= 0 {
		s.free = s.all[i].nextFree
	} else {
		i = int32(len(s.all))
		s.all = append(s.all, slot{})
	}
	s.all[i].d = d
	s.live++
	return uint64(s.all[i].generation)<<32 | uint64(i)
}

func (s *slots) find(token uint64) *Dispatcher {
	i := uint32(token)
	if int64(i) >= int64(len(s.all)) || s.all[i].generation != uint32(token>>32) {
		return nil
	}
	return s.all[i].d
}

func (s *slots) remove(token uint64) {
	i := uint32(token)
	s.all[i] = slot{generation: s.all[i].generation + 1, nextFree: s.free}
	s.free = int32(i) + 1
	s.live--
}

// each is an iterator; what is added meanwhile may be left out.
func (s *slots) each(yield func(*Dispatcher) bool) {
	for i := range s.all {
		if d := s.all[i].d; d != nil && !yield(d) {
			return
		}
	}
}
