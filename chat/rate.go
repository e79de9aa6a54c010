package chat

import (
	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/core"
)

// A Rate bounds how many bytes may go on average. The zero value, and a negative one, is no bound.
type Rate struct {
	// PerSecond is the number of bytes a second in the long run.
	PerSecond int
	// Burst is how many bytes may go at once after a pause; 0 means PerSecond, what a second brings. Over no span of time go more
	// bytes than it brings, and Burst.
	Burst int
}

// sharedRates returns the buckets of the server, nil for what is not bounded.
func (s *Server) sharedRates(l *core.Loop) (read, write *rate.SharedBucket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.shared {
		s.shared = true
		s.read = rate.NewShared(rate.Rate(s.TotalReadRate), l.Epoch())
		s.write = rate.NewShared(rate.Rate(s.TotalWriteRate), l.Epoch())
	}
	return s.read, s.write
}
