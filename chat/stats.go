package chat

import (
	"encoding/json"
	"fmt"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/internal/inside"
)

// Stats has the counts of a server since it was made, on all its listeners. Counts only grow,
// except those of the current state. Accepted is always the sum of Connections and of all counts in
// Closed.
type Stats struct {
	// Connections is how many are open now, including those that are being refused or have not yet
	// sent their PROXY header.
	Connections int
	Accepted    uint64   // connections that the listeners took, also those that were refused then
	Refused     Refusals // connections that got no handler
	// Closed counts closed connections by the Reason of their close; refused connections have
	// ReasonRefused.
	Closed    ReasonCounts
	Elements  uint64 // calls of FoundTerminator
	Read      uint64 // bytes
	Written   uint64 // bytes that the system took
	MaxQueued int    // the longest queue of one channel that waited for its peer, in bytes
	Buffered  int64  // bytes that all channels hold now: what MaxTotalBuffered bounds
	Working   int    // how much work of Channel.Go runs now: what MaxWorkers bounds
	WorkQueue int    // channels that wait now for a worker

	// Loops has the sums of the counts of the loops, for channels of this server and others. Its
	// LongestTurn and RecentTurn are the longest times that a connection has waited for others on its
	// loop. Busy, divided by the elapsed time and the number of loops, is the load of the loops.
	Loops core.Stats
}

// Stats returns the counts. Each loop publishes its counts when it waits for events. Any goroutine
// may call Stats, and so may a callback.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.past
	seen := map[*core.Loop]bool{}
	for v := range s.servings {
		for _, st := range v.settings {
			n := st.perLoop
			inside.Published(n.loop, func() { all.counts.add(&n.published) })
			if !seen[n.loop] {
				seen[n.loop] = true
				all.loops.Add(n.loop.Stats())
			}
		}
	}
	st := Stats{
		Accepted: all.counts.accepted, Refused: all.counts.refused, Closed: all.counts.closed,
		Elements: all.counts.elements, Read: all.counts.read, Written: all.counts.written,
		MaxQueued: all.counts.queued, Loops: all.loops,
	}
	st.Connections = int(st.Accepted - st.Closed.Sum())
	st.Working, st.WorkQueue = s.crew.work.Count()
	if s.admission != nil {
		st.Buffered = s.admission.held.Sum()
	}
	return st
}

// past is what servings have counted that have ended.
type past struct {
	counts counts
	loops  core.Stats
}

// remember keeps the counts of a service whose loops have ended.
func (p *past) remember(v *serving) {
	for _, st := range v.settings {
		n := st.perLoop
		inside.Published(n.loop, func() { p.counts.add(&n.published) })
		p.loops.Add(n.loop.Stats())
	}
}

// Var returns the statistics as a variable for package expvar, which this package does not import,
// since that would register HTTP handlers: its String is Stats in JSON, with the names of the
// fields.
//
//	expvar.Publish("smtp", server.Var())
func (s *Server) Var() fmt.Stringer { return variable{s} }

type variable struct{ server *Server }

func (v variable) String() string {
	text, err := json.Marshal(v.server.Stats())
	if err != nil {
		return "null" // there is nothing in it that could fail
	}
	return string(text)
}
