//go:build unix || windows

package chat_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
	"github.com/go-asynchat/asynchat/fifo"
)

func randomFile(t *testing.T, size int) (name string, content []byte) {
	t.Helper()
	content = make([]byte, size)
	rand.NewChaCha8([32]byte{7}).Read(content)
	name = filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, content, 0o600))
	return name, content
}

// countingKernel counts the calls of SendFile.
type countingKernel struct {
	core.Kernel
	files int
}

func (k *countingKernel) SendFile(fd int, file *os.File, off int64, n int) (int, error) {
	k.files++
	return k.Kernel.(kernel.FileSender).SendFile(fd, file, off, n)
}

func pushFile(t *testing.T, c *chat.Channel, name string) {
	file, err := os.Open(name)
	require.NoError(t, err)
	producer, err := fifo.File(file)
	require.NoError(t, err)
	c.PushString("<")
	c.PushProducer(producer)
	c.PushString(">")
	c.CloseWhenDone()
}

func TestFileIsSentAsAFile(t *testing.T) { // B50
	system, err := core.System("")
	require.NoError(t, err)
	if _, ok := system.(kernel.FileSender); !ok {
		t.Skip("this kernel does not send files")
	}
	name, content := randomFile(t, 5<<20)
	kernel := &countingKernel{Kernel: system}
	loop, err := core.New(core.WithKernel(kernel))
	require.NoError(t, err)
	defer loop.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	got := make(chan []byte, 1)
	go func() {
		defer close(got)
		if conn, err := l.Accept(); err == nil {
			defer conn.Close()
			all, _ := io.ReadAll(conn)
			got <- all
		}
	}()
	closed := false
	_, err = chat.Dial(loop, "tcp", l.Addr().String(), func(c *chat.Channel) chat.Handler {
		pushFile(t, c, name)
		return closeFunc{&counter{}, func(error) { closed = true }}
	})
	require.NoError(t, err)
	run(t, loop, func() bool { return closed })
	if want := "<" + string(content) + ">"; string(<-got) != want {
		t.Error("the peer did not get the file")
	}
	if kernel.files == 0 {
		t.Error("the file was read, not sent")
	}
}

func TestFileIsReadWhereItCannotBeSent(t *testing.T) {
	name, content := randomFile(t, 300_000)
	c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler { return &counter{} })
	c.Stall()
	c.Do(func() { pushFile(t, c.Channel(), name) })
	c.Unstall()
	got, want := c.Received(), "<"+string(content)+">"
	if !bytes.Equal(got, []byte(want)) || !c.Closed() {
		t.Errorf("received %d bytes, closed %v; want %d, true", len(got), c.Closed(), len(want))
	}
}
