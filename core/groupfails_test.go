package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// When a group cannot listen on all of its loops, it listens on none.
func TestGroupListensOnAllOrNone(t *testing.T) {
	k := simkernel.New()
	g, err := core.NewGroup(2, core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(g.Close)
	k.MaxFiles = 2 // the first listener, and its reserve
	config := core.ListenConfig{Spread: core.SpreadReusePort}
	_, err = g.Listen(config, "tcp", "127.0.0.1:0", nil)
	require.Error(t, err)
	for _, l := range g.Loops() {
		_, err := l.Poll(0)
		require.NoError(t, err)
	}
	require.Zero(t, k.Open())
}
