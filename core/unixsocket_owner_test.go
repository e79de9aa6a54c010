//go:build unix && !aix

package core_test

import (
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// W9: the file of a Unix socket stays where it is while a successor has the socket.
func TestHandedOverSocketKeepsItsFile(t *testing.T) {
	listen := map[string]func(t *testing.T, path string) func(){
		"Listener.File": func(t *testing.T, path string) func() {
			l, err := core.New()
			require.NoError(t, err)
			ln, err := core.Listen(l, "unix", path, &handler{})
			require.NoError(t, err)
			file, err := ln.File()
			require.NoError(t, err)
			t.Cleanup(func() { file.Close() })
			return func() { l.Close() }
		},
		"FileOf": func(t *testing.T, path string) func() {
			ln, err := core.ListenConfig{}.Open("unix", path)
			require.NoError(t, err)
			file, err := core.FileOf(ln.(*net.UnixListener))
			require.NoError(t, err)
			t.Cleanup(func() { file.Close() })
			return func() { ln.Close() }
		},
	}
	for name, listen := range listen {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(shortDir(t), "s")
			closeIt := listen(t, path)
			closeIt()
			c, err := net.Dial("unix", path)
			require.NoError(t, err, "the successor is not reached")
			c.Close()
		})
	}
}

// W9: a listener whose file was replaced leaves the new one alone.
func TestCloseLeavesTheFileOfASuccessor(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		onSystem(t, func(w *world) {
			path := filepath.Join(shortDir(w.T), "s")
			first, err := opened(w, core.ListenConfig{}, network, path)
			require.NoError(w, err)
			require.NoError(w, os.Remove(path))
			_, err = opened(w, core.ListenConfig{}, network, path)
			require.NoError(w, err)
			first.Close()
			w.settle()
			c, err := net.Dial(network, path)
			require.NoError(w, err, "the successor is not reached")
			c.Close()
			w.settle()
		})
	}
}

// W29: of two that start at once over one stale socket, one listens.
func TestReplaceStaleIsForOne(t *testing.T) {
	const pairs = 300
	w := &world{T: t}
	dir := shortDir(t)
	for i := range pairs {
		path := filepath.Join(dir, string(rune('0'+i)))
		stale(w, "unix", path)
		var listeners [2]net.Listener
		var both sync.WaitGroup
		for k := range listeners {
			both.Go(func() {
				listeners[k], _ = core.ListenConfig{ReplaceStale: true}.Open("unix", path)
			})
		}
		both.Wait()
		if (listeners[0] == nil) == (listeners[1] == nil) {
			t.Errorf("pair %d: %v and %v listen, want one", i, listeners[0], listeners[1])
		}
		for _, ln := range listeners {
			if ln != nil {
				ln.Close()
			}
		}
	}
}
