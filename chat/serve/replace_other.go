//go:build !unix || aix

package serve

import (
	"net"
	"os"
	"os/signal"
)

type signals struct{ end chan os.Signal }

func listenToSignals() signals {
	s := signals{make(chan os.Signal, 1)}
	signal.Notify(s.end, os.Interrupt)
	return s
}

func inherit() ([]net.Listener, []string, error) { return nil, nil, nil }

func ready() {}

func notify(string) {}

func (*Program) replace(signals, [][]net.Listener) <-chan struct{} { return nil }
