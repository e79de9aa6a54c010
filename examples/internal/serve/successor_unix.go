//go:build unix && !aix

package serve

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// readyVar holds the number of the descriptor on which a successor says that it is ready.
const readyVar = "SERVE_READY_FD"

// inherited returns a listener for each socket that the process was started with.
func inherited() ([]net.Listener, error) {
	files, err := core.Inherited()
	if err != nil {
		return nil, err
	}
	var listeners []net.Listener
	for _, f := range files {
		l, err := net.FileListener(f)
		f.Close()
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// ready tells the predecessor, if there is one, that it may go.
func ready() {
	fd, err := strconv.Atoi(os.Getenv(readyVar))
	if err != nil {
		return
	}
	os.Unsetenv(readyVar)
	f := os.NewFile(uintptr(fd), "ready")
	fmt.Fprintln(f, "ready")
	f.Close()
}

// onTakeOver starts a successor at each SIGUSR2, until one has taken over: then it closes the
// channel that it returns.
func onTakeOver(listeners []net.Listener) <-chan struct{} {
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR2)
	go func() {
		for range signals {
			pid, err := takeOver(listeners)
			if err == nil {
				fmt.Fprintln(os.Stderr, "process", pid, "has taken over")
				close(done)
				return
			}
			fmt.Fprintln(os.Stderr, "no successor:", err)
			ownPaths(listeners)
		}
	}()
	return done
}

// takeOver starts a successor and waits until it is ready, or has ended.
func takeOver(listeners []net.Listener) (pid int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	sockets, err := files(listeners)
	defer closeAll(sockets)
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
	cmd.Env = append(cmd.Env, readyVar+"="+strconv.Itoa(3+len(cmd.ExtraFiles)))
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

func files(listeners []net.Listener) (files []*os.File, err error) {
	for _, l := range listeners {
		f, err := core.FileOf(l.(syscall.Conn))
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// ownPaths takes the files of Unix sockets back, which core.FileOf has left to a successor.
func ownPaths(listeners []net.Listener) {
	for _, l := range listeners {
		if u, ok := l.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(true)
		}
	}
}
