package chat_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/fifo"
)

// Where data takes all that may be sent, the system is not asked to send nothing of the file behind it.
func TestFileBehindWhatEmptiesTheBucket(t *testing.T) {
	k := filing{simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	name, content := randomFile(t, 100)
	file, err := os.Open(name)
	require.NoError(t, err)
	p, err := fifo.File(file)
	require.NoError(t, err)
	c := chat.NewChannel(core.NewConn(loop, near), newEcho)
	setLimits(c, func(l *chat.Limits) { l.WriteRate = chat.Rate{PerSecond: slow, Burst: 500} })
	c.Push(make([]byte, 500))
	c.PushProducer(p)
	for _, want := range []int{500, 500 + len(content)} {
		for range 5 {
			loop.Poll(0)
		}
		if got := k.Buffered(far); got != want {
			t.Errorf("%d bytes are sent, want %d", got, want)
		}
		k.Advance(time.Second / 10)
	}
	c.Close()
}
