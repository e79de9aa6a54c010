//go:build unix

package chat_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// Work of many channels on real goroutines: no more at a time than there are workers, each answer
// to its request, in order.
func TestWorkOnSockets(t *testing.T) {
	const workers, clients, requests = 3, 20, 30
	var begun, running, most atomic.Int64
	var all sync.WaitGroup // the first works wait for each other: so many do run at a time
	all.Add(workers)
	s := &chat.Server{Loops: 2, MaxWorkers: workers,
		Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			question := string(line)
			c.Go(func() func() {
				n := running.Add(1)
				defer running.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				if begun.Add(1) <= workers {
					all.Done()
					all.Wait()
				}
				return func() { c.PushLine("re", question) }
			})
		})}
	addr, ended := serve(t, s, "tcp", "127.0.0.1:0")
	var wg sync.WaitGroup
	for i := range clients {
		conn := dial(t, addr)
		wg.Go(func() {
			for j := range requests {
				fmt.Fprintf(conn, "%d %d\r\n", i, j)
			}
			for r, j := bufio.NewReader(conn), 0; j < requests; j++ {
				expectLine(t, r, fmt.Sprintf("re %d %d", i, j))
			}
			conn.Close()
		})
	}
	wg.Wait()
	if n := most.Load(); n != workers {
		t.Errorf("%d works ran at a time, want %d", n, workers)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown = %v", err)
	}
	expectEnded(t, ended)
}

// A shutdown whose time is over does not wait for work that never ends.
func TestShutdownIsCutInWork(t *testing.T) {
	begun, end := make(chan bool), make(chan bool)
	s := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.Go(func() func() {
			begun <- true
			<-end
			return func() { t.Error("done runs on a loop that was closed") }
		})
	})}
	addr, ended := serve(t, s, "tcp", "127.0.0.1:0")
	fmt.Fprint(dial(t, addr), "go\r\n")
	<-begun
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	var cut *chat.CutError
	if err := s.Shutdown(ctx); !errors.As(err, &cut) || cut.Channels != 1 {
		t.Errorf("Shutdown = %v, want one channel to be cut", err)
	}
	expectEnded(t, ended)
	close(end)
}

// A shutdown in time waits, and the answer is sent.
func TestShutdownWaitsForWorkOnSockets(t *testing.T) {
	begun, end := make(chan bool), make(chan bool)
	s := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.Go(func() func() {
			begun <- true
			<-end
			return func() { c.PushString("done") }
		})
	})}
	addr, _ := serve(t, s, "tcp", "127.0.0.1:0")
	conn := dial(t, addr)
	fmt.Fprint(conn, "go\r\n")
	<-begun
	s.BeginShutdown()
	down := make(chan error)
	go func() { down <- s.Shutdown(context.Background()) }()
	close(end)
	if got, err := io.ReadAll(conn); string(got) != "done" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	conn.Close()
	if err := <-down; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
}
