package chat

import "encoding/json"

// counts are what has happened on a loop of a server.
type counts struct {
	accepted uint64
	refused  Refusals
	closed   ReasonCounts
	elements uint64
	read     uint64
	written  uint64
	queued   int // the most that one channel had
}

func (n *counts) add(m *counts) {
	n.accepted += m.accepted
	n.refused.add(m.refused)
	for r, k := range m.closed {
		n.closed[r] += k
	}
	n.elements += m.elements
	n.read += m.read
	n.written += m.written
	n.queued = max(n.queued, m.queued)
}

// Refusals counts refused connections by the reason of the refusal.
type Refusals struct {
	MaxConns           uint64 // connections over Server.MaxConns
	MaxConnsPerAddress uint64 // connections over Server.MaxConnsPerAddress
	OnAccept           uint64 // connections for which OnAccept returned an error
}

func (r *Refusals) add(t Refusals) {
	r.MaxConns += t.MaxConns
	r.MaxConnsPerAddress += t.MaxConnsPerAddress
	r.OnAccept += t.OnAccept
}

// ReasonCounts counts channels by the reason of their close, which is the index:
// stats.Closed[chat.ReasonIdle].
type ReasonCounts [numReasons]uint64

// MarshalJSON writes an object with the counts that are not 0, under the names of their reasons.
func (n ReasonCounts) MarshalJSON() ([]byte, error) {
	named := make(map[string]uint64)
	for r, k := range n {
		if k > 0 {
			named[Reason(r).String()] = k
		}
	}
	return json.Marshal(named)
}

// Sum returns the sum of all counts.
func (n ReasonCounts) Sum() (sum uint64) {
	for _, k := range n {
		sum += k
	}
	return sum
}
