package core_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// S110: a dispatcher reads a regular file to its end, on every poller.
func TestRegularFile(t *testing.T) {
	needsUnix(t)
	onSystem(t, func(w *world) {
		content := strings.Repeat("a line of the file\n", 100)
		name := filepath.Join(t.TempDir(), "file")
		require.NoError(w, os.WriteFile(name, []byte(content), 0o600))
		f, err := os.Open(name)
		require.NoError(w, err)
		c, err := core.Adopt(w.l, f)
		require.NoError(w, err)
		f.Close()
		h := w.noting("file")
		var got strings.Builder
		h.read = func() {
			var buf [512]byte
			n, err := c.Recv(buf[:])
			got.Write(buf[:n])
			if err != nil {
				c.CloseWith(err)
			}
		}
		require.NoError(w, c.Attach(h, core.Readable))
		w.untilNoted(1)
		w.check("file closed " + io.EOF.Error())
		if got.String() != content {
			w.Errorf("read %d bytes, want the %d of the file", got.Len(), len(content))
		}
	})
}
