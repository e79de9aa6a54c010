// Command threads counts prime numbers, with a goroutine for each client: Python's SocketServer
// with a ThreadingMixIn.
//
//	go run ./examples/threads
//	nc 127.0.0.1 7714
//	1000000
//
// It shows [chat.Threaded]. The handler may do what would stop an event loop: compute for a second,
// wait for a lock, call a library that blocks. Everything else, accepting, reading, limits, clocks
// and the graceful end, is still done by the loop.
//
// With -coroutines the same function runs on the loop, by [chat.Converse], without a goroutine for
// each client. This is possible because it does its long work in AwaitFor. On a separate goroutine
// this is an ordinary call; on the loop, a worker does the work while the loop goes on. With
// -inline the function does not use AwaitFor. To notice the difference, type a large number in one
// window and a small one in another: with a coroutine, the second client gets its answer after the
// first. In both cases it stops counting for a client that has gone.
package main

import (
	"context"
	"flag"
	"io"
	"strconv"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/terminator"
)

const most = 10_000_000 // takes seconds

func main() {
	addr := flag.String("addr", "127.0.0.1:7714", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	coroutines := flag.Bool("coroutines", false, "run the handlers on the loop")
	inline := flag.Bool("inline", false, "compute in the handler itself")
	serve.Parse()
	h := counter{inline: *inline}.handle
	server := &chat.Server{Addr: *addr, Loops: *loops, Handler: chat.Threaded(h)}
	if *coroutines {
		server.Handler = chat.Converse(h)
	}
	server.MaxConns = 1000
	server.MaxElement = 80
	serve.Main(server)
}

type counter struct{ inline bool }

// handle serves one client, from its first line to its last.
func (c counter) handle(v *chat.Conversation) error {
	for {
		line, err := v.ReadUntil(terminator.Line()) // a line of a person
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(line)))
		if err != nil || n < 0 || n > most {
			v.Printf("a number up to %d, please\r\n", most)
			continue
		}
		count := 0
		if c.inline {
			count, _ = primesBelow(v.Context(), n)
		} else if count, err = chat.AwaitFor(v, func(ctx context.Context) (int, error) {
			return primesBelow(ctx, n)
		}); err != nil {
			return err
		}
		v.Printf("%d primes below %d\r\n", count, n)
	}
}

// primesBelow does it the slow way, by division, and stops when nobody waits for the answer.
func primesBelow(ctx context.Context, n int) (count int, err error) {
	for candidate := 2; candidate < n; candidate++ {
		if candidate%1000 == 0 && ctx.Err() != nil {
			return count, context.Cause(ctx)
		}
		if isPrime(candidate) {
			count++
		}
	}
	return count, nil
}

func isPrime(n int) bool {
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}
