//go:build unix && !aix

package serve

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// readyVar holds the number of the descriptor on which a successor says that it is ready.
const readyVar = "ASYNCHAT_READY_FD"

// inherit returns the listeners that the process was started with, and the names of their sockets.
func inherit() (listeners []net.Listener, names []string, err error) {
	files, err := core.Inherited()
	for _, f := range files {
		l, listenErr := net.FileListener(f)
		f.Close()
		if err = errors.Join(err, listenErr); listenErr == nil {
			listeners, names = append(listeners, l), append(names, f.Name())
		}
	}
	return listeners, names, err
}

// ready tells the predecessor, if there is one, that it may go, and systemd.
func ready() {
	if fd, err := strconv.Atoi(os.Getenv(readyVar)); err == nil {
		os.Unsetenv(readyVar)
		f := os.NewFile(uintptr(fd), "ready")
		fmt.Fprintln(f, "ready")
		f.Close()
	}
	notify("READY=1")
}

// replace starts a successor at each signal that asks for one, until one has taken over: then it
// closes the channel that it returns.
func (p *Program) replace(signals signals, listeners [][]net.Listener) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		for range signals.replace {
			pid, err := takeOver(listeners)
			if err == nil {
				fmt.Fprintln(p.log(), "process", pid, "has taken over")
				notify("MAINPID=" + strconv.Itoa(pid))
				close(done)
				return
			}
			fmt.Fprintln(p.log(), "no successor:", err)
			ownPaths(listeners)
		}
	}()
	return done
}

// takeOver starts a successor and waits until it is ready, or has ended.
func takeOver(listeners [][]net.Listener) (pid int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	sockets, names, err := files(listeners)
	defer func() {
		for _, f := range sockets {
			f.Close()
		}
	}()
	if err != nil {
		return 0, err
	}
	if err := core.HandOver(cmd, sockets...); err != nil {
		return 0, err
	}
	said, say, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer said.Close()
	cmd.Env = append(cmd.Env, "LISTEN_FDNAMES="+strings.Join(names, ":"),
		readyVar+"="+strconv.Itoa(3+len(cmd.ExtraFiles)))
	cmd.ExtraFiles = append(cmd.ExtraFiles, say)
	err = cmd.Start()
	say.Close()
	if err != nil {
		return 0, err
	}
	if word, _ := io.ReadAll(said); len(word) == 0 { // it has closed its end without a word
		cmd.Wait()
		return 0, fmt.Errorf("process %d has ended before it was ready: %v",
			cmd.Process.Pid, cmd.ProcessState)
	}
	return cmd.Process.Pid, nil
}

// files returns a descriptor of each listener for a successor, named for its server.
func files(listeners [][]net.Listener) (files []*os.File, names []string, err error) {
	for i, of := range listeners {
		for _, l := range of {
			socket, ok := l.(syscall.Conn)
			if !ok {
				return files, names, fmt.Errorf("%T has no descriptor to hand over", l)
			}
			f, err := core.FileOf(socket)
			if err != nil {
				return files, names, err
			}
			files, names = append(files, f), append(names, strconv.Itoa(i))
		}
	}
	return files, names, nil
}

// ownPaths takes the files of Unix sockets back, which core.FileOf has left to a successor.
func ownPaths(listeners [][]net.Listener) {
	for _, of := range listeners {
		for _, l := range of {
			if u, ok := l.(*net.UnixListener); ok {
				u.SetUnlinkOnClose(true)
			}
		}
	}
}
