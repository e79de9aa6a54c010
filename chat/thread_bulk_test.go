package chat_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

// A Threaded function gets all of its input, wherever the reads divide the lines, also lines that
// are longer than the room in front of a read.
func TestThreadedBulk(t *testing.T) {
	for _, sizes := range bulkSizes {
		t.Run(fmt.Sprint(sizes), func(t *testing.T) { threadedBulk(t, sizes) })
	}
}

var bulkSizes = [][]int{
	{5}, {4000}, {10, 100, 3 << 10, 5 << 10, 30 << 10, 0, 1}, {60 << 10},
}

// While there is always more, the poller is not asked for it each time. With one processor the
// function is never behind, however busy the machine is.
func TestThreadedBulkChangesNoInterest(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, sizes := range bulkSizes {
		changes := threadedBulk(t, sizes)
		require.Less(t, changes, manyBytes/(60<<10)/2, "changes of what the poller looks for")
	}
}

const manyBytes = 4 << 20

// threadedBulk returns how often the poller was told to look for something else.
func threadedBulk(t *testing.T, sizes []int) int {
	k := &interestKernel{Kernel: simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	text := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstu"), 4<<10)
	line := func(i int) []byte { return text[i%31:][:sizes[i%len(sizes)]] }
	lines, bulk := 0, []byte(nil)
	for ; len(bulk) < manyBytes; lines++ {
		bulk = append(append(bulk, line(lines)...), "\r\n"...)
	}

	ended := make(chan error, 1)
	chat.NewChannel(core.NewConn(loop, near), chat.Threaded(func(v *chat.Conversation) error {
		ended <- takeLines(v, lines, line)
		return nil
	}))
	for rest := bulk; ; {
		n, _ := k.Write(far, rest[:min(len(rest), simkernel.Window)])
		rest = rest[max(n, 0):]
		_, err := loop.Poll(0)
		require.NoError(t, err)
		runtime.Gosched()
		select {
		case err := <-ended:
			require.NoError(t, err)
			return k.changes
		default:
		}
	}
}

func takeLines(v *chat.Conversation, lines int, line func(i int) []byte) error {
	for i := range lines {
		got, err := v.ReadUntil(terminator.String("\r\n"))
		if err != nil {
			return fmt.Errorf("line %d: %w", i, err)
		}
		if want := line(i); !bytes.Equal(got, want) {
			return fmt.Errorf("line %d has %d bytes, want %d, or others", i, len(got), len(want))
		}
	}
	return nil
}
