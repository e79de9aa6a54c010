package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// interestKernel counts how often a poller is told to watch for something else.
type interestKernel struct {
	*simkernel.Kernel
	changes int
}

func (k *interestKernel) OpenPoller() (core.Poller, error) {
	p, err := k.Kernel.OpenPoller()
	return &interestPoller{p, k}, err
}

type interestPoller struct {
	core.Poller
	k *interestKernel
}

func (p *interestPoller) Modify(fd int, token uint64, want core.Ready) error {
	p.k.changes++
	return p.Poller.Modify(fd, token, want)
}

// What a channel waits for is told to the poller when the callback has returned, and only if that
// has changed: to pause and to resume within one costs no system call.
func TestInterestChanges(t *testing.T) {
	counted := 0
	for _, tt := range []struct {
		name string
		f    func(c *chat.Channel)
		most int
	}{
		{"nothing", func(*chat.Channel) {}, 0},
		{"a small answer", func(c *chat.Channel) { c.PushString("yes") }, 0},
		{"PauseReading, ResumeReading", func(c *chat.Channel) {
			c.PauseReading()
			c.ResumeReading()
		}, 0},
		{"the same with an answer between", func(c *chat.Channel) {
			c.PauseReading()
			c.PushString("yes")
			c.ResumeReading()
		}, 0},
		{"twice", func(c *chat.Channel) {
			for range 2 {
				c.PauseReading()
				c.ResumeReading()
			}
		}, 0},
		{"PauseReading", (*chat.Channel).PauseReading, 1},
		{"an answer that is not taken",
			func(c *chat.Channel) { c.Push(make([]byte, 2*simkernel.Window)) }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := &interestKernel{Kernel: simkernel.New()}
			loop, err := core.New(core.WithKernel(k))
			require.NoError(t, err)
			defer loop.Close()
			near, far, err := k.Pair()
			require.NoError(t, err)
			var channel *chat.Channel
			chat.NewChannel(core.NewConn(loop, near), chat.Lines(func(c *chat.Channel, _ []byte) {
				channel = c
				tt.f(c)
			}))
			settle := func() {
				for calls := 1; calls > 0; {
					calls, err = loop.Poll(0)
					require.NoError(t, err)
				}
			}
			settle()
			k.changes = 0
			k.Write(far, []byte("a line\n"))
			settle()
			require.NotNil(t, channel)
			if k.changes > tt.most {
				t.Errorf("in a callback it costs %d changes of interest, at most %d", k.changes, tt.most)
			}
			counted += k.changes
			k.changes = 0
			loop.Post(func() { tt.f(channel) })
			settle()
			if k.changes > tt.most {
				t.Errorf("in a posted function it costs %d changes of interest, at most %d", k.changes, tt.most)
			}
		})
	}
	if counted == 0 {
		t.Error("no change was counted: PauseReading alone is one")
	}
}
