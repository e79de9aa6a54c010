//go:build unix && !aix

package core_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core"
)

func init() { roles["heir"] = heir }

// heir is what the test binary does when it is run as a child: it tells what it has inherited, and
// serves one connection of each.
func heir() {
	files, err := core.Inherited()
	again, _ := core.Inherited()
	fmt.Printf("%d %v %d %q\n", len(files), err, len(again),
		os.Getenv("LISTEN_FDS")+os.Getenv("LISTEN_PID"))
	for _, f := range files {
		ln, err := net.FileListener(f)
		if err != nil {
			fmt.Println(err)
			return
		}
		c, err := ln.Accept()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Fprintf(c, "from %s\n", f.Name())
		c.Close()
	}
}

func child(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), append(env, "CORE_TEST_ROLE=heir")...)
	return cmd
}

// Both processes accept on one socket; the loop's own descriptor stays non-blocking.
func TestHandOver(t *testing.T) {
	onSystem(t, func(w *world) {
		ln, _ := w.listen()
		file, err := ln.File()
		require.NoError(w, err)
		cmd := child(t, "LISTEN_FDS=9", "LISTEN_PID=1")
		require.NoError(w, core.HandOver(cmd, file))
		if err := core.HandOver(cmd, file); err == nil {
			w.Error("HandOver to a command that has files already = nil")
		}
		out, err := cmd.StdoutPipe()
		require.NoError(w, err)
		require.NoError(w, cmd.Start())
		file.Close()
		c, err := net.DialTimeout("tcp", ln.Addr().String(), patience)
		require.NoError(w, err)
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		if got, err := io.ReadAll(c); string(got) != "from LISTEN_FD_0\n" || err != nil {
			w.Errorf("the child says %q, %v", got, err)
		}
		if got, _ := io.ReadAll(out); string(got) != "1 <nil> 0 \"\"\n" {
			w.Errorf("the child has inherited %q, want one socket, and no more at the second look", got)
		}
		require.NoError(w, cmd.Wait())
		w.client(ln)
		w.untilNoted(1)
		w.check("accepted")
	})
}

// A listener that is paused is handed over as any other: who waits in its backlog is served by the
// other process, while this one accepts nobody, also when it closes its own; and a pause that ends
// meanwhile has it accept again.
func TestHandOverWhilePaused(t *testing.T) {
	onSystem(t, func(w *world) {
		ln, _ := w.listen()
		ln.Pause()
		c, err := net.DialTimeout("tcp", ln.Addr().String(), patience)
		require.NoError(w, err)
		defer c.Close()
		w.l.Poll(0)
		require.Empty(w, w.did)

		file, err := ln.File()
		require.NoError(w, err)
		defer file.Close()
		cmd := child(t)
		require.NoError(w, core.HandOver(cmd, file))
		require.NoError(w, cmd.Start())
		c.SetDeadline(time.Now().Add(patience))
		if got, err := io.ReadAll(c); string(got) != "from LISTEN_FD_0\n" || err != nil {
			w.Errorf("the child says %q, %v", got, err)
		}
		require.NoError(w, cmd.Wait())

		w.client(ln)
		w.l.Poll(0)
		require.Empty(w, w.did)
		ln.Resume()
		w.untilNoted(1)
		w.isNoted(1, "accepted")

		ln.Pause()
		ln.Close()
		w.l.Poll(0)
		w.client(ln) // file listens still
		before := w.l.Stats().Events
		w.l.Poll(0)
		w.l.Poll(0) // which publishes what the other has counted
		require.Equal(w, before, w.l.Stats().Events, "events of a listener that is closed")
	})
}

// A process that is started with the socket of a listener leaves that non-blocking: or the loop
// that accepts from it would hang.
func TestHandOverLeavesTheSocketNonBlocking(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	file, err := core.FileOf(ln.(*net.TCPListener))
	require.NoError(t, err)
	defer file.Close()
	cmd := exec.Command("true")
	require.NoError(t, core.HandOver(cmd, file))
	require.NoError(t, cmd.Run())
	rc, err := ln.(*net.TCPListener).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, rc.Control(func(fd uintptr) {
		if flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
			t.Errorf("flags %#x, %v; want O_NONBLOCK among them", flags, err)
		}
	}))
}

// systemd names its sockets, and whom they are for.
func TestInherited(t *testing.T) {
	for _, tt := range []struct {
		fds, pid, names string
		want, answer    string
	}{
		{"1", "self", "web", "1 <nil> 0 \"\"\n", "from web\n"},
		{"1", "1", "web", "0 <nil> 0 \"\"\n", ""},
		{"x", "", "", "0 core: inherited sockets: LISTEN_FDS is \"x\" 0 \"\"\n", ""},
		{"-1", "", "", "0 core: inherited sockets: LISTEN_FDS is \"-1\" 0 \"\"\n", ""},
		{"", "", "", "0 <nil> 0 \"\"\n", ""},
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		file, err := ln.(*net.TCPListener).File()
		require.NoError(t, err)
		cmd := child(t, "LISTEN_FDS="+tt.fds, "LISTEN_FDNAMES="+tt.names)
		cmd.ExtraFiles = []*os.File{file}
		if tt.pid == "self" { // known only after the start: a shell sets it and becomes the child
			cmd.Args = []string{"sh", "-c", `LISTEN_PID=$$ exec "$0"`, cmd.Path}
			cmd.Path = "/bin/sh"
		} else if tt.pid != "" {
			cmd.Env = append(cmd.Env, "LISTEN_PID="+tt.pid)
		}
		var answer []byte
		if tt.answer != "" {
			c, err := net.DialTimeout("tcp", ln.Addr().String(), patience)
			require.NoError(t, err)
			defer func() { c.Close() }()
			got := make(chan []byte, 1)
			go func() {
				c.SetDeadline(time.Now().Add(patience))
				p, _ := io.ReadAll(c)
				got <- p
			}()
			defer func() {
				if answer = <-got; string(answer) != tt.answer {
					t.Errorf("LISTEN_FDS=%s: the child says %q, want %q", tt.fds, answer, tt.answer)
				}
			}()
		}
		out, err := cmd.Output()
		file.Close()
		ln.Close()
		if err != nil || string(out) != tt.want {
			t.Errorf("LISTEN_FDS=%s, LISTEN_PID=%s: %q, %v; want %q", tt.fds, tt.pid, out, err, tt.want)
		}
	}
}
