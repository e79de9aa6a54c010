package chat_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// All channels of a loop read into one buffer: what a channel holds back must be its own.
func TestHeldInputOfManyChannels(t *testing.T) {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	const n = 20
	var got [n]string
	var peers [n]int
	for i := range n {
		near, far, err := k.Pair()
		require.NoError(t, err)
		peers[i] = far
		chat.NewChannel(core.NewConn(loop, near), chat.Messages(terminator.String("<end>"), func(_ *chat.Channel, msg []byte) {
			got[i] = string(msg)
		}))
	}
	for _, piece := range []string{"message <", "en", "d of %d <e", "nd>"} {
		for i, fd := range peers {
			p := []byte(piece)
			if piece == "d of %d <e" {
				p = fmt.Appendf(nil, piece, i)
			}
			_, err := k.Write(fd, p)
			require.NoError(t, err)
		}
		for calls := 1; calls > 0; {
			calls, err = loop.Poll(0)
			require.NoError(t, err)
		}
	}
	for i := range n {
		if want := fmt.Sprintf("message <end of %d ", i); got[i] != want {
			t.Errorf("channel %d got %q, want %q", i, got[i], want)
		}
	}
}
