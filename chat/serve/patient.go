//go:build patient

package serve

import (
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// The tests of the example programs are built with this file: a busy machine holds up a test, which
// is not a peer that has gone. It turns the clocks that are at their defaults off, unless the
// environment has SERVE_IMPATIENT.
func init() {
	if os.Getenv("SERVE_IMPATIENT") != "" {
		return
	}
	adjust = func(s *chat.Server) {
		for clock, usual := range map[*time.Duration]time.Duration{
			&s.FirstTimeout:     chat.DefaultLimits().FirstTimeout,
			&s.ElementTimeout:   chat.DefaultLimits().ElementTimeout,
			&s.StallTimeout:     chat.DefaultLimits().StallTimeout,
			&s.HandshakeTimeout: chat.DefaultLimits().HandshakeTimeout,
		} {
			if *clock == 0 || *clock == usual {
				*clock = chat.NoLimit
			}
		}
	}
}
