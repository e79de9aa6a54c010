//go:build unix && !aix

package core_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// onPollers runs f on each poller of the operating system by itself.
func onPollers(t *testing.T, f func(t *testing.T, p core.Poller)) {
	for _, name := range core.Pollers() {
		t.Run(name, func(t *testing.T) {
			p, err := openPoller(name)
			require.NoError(t, err)
			defer p.Close()
			f(t, p)
		})
	}
}

// reported returns what a Wait reports of the only descriptor of p.
func reported(t *testing.T, p core.Poller, timeout time.Duration) core.Ready {
	t.Helper()
	var events [4]kernel.Event
	n, err := p.Wait(events[:], timeout)
	require.NoError(t, err)
	require.LessOrEqual(t, n, 1)
	return events[0].Ready
}

// The end of a FIFO is not for ever: another writer may come.
func TestFIFO(t *testing.T) {
	onPollers(t, func(t *testing.T, p core.Poller) {
		name := filepath.Join(t.TempDir(), "fifo")
		require.NoError(t, unix.Mkfifo(name, 0o600))
		in, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
		require.NoError(t, err)
		defer in.Close()
		fd := int(in.Fd())
		for _, want := range []core.Ready{core.Readable, 0} {
			out, err := os.OpenFile(name, os.O_WRONLY, 0)
			require.NoError(t, err)
			require.NoError(t, p.Add(fd, 7, want))
			out.Close()
			for range 2 {
				if got := reported(t, p, patience); got&kernel.HangUp == 0 {
					t.Errorf("the writer has closed: Ready = %05b, want HangUp", got)
				}
			}
			out, err = os.OpenFile(name, os.O_WRONLY, 0)
			require.NoError(t, err)
			if got := reported(t, p, 0); got != 0 {
				t.Errorf("another writer has come: Ready = %05b, want nothing", got)
			}
			out.Write([]byte("x"))
			if got := reported(t, p, time.Millisecond); got != want {
				t.Errorf("the other writer has written: Ready = %05b, want %05b", got, want)
			}
			require.NoError(t, p.Remove(fd))
			in.Read(make([]byte, 1))
			out.Close()
		}
	})
}
