package chat_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A shutdown does not cost a peer the answer that it has not read yet, though its next request is
// on the way: an idle channel is not just closed, which would reset the connection. (Found by the
// simulation.)
func TestShutdownSparesTheLastAnswer(t *testing.T) {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	l, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var reason error
	s := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		said := chat.Lines(func(c *chat.Channel, line []byte) {
			fmt.Fprintf(c, "you said %s\r\n", line)
		})
		return &notesReason{said(c), &reason}
	}}
	require.NoError(t, s.Start(l, loop))
	k.Inject(rand.New(rand.NewPCG(1, 0)), simkernel.Faults{Latency: 100 * time.Millisecond})
	pass := func(d time.Duration) {
		for end := k.Now().Add(d); k.Now().Before(end); k.Advance(10 * time.Millisecond) {
			for calls := 1; calls > 0; {
				calls, err = loop.Poll(0)
				require.NoError(t, err)
			}
		}
	}
	peer, err := k.Connect("tcp", nil, l.Addr())
	require.NoError(t, err)
	pass(time.Second)
	k.Write(peer, []byte("one\r\n"))
	pass(time.Second)
	k.Write(peer, []byte("two\r\n"))
	s.BeginShutdown()
	pass(500 * time.Millisecond)
	buf := make([]byte, 100)
	n, err := k.Read(peer, buf)
	if got := string(buf[:n]); got != "you said one\r\n" || err != nil {
		t.Errorf("the peer reads %q, %v, want the answer", got, err)
	}
	if n, err := k.Read(peer, buf); n != 0 || err != nil {
		t.Errorf("then it reads %q, %v, want the end", buf[:n], err)
	}
	k.Close(peer)
	pass(time.Second)
	if !errors.Is(reason, chat.ErrShutdown) {
		t.Errorf("the reason is %v", reason)
	}
}

type notesReason struct {
	chat.Handler
	reason *error
}

func (h *notesReason) HandleClose(err error) { *h.reason = err }
