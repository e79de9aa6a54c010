//go:build unix

package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

func TestNoAllocationPerLineOnASocket(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, poller := range core.Pollers() {
		l, err := core.New(core.WithPoller(poller))
		require.NoError(t, err)
		defer l.Close()
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		require.NoError(t, err)
		defer unix.Close(fds[1])
		require.NoError(t, unix.SetNonblock(fds[0], true))
		chat.NewChannel(core.NewConn(l, fds[0]), newEcho)
		in, back := []byte("a line of text\r\nand one more\r\n"), make([]byte, 100)
		round := func() {
			unix.Write(fds[1], in)
			l.Poll(-1)
		}
		round()
		n, _ := unix.Read(fds[1], back)
		if got := string(back[:n]); got != string(in) {
			t.Fatalf("%s: echoed %q, want %q", poller, got, in)
		}
		got := testing.AllocsPerRun(1000, func() {
			round()
			unix.Read(fds[1], back)
		})
		if got != 0 {
			t.Errorf("%s: %v allocations an event, want 0", poller, got)
		}
	}
}
