package chat_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// tellsClose is the handler of a conversation, and wants to know of the end.
type tellsClose struct {
	chat.Handler
	closed int
}

func (h *tellsClose) Inner() chat.Handler { return h.Handler }
func (h *tellsClose) HandleConnect()      { h.Handler.(chat.ConnectHandler).HandleConnect() }
func (h *tellsClose) HandleClose(err error) {
	h.Handler.(chat.CloseHandler).HandleClose(err)
	h.closed++
}

// A function that panics does so once: not again when its channel is closed, where the panic would
// end HandleClose. (Found by the simulation.)
func TestConversationPanicsOnce(t *testing.T) {
	var log bytes.Buffer
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k),
		core.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	h := &tellsClose{}
	chat.NewChannel(core.NewConn(loop, near), func(c *chat.Channel) chat.Handler {
		h.Handler = chat.Converse(func(v *chat.Conversation) error {
			v.ReadLine()
			panic("boom")
		})(c)
		return h
	})
	_, err = k.Write(far, []byte("x\r\n"))
	require.NoError(t, err)
	for range 5 {
		_, err = loop.Poll(0)
		require.NoError(t, err)
	}
	if n := strings.Count(log.String(), "boom"); n != 1 || h.closed != 1 {
		t.Errorf("the panic is told %d times, and HandleClose comes to its end %d times, "+
			"want 1 and 1:\n%s", n, h.closed, log.String())
	}
}
