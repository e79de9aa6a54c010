package chat_test

import (
	"testing"
	"time"
)

// Where data takes all that may be sent, the system is not asked to send nothing of the file behind
// it.
func TestFileBehindWhatEmptiesTheBucket(t *testing.T) {
	k, loop, far, c, p, content := slowFile(t, 100)
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
