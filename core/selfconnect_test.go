//go:build unix && !aix

package core_test

import (
	"errors"
	"net"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// W17: a client that dials a port of its own host on which nobody listens, again and again, is
// refused each time. Linux gives such a dial the very port to which it goes about once in ten
// thousand. Nothing is left of any of them.
func TestDialsToADeadPort(t *testing.T) {
	dials := 2000
	if full {
		dials *= 10
	}
	onSystem(t, func(w *world) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(w, err)
		// Linux tries ports of the parity of its range's first one before the others.
		dead := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: l.Addr().(*net.TCPAddr).Port &^ 1}
		l.Close()
		open, running := len(descriptors()), runtime.NumGoroutine()
		closed := 0
		h := &handler{}
		h.connect = func() { w.Errorf("dial %d has reached itself", closed) }
		h.closed = func(err error) {
			if closed++; !errors.Is(err, syscall.ECONNREFUSED) {
				w.Errorf("dial %d: %v, want ECONNREFUSED", closed, err)
			}
		}
		for range dials {
			before := closed
			if _, err := core.Dial(w.l, "tcp", dead.String(), h, core.Readable); err != nil {
				h.closed(err)
			}
			w.until("the refusal", func() bool { return closed > before || w.Failed() })
			if w.Failed() {
				return
			}
		}
		w.settle()
		if n, g := len(descriptors()), runtime.NumGoroutine(); n > open || g > running || w.l.Len() != 0 {
			w.Errorf("%d descriptors, %d goroutines, %d dispatchers are left; before: %d, %d, 0", n, g,
				w.l.Len(), open, running)
		}
	})
}
