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

// Inherited returns the sockets that systemd (socket activation, LISTEN_FDS) or [HandOver] has
// passed to this process, in their order. A file has the name that was given to its socket.
// net.FileListener makes a net.Listener of it, for [AdoptListener] or chat.Server.Serve, and
// net.FilePacketConn a net.PacketConn. Close the file then. Inherited clears the environment
// variables, so that child processes do not use them: a second call returns no sockets.
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

// HandOver passes listening or datagram sockets to the process that cmd will start. That process
// gets them from [Inherited]. Both processes may accept connections, and none is refused in
// between. The caller closes the files (see [FileOf] and [Listener.File]) after cmd has started.
// HandOver sets cmd.Env to cmd.Environ() with a new LISTEN_FDS. It returns an error if cmd has
// ExtraFiles already.
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

// File returns a duplicate of the listener's descriptor, for [HandOver]. The caller closes it. In a
// simulation File returns [ErrUnsupported]. The file of a Unix socket is no longer removed when the
// listener is closed, because the owner of the duplicate still uses it.
func (ln *Listener) File() (*os.File, error) {
	file, err := duplicate(ln.Control, ln.addr.String())
	k, ok := ln.loop.kernel.(kernel.FileKeeper)
	if _, unix := ln.addr.(*net.UnixAddr); ok && unix && err == nil {
		k.KeepFile(int(ln.fd))
	}
	return file, kernel.OpError("dup", "fcntl", ln.addr.Network(), ln.addr, err)
}

// FileOf returns a duplicate of the descriptor of a listener or socket of package net, for
// [HandOver]. The caller closes it. Do not use the File method of such a socket instead: starting a
// process with that file makes the socket blocking, also for the loop that uses it. A
// *net.UnixListener no longer removes its file when it is closed, because the owner of the
// duplicate still uses it.
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
