package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A mixed handler has a callback on each kind of receiver.
type mixed struct{ closed *error }

func (mixed) HandleAccepted(*core.Conn)   {}
func (mixed) HandleRead()                 {}
func (m mixed) HandleClose(err error)     { *m.closed = err }
func (*mixed) HandleListenerClosed(error) {}
func (*mixed) HandleWrite()               {}

// W23: a handler by value whose methods are on its pointer is refused, wherever one is given, and
// told so where it can be. A pointer to it is taken, and a value that has them all.
func TestHandlerByValue(t *testing.T) {
	k := simkernel.New()
	l, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer l.Close()
	var closed error
	bad := mixed{&closed}
	const says = "core: the handler is a core_test.mixed by value, and the receiver of its "
	_, err = core.Listen(l, "tcp", "127.0.0.1:0", bad)
	require.ErrorContains(t, err, says)
	ln, err := k.NewListener("tcp", "127.0.0.1:7")
	require.NoError(t, err)
	_, err = core.AdoptListener(l, ln, bad)
	require.ErrorContains(t, err, says)
	_, err = core.Dial(l, "tcp", "127.0.0.1:7", bad, core.Readable)
	require.ErrorContains(t, err, says)
	a, _, err := k.Pair()
	require.NoError(t, err)
	require.ErrorContains(t, core.NewConn(l, a).Attach(bad, core.Readable), says)
	l.Poll(0)
	require.ErrorContains(t, closed, says)

	_, err = core.Listen(l, "tcp", "127.0.0.1:0", &bad)
	require.NoError(t, err)
	_, err = core.Listen(l, "tcp", "127.0.0.1:0", core.AcceptFunc(func(*core.Conn) {}))
	require.NoError(t, err)
	_, err = core.Dial(l, "tcp", "127.0.0.1:7", struct{ core.CloseHandler }{&bad}, core.Readable)
	require.NoError(t, err)
}
