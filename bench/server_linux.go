package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// A process is a program that we have started.
type process struct {
	*exec.Cmd
	b    *bench
	says tail
}

// start starts a program on these cores. If we die, it does too.
func (b *bench) start(
	cores []int, dir string, args []string, prepare func(*exec.Cmd),
) (*process, error) {
	p := &process{Cmd: exec.Command(args[0], args[1:]...), b: b}
	p.Dir, p.Stdout, p.Stderr = dir, &p.says, &p.says
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if prepare != nil {
		prepare(p.Cmd)
	}
	all := raw.Cores()
	if err := raw.Pin(cores...); err != nil { // who is started inherits it
		return nil, fmt.Errorf("pin to cores %v: %w", cores, err)
	}
	defer raw.Pin(all...)
	return p, p.Start()
}

// end kills the process. What it has used is ours, not that of others.
func (p *process) end() {
	if p.ProcessState != nil {
		return
	}
	p.Process.Kill()
	p.Wait()
	p.b.ended += p.ProcessState.UserTime() + p.ProcessState.SystemTime()
}

// A server is a process that listens.
type server struct {
	*process
	addr string
}

// serve starts a server and waits until it accepts. dir is its folder.
func (b *bench) serve(s subject, cores []int, dir string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	words := map[string]string{"addr": addr, "port": port, "root": b.root, "dir": b.dir}
	args, err := b.tools.expand(s.command, words)
	if err != nil {
		return nil, err
	}
	if s.config != "" {
		err := os.WriteFile(filepath.Join(b.dir, "config"), []byte(replaced(s.config, words)), 0o666)
		if err != nil {
			return nil, err
		}
	}
	p, err := b.start(cores, dir, args, nil)
	if err != nil {
		return nil, err
	}
	v := &server{p, addr}
	deadline := time.Now().Add(10 * time.Second)
	for ; time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return v, nil
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d/statm", p.Process.Pid)); err != nil {
			break
		}
	}
	p.end()
	return nil, fmt.Errorf("%s does not listen: %s", strings.Join(args, " "), &p.says)
}

// tail is a writer that keeps the end of what it gets.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text = append(t.text, p...); len(t.text) > 1000 {
		t.text = bytes.Clone(t.text[len(t.text)-1000:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
