package chat_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// When the channel gets another handler, each line is read once: by the function, which is in the
// middle of it all on its own goroutine, or by the next handler.
func TestThreadedInputTakenBack(t *testing.T) {
	const lines = 2000
	var in strings.Builder
	for i := range lines {
		fmt.Fprintf(&in, "%d\r\n", i)
	}
	cut := map[bool]int{}
	for round := range 100 {
		var taken atomic.Int64
		ended := make(chan error, 1)
		w := newThreadWorld(t, chat.Limits{}, func(v *chat.Conversation) error {
			for i := 0; ; i++ {
				line, err := v.ReadUntil(terminator.String("\r\n"))
				if err == nil && string(line) != fmt.Sprint(i) {
					err = fmt.Errorf("line %d is %q", i, line)
				}
				if err != nil {
					ended <- err
					return err
				}
				taken.Add(1)
			}
		})
		w.send(in.String())
		w.until("some are read", func() bool { return taken.Load() >= int64(round) })
		next := make(chan string, lines)
		require.NoError(t, w.c.Use(chat.Messages(terminator.String("\r\n"),
			func(_ *chat.Channel, line []byte) { next <- string(line) })))
		require.ErrorContains(t, received(w, ended), "another handler")
		begin := int(taken.Load())
		for i := begin; i < lines; i++ {
			require.Equal(t, fmt.Sprint(i), received(w, next))
		}
		require.Empty(t, next)
		cut[begin < lines]++
		w.closed()
	}
	t.Logf("%d times in the middle", cut[true])
}
