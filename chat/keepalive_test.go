package chat_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// optionKernel notes which values of KeepAliveIdle are set.
type optionKernel struct {
	*simkernel.Kernel
	idle []int
}

func (k *optionKernel) SetOption(fd int, o core.SocketOption, value int) error {
	if o == core.KeepAliveIdle {
		k.idle = append(k.idle, value)
	}
	return k.Kernel.SetOption(fd, o, value)
}

// W12: the settings of a server and of a dialer reach the sockets.
func TestKeepAliveSettings(t *testing.T) {
	k := &optionKernel{Kernel: simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	ln, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &chat.Server{
		Handler:   chat.Lines(func(*chat.Channel, []byte) {}),
		KeepAlive: net.KeepAliveConfig{Enable: true, Idle: time.Minute},
	}
	require.NoError(t, s.Start(ln, loop))
	d := chat.Dialer{KeepAlive: net.KeepAliveConfig{Enable: true, Idle: time.Hour}}
	_, err = d.Dial(context.Background(), loop, "tcp", ln.Addr().String(),
		chat.Lines(func(*chat.Channel, []byte) {}))
	require.NoError(t, err)
	require.Equal(t, []int{60, 3600}, k.idle)
}
