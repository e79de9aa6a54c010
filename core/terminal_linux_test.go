package core_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// A terminal that is open for reading only is watched for input, and hangs up when the other side
// closes.
func TestTerminal(t *testing.T) {
	onPollers(t, func(t *testing.T, p core.Poller) {
		for _, want := range []core.Ready{core.Readable, 0} {
			far, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
			if err != nil {
				t.Skipf("no pseudo-terminals: %v", err)
			}
			require.NoError(t, unix.IoctlSetPointerInt(far, unix.TIOCSPTLCK, 0))
			number, err := unix.IoctlGetInt(far, unix.TIOCGPTN)
			require.NoError(t, err)
			near, err := unix.Open(fmt.Sprintf("/dev/pts/%d", number),
				unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
			require.NoError(t, err)
			require.NoError(t, p.Add(near, 7, want))
			if got := reported(t, p, 0); got != 0 {
				t.Errorf("nothing was typed: Ready = %05b", got)
			}
			unix.Write(far, []byte("a line\n"))
			if want != 0 {
				if got := reported(t, p, patience); got != want {
					t.Errorf("a line was typed: Ready = %05b, want %05b", got, want)
				}
			}
			unix.Close(far)
			for range 3 {
				if got := reported(t, p, patience); got&kernel.HangUp == 0 {
					t.Errorf("the other side has closed: Ready = %05b, want HangUp", got)
				}
			}
			require.NoError(t, p.Remove(near))
			unix.Close(near)
		}
	})
}
