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
		chat.NewChannel(core.NewConn(loop, near),
			chat.Messages(terminator.String("<end>"), func(_ *chat.Channel, msg []byte) {
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

// A handler may append to what it is given without writing over the input behind it, which is in
// the same buffer.
func TestAppendToCollectedData(t *testing.T) {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	r, h := record(crlf)
	chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
		h(c)
		return appending{r}
	})
	for _, piece := range []string{"one\r", "\ntwo\r\n"} {
		_, err := k.Write(far, []byte(piece))
		require.NoError(t, err)
		for calls := 1; calls > 0; {
			calls, err = loop.Poll(0)
			require.NoError(t, err)
		}
	}
	r.expect(t, `connect, "one", found, "two", found`)
}

type appending struct{ *recorder }

func (a appending) CollectIncomingData(data []byte) {
	a.recorder.CollectIncomingData(append(data, "###"...)[:len(data)])
}
