package core_test

import (
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

// S77: out-of-band data is told by HandleExpt, on every poller.
func TestOutOfBand(t *testing.T) {
	onSystem(t, func(w *world) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(w, err)
		defer ln.Close()
		near := dial(w, ln)
		far, err := ln.Accept()
		require.NoError(w, err)
		defer far.Close()
		c, err := core.Adopt(w.l, near)
		require.NoError(w, err)
		near.Close()
		h := w.noting("a")
		h.read = func() {
			w.note("a read")
			c.SetWant(core.Priority)
		}
		h.expt = func() {
			w.note("a expt")
			if len(w.did) == 3 {
				c.SetWant(0)
			}
		}
		if err := c.Attach(h, core.Priority); errors.Is(err, core.ErrUnsupported) {
			w.Skip(err)
		} else if err != nil {
			w.Fatal(err)
		}
		c.SetWant(0)
		far.Write([]byte("ordinary"))
		c.SetWant(core.Readable)
		w.untilNoted(1)
		w.settle()
		w.check("a read") // and ordinary data is not out of band
		raw, err := far.(*net.TCPConn).SyscallConn()
		require.NoError(w, err)
		require.NoError(w, raw.Control(func(fd uintptr) {
			require.NoError(w, unix.Sendto(int(fd), []byte("!"), unix.MSG_OOB, nil))
		}))
		w.untilNoted(3)
		w.settle()
		w.check("a expt", "a expt", "a expt") // as long as it is there
	})
}
