package core

import "fmt"

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

// NewPoller opens the named mechanism, or the platform's best if name is empty. An unknown name, and a platform
// without any, is ErrUnsupported.
func NewPoller(name string) (Poller, error) {
	m, err := findMechanism(name)
	if err != nil {
		return nil, err
	}
	return m.open()
}

// System returns the kernel of the operating system, with the named poller, or the platform's best if name is empty. An
// unknown name, and a platform without any poller, is ErrUnsupported.
func System(poller string) (Kernel, error) {
	m, err := findMechanism(poller)
	if err != nil {
		return nil, err
	}
	return newSystem(m), nil
}

func findMechanism(name string) (mechanism, error) {
	for _, m := range mechanisms {
		if name == "" || name == m.name {
			return m, nil
		}
	}
	return mechanism{}, fmt.Errorf("core: poller %q: %w", name, ErrUnsupported)
}
