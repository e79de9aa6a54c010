//go:build linux

package examples

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
)

// A dynasty is a server whose processes follow each other.
type dynasty struct {
	*testing.T
	*server
	pid   int // of the process that serves now
	lines chan string
}

// found starts the first process, by cmd, whose standard error is read on behalf of all.
func found(t *testing.T, cmd *exec.Cmd) *dynasty {
	t.Helper()
	d := &dynasty{T: t, server: startCommand(t, cmd), lines: make(chan string, 100)}
	d.pid = cmd.Process.Pid
	go func() {
		defer close(d.lines)
		for {
			line, err := d.stderr.ReadString('\n')
			if err != nil {
				return
			}
			d.lines <- line
		}
	}()
	t.Cleanup(func() { syscall.Kill(d.pid, syscall.SIGKILL) })
	return d
}

// says returns the next line that one of the processes writes.
func (d *dynasty) says() string {
	d.Helper()
	select {
	case line := <-d.lines:
		return line
	case <-time.After(patience):
		d.Fatal("the servers are silent")
	}
	return ""
}

// succeed lets a successor take over.
func (d *dynasty) succeed() {
	d.Helper()
	require.NoError(d, syscall.Kill(d.pid, syscall.SIGUSR2))
	if line := d.says(); line != "listening on "+d.addr+"\n" {
		d.Fatalf("the successor says %q", line)
	}
	var pid int
	line := d.says()
	if _, err := fmt.Sscanf(line, "process %d has taken over\n", &pid); err != nil || pid == d.pid {
		d.Fatalf("the predecessor says %q", line)
	}
	d.pid = pid
}

// A visitor makes requests until it is told to stop, and counts; an error fails the test.
type visitor struct {
	answers atomic.Int64
	ctx     context.Context
}

// fresh makes a connection for each request.
func (v *visitor) fresh(t *testing.T, addr string) {
	for v.ctx.Err() == nil {
		if err := visit(addr); err != nil {
			t.Errorf("a connection of its own: %v", err)
			return
		}
		v.answers.Add(1)
	}
}

// kept uses a connection for as long as the server lets it. Like every client of HTTP it asks again
// where the server has closed a connection that was idle.
func (v *visitor) kept(t *testing.T, addr string) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
	defer client.CloseIdleConnections()
	for v.ctx.Err() == nil {
		resp, err := client.Get("http://" + addr + "/small.txt")
		if err != nil {
			t.Errorf("a connection that is kept: %v", err)
			return
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(body) != "a small file\n" {
			t.Errorf("a connection that is kept: %q, %v", body, err)
			return
		}
		v.answers.Add(1)
	}
}

// A successor takes over under load, several times, and not one connection is refused or fails.
func TestTakeOver(t *testing.T) {
	times := max(2, scaled(20))
	// 0: the server's own; otherwise so many of a port that they share.
	for _, sockets := range []int{0, 2} {
		cmd := exec.Command(filepath.Join(binaries, "httpd"), "-addr", "127.0.0.1:0",
			"-root", folder(t), "-loops", "2")
		if sockets > 0 {
			handOver(t, cmd, sockets)
		}
		d := found(t, cmd)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		v := &visitor{ctx: ctx}
		var load sync.WaitGroup
		for range 8 {
			load.Go(func() { v.fresh(t, d.addr) })
			load.Go(func() { v.kept(t, d.addr) })
		}
		for range times {
			before, predecessor := v.answers.Load(), d.pid
			until(t, "the load", func() bool { return v.answers.Load() > before+200 })
			d.succeed()
			until(t, "the predecessor to go", func() bool { return gone(predecessor) })
		}
		stop()
		load.Wait()
		t.Logf("%d sockets: %d answers, %d successions", sockets, v.answers.Load(), times)
		require.NoError(t, cmd.Wait(), "the first process") // status 0
		require.NoError(t, syscall.Kill(d.pid, syscall.SIGTERM))
		until(t, "the last to go", func() bool { return gone(d.pid) })
	}
}

// gone reports whether a process has ended, though perhaps nobody has waited for it.
func gone(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// handOver has cmd start with n sockets of one port, as a supervisor does.
func handOver(t *testing.T, cmd *exec.Cmd, n int, set ...func(fd int)) {
	t.Helper()
	config, addr := core.ListenConfig{ReusePort: true}, "127.0.0.1:0"
	var files []*os.File
	for range n {
		l, err := config.Open("tcp", addr)
		require.NoError(t, err)
		addr = l.Addr().String()
		f, err := core.FileOf(l.(*net.TCPListener))
		require.NoError(t, err)
		l.Close()
		for _, option := range set {
			option(int(f.Fd()))
		}
		files = append(files, f)
	}
	require.NoError(t, core.HandOver(cmd, files...))
	t.Cleanup(func() {
		for _, f := range files {
			f.Close()
		}
	})
}

// The processes of others: ab, with a connection for each request, and wrk.
func TestTakeOverUnderAb(t *testing.T) {
	need(t, "ab")
	need(t, "wrk")
	d := found(t, exec.Command(filepath.Join(binaries, "httpd"), "-addr", "127.0.0.1:0",
		"-root", folder(t), "-loops", "2"))
	url := "http://" + d.addr + "/small.txt"
	for _, load := range []*exec.Cmd{
		exec.Command("ab", "-q", "-n", strconv.Itoa(scaled(100_000)), "-c", "50", url),
		exec.Command("wrk", "-t1", "-c50", fmt.Sprintf("-d%ds", max(2, scaled(20))),
			"-H", "Connection: close", url),
	} {
		var out strings.Builder
		load.Stdout = &out
		require.NoError(t, load.Start())
		done := make(chan error, 1)
		go func() { done <- load.Wait() }()
		successions := 0
		for running := true; running; {
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("%v: %v", load.Args, err)
				}
				running = false
			case <-time.After(200 * time.Millisecond):
				d.succeed()
				successions++
			}
		}
		for _, bad := range []string{"Non-2xx", "Socket errors"} {
			if strings.Contains(out.String(), bad) {
				t.Errorf("%v:\n%s", load.Args, &out)
			}
		}
		if load.Args[0] == "ab" && !strings.Contains(out.String(), "Failed requests:        0\n") ||
			successions == 0 {
			t.Errorf("%d successions, %v:\n%s", successions, load.Args, &out)
		}
		t.Logf("%s: %d successions", load.Args[0], successions)
	}
	require.NoError(t, syscall.Kill(d.pid, syscall.SIGTERM))
	until(t, "the last to go", func() bool { return gone(d.pid) })
}

// A successor that does not come up leaves the old process as it was.
func TestTakeOverFails(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "httpd")
	good, err := os.ReadFile(filepath.Join(binaries, "httpd"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, good, 0o755))
	d := found(t, exec.Command(program, "-addr", "127.0.0.1:0", "-root", folder(t)))
	replace := func(content []byte) {
		require.NoError(t, os.WriteFile(program+".new", content, 0o755))
		require.NoError(t, os.Rename(program+".new", program))
	}
	for _, bad := range []string{"#!/bin/sh\nexit 3\n", "#!/bin/sh\nexit 0\n", "#!/no/such/shell\n"} {
		replace([]byte(bad))
		require.NoError(t, syscall.Kill(d.pid, syscall.SIGUSR2))
		if line := d.says(); !strings.HasPrefix(line, "no successor: ") {
			t.Errorf("%q: the server says %q", bad, line)
		}
		if err := visit(d.addr); err != nil {
			t.Errorf("%q: %v", bad, err)
		}
	}
	replace(good)
	d.succeed()
	if err := visit(d.addr); err != nil {
		t.Error(err)
	}
	require.NoError(t, syscall.Kill(d.pid, syscall.SIGTERM))
	until(t, "the successor to go", func() bool { return gone(d.pid) })
}
