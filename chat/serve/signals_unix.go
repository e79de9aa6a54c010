//go:build unix && !aix

package serve

import (
	"os"
	"os/signal"
	"syscall"
)

// signals are those that the process gets. They are never given back: one that comes just before
// the end would be its status.
type signals struct {
	end, replace chan os.Signal
}

func listenToSignals() signals {
	s := signals{make(chan os.Signal, 1), make(chan os.Signal, 1)}
	signal.Notify(s.end, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(s.replace, syscall.SIGUSR2)
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	had := hasTerminal()
	go func() {
		for sig := range hangUps {
			to := s.replace
			if had && !hasTerminal() {
				to = s.end
			}
			select {
			case to <- sig:
			default: // one is there already
			}
		}
	}()
	return s
}

// hasTerminal reports whether the process has a terminal that may be closed.
func hasTerminal() bool {
	f, err := os.Open("/dev/tty")
	if err == nil {
		f.Close()
	}
	return err == nil
}
