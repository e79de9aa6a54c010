//go:build unix && !aix

package examples

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A load is a crowd of clients that come, ask, and go, all the time. Whatever goes wrong for one of
// them is a failure, unless excused.
type load struct {
	addr string
	stop chan struct{}
	wg   sync.WaitGroup

	mu       sync.Mutex
	progress *sync.Cond
	served   map[int]int // by the worker that did
	total    int
	failed   []failure
}

type failure struct {
	worker  int // that had greeted; 0: none
	dialled bool
	began   time.Time
	err     error
}

func (f failure) String() string {
	return fmt.Sprintf("at %v, connected: %t, greeted by %d: %v", f.began.Format(time.StampMilli),
		f.dialled, f.worker, f.err)
}

func startLoad(t *testing.T, addr string, clients int) *load {
	l := &load{addr: addr, stop: make(chan struct{}), served: map[int]int{}}
	l.progress = sync.NewCond(&l.mu)
	for i := range clients {
		l.wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				default:
				}
				l.note(l.ask(fmt.Sprintf("client %d, time %d", i, n)))
			}
		})
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) end() {
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.wg.Wait()
}

var greeting = regexp.MustCompile(`^worker (\d+), who is there\?\r\n$`)

// ask is one visit.
func (l *load) ask(name string) failure {
	f := failure{began: time.Now()}
	c, err := net.Dial("tcp", l.addr)
	if err != nil {
		f.err = err
		return f
	}
	defer c.Close()
	f.dialled = true
	c.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	if m := greeting.FindStringSubmatch(line); m != nil {
		f.worker, _ = strconv.Atoi(m[1])
	} else {
		f.err = fmt.Errorf("instead of the greeting: %q, %v", line, err)
		return f
	}
	fmt.Fprintf(c, "%s\n", name)
	if rest, err := io.ReadAll(r); string(rest) != "hello "+name+"\r\n" || err != nil {
		f.err = fmt.Errorf("instead of the answer: %q, %v", rest, err)
	}
	return f
}

func (l *load) note(f failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.err != nil {
		l.failed = append(l.failed, f)
	} else {
		l.served[f.worker]++
		l.total++
	}
	l.progress.Broadcast()
}

// more waits until n more visits have gone well.
func (l *load) more(n int) {
	late := time.AfterFunc(patience, l.progress.Broadcast)
	defer late.Stop()
	end := time.Now().Add(patience)
	l.mu.Lock()
	defer l.mu.Unlock()
	for goal := l.total + n; l.total < goal && time.Now().Before(end); {
		l.progress.Wait()
	}
}

// await reads what the server logs up to a line that the pattern fits, and returns its groups.
func (s *server) await(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	timer := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer timer.Stop()
	for {
		line, err := s.stderr.ReadString('\n')
		require.NoError(t, err, "no line like %q", pattern)
		if m := re.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			return m
		}
	}
}

// hup has all workers replaced, and returns the new ones.
func (s *server) hup(t *testing.T, workers int) (pids []int) {
	t.Helper()
	s.cmd.Process.Signal(syscall.SIGHUP)
	for range workers {
		pid, _ := strconv.Atoi(s.await(t, `worker (\d+) replaces worker \d+`)[1])
		pids = append(pids, pid)
	}
	return pids
}

// Workers are replaced and killed while clients come and go: nobody is refused or cut off but by
// the one that is killed.
func TestPreforkUnderLoad(t *testing.T) {
	t.Parallel()
	const workers = 3
	s := start(t, "prefork", "-workers", strconv.Itoa(workers), "-patience", "1h")
	l := startLoad(t, s.addr, 20)
	l.more(scaled(2000))
	for range scaled(50) {
		s.hup(t, workers)
		l.more(scaled(1000))
	}
	l.mu.Lock()
	for _, f := range l.failed {
		t.Errorf("by SIGHUP: %v", f)
	}
	if want := workers * scaled(50); len(l.served) < want {
		t.Errorf("%d workers have served, want more than %d", len(l.served), want)
	}
	l.failed = nil
	l.mu.Unlock()
	for range max(2, scaled(5)) { // more of them would be a worker that crashes all the time, and wait
		victim := s.hup(t, workers)[0]
		l.more(scaled(1000))
		require.NoError(t, syscall.Kill(victim, syscall.SIGKILL))
		s.await(t, fmt.Sprintf("worker %d has ended: signal: killed", victim))
		dead := time.Now()
		s.await(t, fmt.Sprintf("worker [0-9]+ replaces worker %d$", victim))
		l.more(scaled(1000))
		l.mu.Lock()
		for _, f := range l.failed {
			if !f.dialled || f.began.After(dead) || f.worker != victim && f.worker != 0 {
				t.Errorf("by the death of worker %d: %v", victim, f)
			}
		}
		t.Logf("worker %d took %d clients with it", victim, len(l.failed))
		l.failed = nil
		l.mu.Unlock()
	}
	l.end()
	for _, f := range l.failed {
		t.Errorf("in the end: %v", f)
	}
	t.Logf("%d visits to %d workers", l.total, len(l.served))
	if _, err := s.stop(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v, want status 0", err)
	}
}

// Who is connected when the signal comes is served.
func TestPreforkEndsGracefully(t *testing.T) {
	s := start(t, "prefork", "-workers", "2", "-patience", "1h")
	var clients []net.Conn
	var readers []*bufio.Reader
	for i := range 10 {
		c := s.dial(t)
		r := bufio.NewReader(c)
		if line, err := r.ReadString('\n'); !greeting.MatchString(line) {
			t.Fatalf("client %d is greeted %q, %v", i, line, err)
		}
		clients, readers = append(clients, c), append(readers, r)
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.untilRefused(t)
	for i, c := range clients {
		fmt.Fprintf(c, "%d\n", i)
		if got, err := io.ReadAll(readers[i]); string(got) != fmt.Sprintf("hello %d\r\n", i) ||
			err != nil {
			t.Errorf("client %d: %q, %v", i, got, err)
		}
		c.Close()
	}
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q; want status 0, nothing", err, rest)
	}
}

// untilRefused waits until nobody listens any more.
func (s *server) untilRefused(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return
		}
		c.Close()
	}
	t.Fatal("somebody still listens")
}

// Workers whose master has gone, however, do not go on by themselves.
func TestPreforkOfDeadMaster(t *testing.T) {
	s := start(t, "prefork", "-workers", "3", "-patience", "1h")
	if f := (&load{addr: s.addr}).ask("somebody"); f.err != nil {
		t.Error(f.err)
	}
	s.cmd.Process.Kill()
	s.untilRefused(t)
}

// A program that does not start any more is no reason to end those that run.
func TestPreforkOfBrokenProgram(t *testing.T) {
	program, err := os.ReadFile(filepath.Join(binaries, "prefork"))
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "prefork")
	require.NoError(t, os.WriteFile(name, program, 0o755))
	s := startCommand(t, command(t, nil, name, "-addr", "127.0.0.1:0", "-workers", "2",
		"-patience", "1h"))
	l := &load{addr: s.addr}
	require.NoError(t, l.ask("one").err)
	require.NoError(t, os.WriteFile(name+".new", []byte("#!/bin/sh\nexit 3\n"), 0o755))
	require.NoError(t, os.Rename(name+".new", name))
	s.cmd.Process.Signal(syscall.SIGHUP)
	for range 2 {
		s.await(t, `worker \d+ stays: its successor has ended: exit status 3`)
	}
	if f := l.ask("two"); f.err != nil {
		t.Error(f.err)
	}
	require.NoError(t, os.WriteFile(name+".new", program, 0o755))
	require.NoError(t, os.Rename(name+".new", name))
	s.hup(t, 2)
	if f := l.ask("three"); f.err != nil {
		t.Error(f.err)
	}
	rest, err := s.stop(syscall.SIGTERM)
	if err != nil || strings.Contains(rest, "ended") {
		t.Errorf("ended with %v, standard error %q; want status 0", err, rest)
	}
}
