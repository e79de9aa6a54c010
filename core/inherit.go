//go:build unix && !aix

package core

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// firstInherited is the descriptor behind standard input, output and error.
const firstInherited = 3

// Inherited returns the sockets that the process was started with, by systemd (socket activation,
// LISTEN_FDS) or by [HandOver], in their order: none if there are none. A file has the name that
// was given to its socket. net.FileListener makes a net.Listener of it, for [AdoptListener] or
// chat.Server.Serve, net.FilePacketConn a net.PacketConn; then the file is to be closed. The
// environment is cleared, so that no child takes them for its own: a second call finds none.
func Inherited() ([]*os.File, error) {
	defer clearInherited()
	count, pid := os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_PID")
	if count == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > 1<<16 {
		return nil, fmt.Errorf("core: inherited sockets: LISTEN_FDS is %q", count)
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	files := make([]*os.File, n)
	for i := range n {
		name := "LISTEN_FD_" + strconv.Itoa(i)
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		syscall.CloseOnExec(firstInherited + i)
		if files[i] = os.NewFile(uintptr(firstInherited+i), name); files[i] == nil {
			return nil, fmt.Errorf("core: inherited sockets: descriptor %d of %d is bad", i, n)
		}
	}
	return files, nil
}

var inheritedNames = []string{"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}

func clearInherited() {
	for _, name := range inheritedNames {
		os.Unsetenv(name)
	}
}

// HandOver gives sockets, which are listeners or datagram sockets, to the process that cmd will
// start, which gets them from [Inherited]. Both processes may accept from them; no connection is
// refused in between. The files (see [FileOf] and [Listener.File]) are the caller's to close once
// cmd has started. It sets cmd.Env to cmd.Environ() with a new LISTEN_FDS. It is an error if cmd
// has ExtraFiles already.
func HandOver(cmd *exec.Cmd, sockets ...*os.File) error {
	if len(cmd.ExtraFiles) > 0 {
		return fmt.Errorf("core: hand over to %s: it has other files already", cmd.Path)
	}
	cmd.ExtraFiles = sockets
	cmd.Env = slices.DeleteFunc(cmd.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(inheritedNames, name)
	})
	cmd.Env = append(cmd.Env, "LISTEN_FDS="+strconv.Itoa(len(sockets)))
	return nil
}

// File returns a duplicate of the listener's descriptor, for [HandOver]. It is the caller's to
// close. In a simulation it is [ErrUnsupported]. The file of a Unix socket is no longer removed
// when the listener is closed: whoever has the duplicate is reached by it.
func (ln *Listener) File() (*os.File, error) {
	file, err := duplicate(ln.Control, ln.addr.String())
	k, ok := ln.loop.kernel.(kernel.FileKeeper)
	if _, unix := ln.addr.(*net.UnixAddr); ok && unix && err == nil {
		k.KeepFile(int(ln.fd))
	}
	return file, kernel.OpError("dup", "fcntl", ln.addr.Network(), ln.addr, err)
}

// FileOf returns a duplicate of the descriptor of a listener or socket of package net, for
// [HandOver]. It is the caller's to close. What the File method of such a socket returns does not
// do: to start a process with it makes the socket block, which a loop that uses it would notice. A
// *net.UnixListener no longer removes its file when it is closed: whoever has the duplicate is
// reached by it.
func FileOf(socket syscall.Conn) (*os.File, error) {
	rc, err := socket.SyscallConn()
	if err != nil {
		return nil, err
	}
	file, err := duplicate(rc.Control, "socket")
	if u, ok := socket.(*net.UnixListener); ok && err == nil {
		u.SetUnlinkOnClose(false)
	}
	return file, err
}

func duplicate(control func(func(fd uintptr)) error, name string) (*os.File, error) {
	var file *os.File
	var dupErr error
	err := control(func(fd uintptr) {
		var dup int
		if dup, dupErr = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); dupErr == nil {
			file = os.NewFile(uintptr(dup), name)
		}
	})
	if err == nil {
		err = dupErr
	}
	return file, err
}
