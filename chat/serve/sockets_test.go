package serve

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each inherited socket has a server, and each server a socket.
func TestOwner(t *testing.T) {
	for _, tt := range []struct {
		names   []string
		servers int
		want    []int // nil: an error
	}{
		{[]string{"web.socket", "web.socket"}, 1, []int{0, 0}},
		{[]string{"7", ""}, 1, []int{0, 0}},
		{[]string{"a", "b"}, 2, []int{0, 1}},
		{[]string{"1", "0", "1"}, 2, []int{1, 0, 1}},
		{[]string{"a"}, 2, nil},
		{[]string{"a", "b", "c"}, 2, nil},
		{[]string{"0", "0"}, 2, nil},
		{[]string{"-1", "0", "1"}, 2, nil},
	} {
		got, err := owner(tt.names, tt.servers)
		if tt.want == nil {
			require.Error(t, err, "%q", tt.names)
			continue
		}
		require.NoError(t, err, "%q", tt.names)
		require.Equal(t, tt.want, got)
	}
}
