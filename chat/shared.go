package chat

import (
	"slices"
	"sync"
	"sync/atomic"
)

// shared is what any goroutine may ask of a channel, and say to it. The bits above these count what
// was posted and has not run.
type shared struct{ atomic.Uint32 }

const (
	isGone   uint32 = 1 << iota // closed
	hasRooms                    // it is, or was, in a Room
	hasMail                     // a broadcast for it waits in the outbox of its loop
	hasWords                    // its function has written, on a goroutine of its own
	onePost
)

func (s *shared) gone() bool   { return s.Load()&isGone != 0 }
func (s *shared) posted() bool { return s.Load() >= onePost }

// hurries reports whether the function of a conversation, on a goroutine of its own, has to heed
// something before it reads on: a post, or the end. hurriesOutput is that for a write, which goes
// behind broadcasts.
func (s *shared) hurries() bool       { return s.Load()&^(hasRooms|hasMail|hasWords) != 0 }
func (s *shared) hurriesOutput() bool { return s.Load()&^(hasRooms|hasWords) != 0 }

func (s *shared) addPost()  { s.Add(onePost) }
func (s *shared) dropPost() { s.Add(^(onePost - 1)) }

// collectMail says that nothing waits in the outbox any more.
func (s *shared) collectMail() {
	if s.Load()&hasMail != 0 {
		s.And(^hasMail)
	}
}

// leaveAll says that the channel is closed, and takes it out of its rooms.
func (s *shared) leaveAll() {
	if s.Or(isGone)&hasRooms == 0 {
		return
	}
	memberships.Lock()
	defer memberships.Unlock()
	for _, r := range memberships.of[s] {
		r.remove(s)
	}
	delete(memberships.of, s)
}

// A memberOf is a Room, as its members see it.
type memberOf interface{ remove(*shared) bool }

// memberships says in which rooms each channel is, for its close. It is locked before a room is.
var memberships = rooms{of: map[*shared][]memberOf{}}

type rooms struct {
	sync.Mutex
	of map[*shared][]memberOf
}

func (m *rooms) join(s *shared, r memberOf) { m.of[s] = append(m.of[s], r) }

func (m *rooms) leave(s *shared, r memberOf) {
	of := m.of[s]
	i := slices.Index(of, r)
	if m.of[s] = slices.Delete(of, i, i+1); len(of) == 1 {
		delete(m.of, s)
	}
}
