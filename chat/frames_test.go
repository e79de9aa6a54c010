//go:build unix

package chat_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// framesFromTurn returns the functions between Loop.turn and the function that calls this one, also
// those that were inlined: what a reader of a stack sees.
func framesFromTurn() (names []string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		name := f.Function[strings.LastIndex(f.Function, "/")+1:]
		if strings.HasSuffix(name, ".(*Loop).turn") {
			return names
		}
		if names = append(names, name); !more {
			return nil
		}
	}
}

// stackKernel is the system, which notes the frames of its reads and writes.
type stackKernel struct {
	core.Kernel
	read, write []string
}

func (k *stackKernel) Read(fd int, p []byte) (int, error) {
	k.read = framesFromTurn()
	return k.Kernel.Read(fd, p)
}

func (k *stackKernel) Write(fd int, p []byte) (int, error) {
	k.write = framesFromTurn()
	return k.Kernel.Write(fd, p)
}

// The way from the loop to the system and to the handler is flat, so that a stack is read at a
// glance.
func TestFramesOfAnEvent(t *testing.T) {
	system, err := core.System("")
	require.NoError(t, err)
	k := &stackKernel{Kernel: system}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	defer unix.Close(fds[1])
	require.NoError(t, unix.SetNonblock(fds[0], true))
	var handler []string
	chat.NewChannel(core.NewConn(loop, fds[0]), chat.Lines(func(c *chat.Channel, line []byte) {
		handler = framesFromTurn()
		c.Push(line)
	}))
	for range 2 { // the first event is not as the others: it opens the channel
		unix.Write(fds[1], []byte("a line\r\n"))
		_, err := loop.Poll(-1)
		require.NoError(t, err)
	}
	for _, way := range []struct {
		to     string
		frames []string
		most   int
	}{{"Kernel.Read", k.read, 5}, {"the handler", handler, 7}, {"Kernel.Write", k.write, 5}} {
		if n := len(way.frames); n == 0 || n > way.most {
			t.Errorf("%s is %d frames from Loop.turn, at most %d:\n\t%s",
				way.to, n, way.most, strings.Join(way.frames, "\n\t"))
		}
	}
}
