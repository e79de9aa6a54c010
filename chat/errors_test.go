package chat_test

import (
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// An error of one meaning is one value, whichever package returns it (W35).
func TestErrorsOfSeveralPackages(t *testing.T) {
	require.True(t, chat.ErrLineBreak == terminator.ErrLineBreak)
	require.True(t, fifo.ErrBareNewline == terminator.ErrBareNewline)
	require.True(t, chat.ErrTooLong == terminator.ErrTooLong)
	require.True(t, chat.ErrClosed == core.ErrClosed)
	require.True(t, errors.Is(fifo.ErrClosed, net.ErrClosed))
}
