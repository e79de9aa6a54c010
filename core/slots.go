package core

// slots numbers the registered dispatchers. A token is the number of a slot and the generation of its use, so that an
// event finds the dispatcher for which it was reported or none: never the next one that got the same slot or descriptor.
type slots struct {
	all  chunks[slot]
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
		s.free = s.all.at(int(i)).nextFree
	} else {
		i = int32(s.all.len())
		s.all.push(slot{})
	}
	at := s.all.at(int(i))
	at.d = d
	s.live++
	return uint64(at.generation)<<32 | uint64(i)
}

func (s *slots) find(token uint64) *Dispatcher {
	i := uint32(token)
	if int64(i) >= int64(s.all.len()) {
		return nil
	}
	if at := s.all.at(int(i)); at.generation == uint32(token>>32) {
		return at.d
	}
	return nil
}

func (s *slots) remove(token uint64) {
	i := uint32(token)
	at := s.all.at(int(i))
	*at = slot{generation: at.generation + 1, nextFree: s.free}
	s.free = int32(i) + 1
	s.live--
}

// each is an iterator; what is added meanwhile may be left out.
func (s *slots) each(yield func(*Dispatcher) bool) {
	for _, chunk := range s.all.all {
		for i := range chunk {
			if d := chunk[i].d; d != nil && !yield(d) {
				return
			}
		}
	}
}
