//go:build unix && !aix

package chat_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// M1: a server on a Unix socket knows which process it serves, and has its descriptor.
func TestChannelPeerCredentials(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("the process is not known")
	}
	dir, err := os.MkdirTemp("", "chat")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	addr, _ := serve(t, &chat.Server{Handler: chat.Lines(func(c *chat.Channel, _ []byte) {
		who, err := c.PeerCredentials()
		var shown bool
		controlErr := c.Control(func(fd uintptr) { shown = fd > 0 })
		fmt.Fprintf(c, "%+v %v %t %v", who, err, shown, controlErr)
		c.CloseWhenDone()
	})}, "unix", filepath.Join(dir, "s"))
	conn := dial(t, addr)
	fmt.Fprint(conn, "who am I?\r\n")
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	want := kernel.Credentials{UID: os.Geteuid(), GID: os.Getegid(), PID: os.Getpid()}
	require.Equal(t, fmt.Sprintf("%+v <nil> true <nil>", want), string(got))
}

// talking serves and dials on a loop of its own, and returns the ends of the connection once the
// client has been answered.
func talking(t *testing.T, d chat.Dialer) (client, server net.Addr) {
	t.Helper()
	addr, _ := serve(t, &chat.Server{Handler: newEcho}, "tcp", "127.0.0.1:0")
	loop, err := core.New()
	require.NoError(t, err)
	answered := make(chan net.Addr, 1)
	run := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	c, err := d.Dial(context.Background(), loop, "tcp", addr.String(),
		chat.Lines(func(c *chat.Channel, _ []byte) { answered <- c.LocalAddr() }))
	require.NoError(t, err)
	c.PushString("hello\r\n")
	go func() { run <- loop.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-run
		loop.Close()
	})
	select {
	case client = <-answered:
	case <-time.After(patience):
		t.Fatal("no answer in time")
	}
	return client, addr
}

// W12: the system shows a timer for keep-alive at both ends of a connection, the server's and the
// client's, and none where it is turned off.
func TestKeepAliveTimers(t *testing.T) {
	needProgram(t, "ss")
	client, server := talking(t, chat.Dialer{})
	expectTimer(t, client, server, true)
	expectTimer(t, server, client, true)
	client, server = talking(t, chat.Dialer{KeepAlive: core.NoKeepAlive})
	expectTimer(t, client, server, false)
	expectTimer(t, server, client, true)
}

var socketTimer = regexp.MustCompile(`timer:\((\w+),`)

func expectTimer(t *testing.T, from, to net.Addr, want bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(time.Millisecond) {
		out, err := exec.Command("ss", "-H", "-t", "-n", "-o", "state", "established",
			"src", from.String(), "dst", to.String()).CombinedOutput()
		require.NoError(t, err, string(out))
		if strings.Contains(string(out), "Cannot open netlink socket") {
			t.Skip("this kernel does not tell ss of timers")
		}
		require.Contains(t, string(out), from.String(), "ss does not know the connection")
		timer := socketTimer.FindStringSubmatch(string(out))
		if timer != nil && timer[1] != "keepalive" {
			continue // something is not acknowledged yet
		}
		require.Equal(t, want, timer != nil, "from %v: %s", from, out)
		return
	}
	t.Fatalf("not in time: %v is quiet", from)
}

// M1: a Control of a Dialer sees the socket of the channel.
func TestChatDialerControl(t *testing.T) {
	shown := make(chan string, 1)
	_, server := talking(t, chat.Dialer{
		Control: func(network, address string, c syscall.RawConn) error {
			shown <- network + " " + address
			return nil
		}})
	require.Equal(t, "tcp4 "+server.String(), <-shown)
}

// M1, W12: a conversation over a net.Conn dials with the same settings.
func TestPlainDialer(t *testing.T) {
	addr, _ := serve(t, &chat.Server{Handler: newEcho}, "tcp", "127.0.0.1:0")
	for _, tt := range []struct {
		config net.KeepAliveConfig
		want   int
	}{{net.KeepAliveConfig{}, 1}, {core.NoKeepAlive, 0}} {
		var shown uintptr
		err := chat.Talk(dial(t, addr), func(v *chat.Conversation) error {
			other, err := v.DialWith(&chat.Dialer{KeepAlive: tt.config,
				Control: func(_, _ string, c syscall.RawConn) error {
					return c.Control(func(fd uintptr) { shown = fd })
				}}, "tcp", addr.String())
			if err != nil {
				return err
			}
			defer other.Close()
			got, err := unix.GetsockoptInt(int(shown), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			return nil
		})
		require.NoError(t, err)
	}
}
