package core

import (
	"fmt"
	"os"
	"strings"
)

// A mechanism is a way to wait for descriptors. The platform's best comes first in mechanisms.
type mechanism struct {
	name string
	open func() (Poller, error)
}

// Pollers returns the names of the mechanisms that this platform has, the best first. There is none where
// core is not supported.
func Pollers() []string {
	names := make([]string, len(mechanisms))
	for i, m := range mechanisms {
		names[i] = m.name
	}
	return names
}

// pollerVariable is the environment variable that names the mechanism for those who name none.
const pollerVariable = "ASYNCHAT_POLLER"

// NewPoller opens the named mechanism. If name is empty, that is the one that the environment variable ASYNCHAT_POLLER
// names, by which a whole test suite can be run on each of [Pollers]; if that is not set either, the platform's best.
// An unknown name, and a platform without any, is [ErrUnsupported].
func NewPoller(name string) (Poller, error) {
	m, err := findMechanism(name)
	if err != nil {
		return nil, err
	}
	return m.open()
}

// System returns the kernel of the operating system, with the poller that [NewPoller] would open. An unknown name, and a
// platform without any poller, is [ErrUnsupported].
func System(poller string) (Kernel, error) {
	m, err := findMechanism(poller)
	if err != nil {
		return nil, err
	}
	return newSystem(m), nil
}

func findMechanism(name string) (mechanism, error) {
	origin := ""
	if name == "" {
		if name = os.Getenv(pollerVariable); name != "" {
			origin = " in " + pollerVariable
		}
	}
	for _, m := range mechanisms {
		if name == "" || name == m.name {
			return m, nil
		}
	}
	have := "none"
	if len(mechanisms) > 0 {
		have = strings.Join(Pollers(), ", ")
	}
	return mechanism{}, fmt.Errorf("core: poller %q%s, this platform has %s: %w", name, origin, have, ErrUnsupported)
}
