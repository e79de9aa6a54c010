package chat_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// parkKernel counts how often a loop that expects a post has waited.
type parkKernel struct {
	*simkernel.Kernel
	parks int
}

func (k *parkKernel) OpenPoller() (core.Poller, error) {
	p, err := k.Kernel.OpenPoller()
	return &parkPoller{p, k}, err
}

type parkPoller struct {
	core.Poller
	k *parkKernel
}

func (p *parkPoller) Park(events []kernel.Event, timeout time.Duration) (int, error) {
	p.k.parks++
	return p.Wait(events, timeout)
}

func (p *parkPoller) Unpark() error { return p.Wake() }

// A function that was given input is expected back for at least 1 ms, whenever the loop looks after
// it meanwhile: a loop that slept at once would leave it without a processor, where there is one.
func TestThreadedIsExpectedBack(t *testing.T) {
	k := &parkKernel{Kernel: simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	got, goOn := make(chan string), make(chan bool)
	chat.NewChannel(core.NewConn(loop, near), chat.Threaded(func(v *chat.Conversation) error {
		for line, err := range v.Lines() {
			if err != nil {
				return err
			}
			got <- line
			<-goOn
		}
		return nil
	}))
	takes := func(line string) {
		t.Helper()
		_, err := k.Write(far, []byte(line+"\r\n"))
		require.NoError(t, err)
		for {
			_, err := loop.Poll(0)
			require.NoError(t, err)
			runtime.Gosched()
			select {
			case is := <-got:
				require.Equal(t, line, is)
				return
			default:
			}
		}
	}
	expects := func(after time.Duration) bool {
		t.Helper()
		_, err := loop.Poll(after)
		require.NoError(t, err)
		before := k.parks
		_, err = loop.Poll(100 * time.Microsecond)
		require.NoError(t, err)
		return k.parks > before
	}

	takes("first")
	require.True(t, expects(400*time.Microsecond))
	goOn <- true
	takes("second")
	require.True(t, expects(600*time.Microsecond), "behind a look that came soon")
	require.False(t, expects(time.Millisecond), "behind one that came a while later")
	loop.Close()
	close(goOn)
}
