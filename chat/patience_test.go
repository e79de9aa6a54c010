package chat_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// patience is how long a test waits for what must happen: only what never happens takes so long,
// however busy the machine is.
const patience = 5 * time.Minute

// withoutClocks returns the limits without the clocks that are not set. On real sockets their peer
// is the test, which a busy machine holds up. The clocks themselves are tested where time is
// virtual.
func withoutClocks(l chat.Limits) chat.Limits {
	for _, clock := range []*time.Duration{
		&l.FirstTimeout, &l.ElementTimeout, &l.IdleTimeout, &l.StallTimeout, &l.HandshakeTimeout,
	} {
		if *clock == 0 {
			*clock = chat.NoLimit
		}
	}
	return l
}

// needProgram skips the test unless programs of others are to be run, and this one is installed.
func needProgram(t *testing.T, name string) {
	t.Helper()
	if os.Getenv("ASYNCHAT_FOREIGN") == "" && !full {
		t.Skipf("%s runs only with ASYNCHAT_FOREIGN=1", name)
	}
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
}
