package chat

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/fifo"
)

// Messages of one turn are one piece of a queue, once the loop has seen how many come; a single one
// has no memory but its own, and none has more than the bound.
func TestLettersAreOnePiece(t *testing.T) {
	var l letters
	line := []byte("some words\n")
	for turn := range uint64(3) {
		var q fifo.FIFO
		for range 16 {
			require.NoError(t, q.PushShared(l.copy(line, turn)))
		}
		want := bytes.Repeat(line, 16)
		require.Equal(t, turn > 0, q.Peek() != nil, "turn %d", turn)
		q.Drain(func(v [][]byte) (int, error) {
			require.Equal(t, string(want), string(bytes.Join(v, nil)))
			return len(want), nil
		})
	}
	clear(line) // it is the caller's again
	l.copy(line, 4)
	require.Equal(t, len(line), cap(l.copy(line, 5)), "a single message of a turn")

	large := []byte(strings.Repeat("x", 3*maxLetters))
	require.Equal(t, len(large), cap(l.copy(large, 6)))
	require.Equal(t, maxLetters, cap(l.copy(line, 7)))
	kept := l.copy(line, 7)
	l.copy(large, 7)
	l.copy(large, 8)
	require.Equal(t, line, kept)
}
