package chat_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// bulkKernel has more input than one read takes, and knows how much each read asked for.
type bulkKernel struct {
	endless
	sizes [][]int // by descriptor, since they were last asked for
	short int     // reads bring as much less than they ask for
}

func (k *bulkKernel) Read(fd int, p []byte) (int, error) {
	k.sizes[fd] = append(k.sizes[fd], len(p))
	n, err := k.endless.Read(fd, p)
	return max(n-k.short, 1), err
}

func (k *bulkKernel) Writev(_ int, v [][]byte) (n int, err error) {
	for _, p := range v {
		n += len(p)
	}
	return n, nil
}

// bulk returns the kernel of some channels to which lines come, and a function that makes one turn
// and returns the sizes of the reads of the first channel.
func bulk(t *testing.T, channels, line int, h chat.NewHandler) (*bulkKernel, func() []int) {
	k := &bulkKernel{sizes: make([][]int, channels)}
	text := append(bytes.Repeat([]byte("x"), line-2), "\r\n"...)
	k.input = bytes.Repeat(text, (64<<10)/line+1)
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	for fd := range channels {
		chat.NewChannel(core.NewConn(loop, fd), h)
	}
	t.Cleanup(func() { loop.Close() })
	return k, func() []int {
		for fd := range k.sizes {
			k.sizes[fd] = nil
		}
		_, err := loop.Poll(0)
		require.NoError(t, err)
		return k.sizes[0]
	}
}

const kib = 1 << 10

// Reads grow while they are filled, and an event makes more of them while nobody else waits.
func TestReadsGrowInBulk(t *testing.T) {
	sink := chat.Lines(func(*chat.Channel, []byte) {})
	echo := chat.Lines(func(c *chat.Channel, line []byte) { c.Push(line) })
	converse := chat.Converse(func(v *chat.Conversation) error {
		for {
			if _, err := v.ReadElement(); err != nil {
				return err
			}
		}
	})
	for _, tt := range []struct {
		name           string
		channels, line int
		h              chat.NewHandler
		first, later   []int // the reads of two turns, in KiB
	}{
		{"alone", 1, 4096, sink, upTo60(64, 16, 32), upTo60(64)},
		{"a conversation", 1, 4096, converse, upTo60(64, 16, 32), upTo60(64)},
		{"two channels", 2, 4096, sink, upTo60(32, 16, 32), upTo60(32)},
		{"three channels", 3, 4096, sink, upTo60(22, 16, 32), upTo60(22)},
		{"sixteen channels", 16, 4096, sink, upTo60(4, 16, 32), upTo60(4)},
		{"as many elements as are fair", 1, 48, sink, []int{16, 32, 60}, []int{60}},
		{"more of them", 1, 24, sink, []int{16, 32}, []int{32}},
		{"many more", 1, 12, sink, []int{16}, []int{16}},
		{"with answers", 1, 4096, echo, []int{16}, []int{16}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, turn := bulk(t, tt.channels, tt.line, tt.h)
			for i, want := range [][]int{tt.first, tt.later} {
				got := turn()
				if !slices.EqualFunc(got, want, func(n, k int) bool { return n == k*kib }) {
					t.Errorf("turn %d made reads of %v bytes, want %v KiB", i+1, got, want)
				}
			}
		})
	}
}

// upTo60 are n reads, of 60 KiB behind the first.
func upTo60(n int, first ...int) []int {
	return append(first, slices.Repeat([]int{60}, n-len(first))...)
}

// A read that is not filled is the last of its event. The next one is as large, unless a small one
// would have done.
func TestReadsShrinkBehindBulk(t *testing.T) {
	k, turn := bulk(t, 1, 4096, chat.Lines(func(*chat.Channel, []byte) {}))
	turn()
	k.short = 44 * kib
	require.Equal(t, []int{60 * kib}, turn())
	require.Equal(t, []int{60 * kib}, turn())
	k.short++
	require.Equal(t, []int{60 * kib}, turn())
	require.Equal(t, []int{16 * kib}, turn())
}

// What is pushed while the input is large makes it small: a peer that takes no answers can make us
// hold one large read, and no more.
func TestReadsShrinkWithAnswers(t *testing.T) {
	answers := false
	_, turn := bulk(t, 1, 4096, chat.Lines(func(c *chat.Channel, line []byte) {
		if answers {
			c.Push(line)
		}
	}))
	turn()
	answers = true
	require.Equal(t, []int{60 * kib}, turn())
	require.Equal(t, []int{16 * kib}, turn())
}
