package core_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A loop that turns without end yields now and then, though it never has to: or the scheduler of
// Go would take its processor in each wait.
func TestLoopYields(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	loop, err := core.New(core.WithKernel(simkernel.New()))
	require.NoError(t, err)
	defer loop.Close()
	var ran atomic.Int64
	for i := range int64(100) {
		go ran.Add(1)
		_, err := loop.Poll(10 * time.Millisecond)
		require.NoError(t, err)
		require.GreaterOrEqual(t, ran.Load(), i, "of the goroutines before have run")
	}
}
