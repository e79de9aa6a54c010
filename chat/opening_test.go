package chat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// An adopted connection may have input, and its end, before the loop runs: nothing of it is
// delivered before HandleConnect, and nothing is forgotten.
func TestInputBeforeTheFirstTurn(t *testing.T) {
	for _, test := range []struct {
		lines bool // or everything as it comes, without SetTerminator
		input string
		eof   bool
		want  string
	}{
		{true, "a\r\n", false, `connect, "a", found`},
		{true, "a\r\n", true, `connect, "a", found, close EOF`},
		{true, "", true, "connect, close EOF"},
		{false, "a", false, `connect, "a"`},
	} {
		k := simkernel.New()
		loop, err := core.New(core.WithKernel(k))
		require.NoError(t, err)
		near, far, err := k.Pair()
		require.NoError(t, err)
		_, err = k.Write(far, []byte(test.input))
		require.NoError(t, err)
		if test.eof {
			require.NoError(t, k.CloseWrite(far))
		}
		r, h := record(crlf)
		if !test.lines {
			h = func(c *chat.Channel) chat.Handler { r.Channel = c; return r }
		}
		chat.NewChannel(core.NewConn(loop, near), h)
		for calls := 1; calls > 0; {
			calls, err = loop.Poll(0)
			require.NoError(t, err)
		}
		r.expect(t, test.want)
		loop.Close()
	}
}
