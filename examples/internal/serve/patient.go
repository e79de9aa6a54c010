package serve

import (
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// patientVar names the environment variable that tests of the programs set: a busy machine holds up
// a test, which is not a peer that has gone.
const patientVar = "SERVE_PATIENT"

// Clock returns d, or an hour if the environment has SERVE_PATIENT.
func Clock(d time.Duration) time.Duration {
	if os.Getenv(patientVar) == "" {
		return d
	}
	return time.Hour
}

// setClocks turns the clocks that are at their defaults off, if the environment has SERVE_PATIENT.
func setClocks(l *chat.Limits) {
	if os.Getenv(patientVar) == "" {
		return
	}
	for clock, usual := range map[*time.Duration]time.Duration{
		&l.FirstTimeout:     chat.DefaultFirstTimeout,
		&l.ElementTimeout:   chat.DefaultElementTimeout,
		&l.StallTimeout:     chat.DefaultStallTimeout,
		&l.HandshakeTimeout: chat.DefaultHandshakeTimeout,
	} {
		if *clock == 0 || *clock == usual {
			*clock = chat.NoLimit
		}
	}
}
