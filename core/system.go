package core

import (
	"fmt"
	"os"
	"strings"

	"github.com/go-asynchat/asynchat/core/internal/poll"
	"github.com/go-asynchat/asynchat/core/internal/system"
)

// Pollers returns the names of the mechanisms that this platform has, the best first. The result is
// empty on platforms that core does not support.
func Pollers() []string {
	names := make([]string, len(poll.Mechanisms))
	for i, m := range poll.Mechanisms {
		names[i] = m.Name
	}
	return names
}

// pollerVariable is the environment variable that names the mechanism for those who name none.
const pollerVariable = "ASYNCHAT_POLLER"

// System returns the kernel of the operating system, with the named mechanism as its poller. If
// poller is empty, the environment variable ASYNCHAT_POLLER names the mechanism, so that a whole
// test suite can be run on each of [Pollers]. If the variable is not set either, System uses the
// platform's best mechanism. For an unknown name, and on a platform without a mechanism, System
// returns [ErrUnsupported].
func System(poller string) (Kernel, error) {
	m, err := findMechanism(poller)
	if err != nil {
		return nil, err
	}
	return system.New(m), nil
}

func findMechanism(name string) (poll.Mechanism, error) {
	origin := ""
	if name == "" {
		if name = os.Getenv(pollerVariable); name != "" {
			origin = " in " + pollerVariable
		}
	}
	for _, m := range poll.Mechanisms {
		if name == "" || name == m.Name {
			return m, nil
		}
	}
	have := "none"
	if len(poll.Mechanisms) > 0 {
		have = strings.Join(Pollers(), ", ")
	}
	return poll.Mechanism{}, fmt.Errorf("core: poller %q%s, this platform has %s: %w",
		name, origin, have, ErrUnsupported)
}
