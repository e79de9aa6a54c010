//go:build unix

package examples

import (
	"bufio"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A handler that computes for a second keeps nobody waiting but its own client: on a goroutine
// whatever it does, as a coroutine because it has put that into AwaitFor.
func TestThreadsDoNotWait(t *testing.T) {
	for _, args := range []string{"", "-inline", "-coroutines"} {
		s := start(t, "threads", strings.Fields(args)...)
		tries := 0
		for tries < 5 && !quickIsFirst(t, s) { // it may have no luck on a busy machine
			tries++
		}
		if tries == 5 {
			t.Errorf("%q: the slow answer came first, five times", args)
		}
	}
}

// quickIsFirst reports whether a client had its answers before another had one that takes a second.
func quickIsFirst(t *testing.T, s *server) (first bool) {
	t.Helper()
	slow, quick := s.dial(t), s.dial(t)
	defer slow.Close()
	defer quick.Close()
	answered := make(chan string, 1)
	fmt.Fprint(slow, "2000000\r\n")
	go func() {
		line, _ := bufio.NewReader(slow).ReadString('\n')
		answered <- line
	}()
	r := bufio.NewReader(quick)
	for n := range 20 {
		fmt.Fprintf(quick, "%d\r\n", n)
		line, err := r.ReadString('\n')
		if !strings.HasSuffix(line, fmt.Sprintf(" primes below %d\r\n", n)) {
			t.Fatalf("%q, %v", line, err)
		}
	}
	first = len(answered) == 0
	if got, want := <-answered, "148933 primes below 2000000\r\n"; got != want {
		t.Errorf("the slow answer is %q, want %q", got, want)
	}
	return first
}

func TestThreadsManyClients(t *testing.T) {
	s := start(t, "threads", "-loops", "2")
	var wg sync.WaitGroup
	for i := range 200 {
		c := s.dial(t)
		wg.Go(func() {
			r := bufio.NewReader(c)
			for range 20 {
				fmt.Fprintf(c, "%d\n", i%3)
				if line, err := r.ReadString('\n'); line != fmt.Sprintf("0 primes below %d\r\n", i%3) {
					t.Errorf("client %d: %q, %v", i, line, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
