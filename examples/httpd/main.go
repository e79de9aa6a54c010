// Command httpd serves the files of a folder over HTTP: the job of asynchat's oldest programs, in four states and three
// terminators. A request line and each header end at "\r\n", a body ends after its Content-Length, and a file of any size goes
// out through a producer, 64 KiB at a time.
//
//	go run ./examples/httpd
//	curl -i http://127.0.0.1:8080/
//	curl -r 0-99 http://127.0.0.1:8080/LICENSE
//	curl -d 'hello there' http://127.0.0.1:8080/echo
//
// or type it:
//
//	nc -C 127.0.0.1 8080
//	HEAD /LICENSE HTTP/1.0
//
// Read session.go first: it is the protocol. request.go and ranges.go are pure functions, files.go and listing.go find
// what was asked for, reply.go and stream.go send it. Files are read on the loop, as asynchat did: from a local disk that is
// fast; a folder on a network drive that hangs makes all connections of its loop wait.
//
// A client that is slow with its request is answered 408, one that does not take its answer is cut off, and one over -max-conns gets a 503: see
// the flags, and docs/security.md. On SIGTERM the requests in progress are answered, on SIGUSR2 a successor takes over: see package serve.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/serve"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	folder := flag.String("root", ".", "the folder to serve")
	loops := flag.Int("loops", 1, "number of event loops")
	logged := flag.Bool("log", false, "write an access log to standard error")
	faults := flag.Bool("faults", false, "write to standard error why connections ended that did not end as they should")
	srv := &chat.Server{}
	flag.IntVar(&srv.MaxConns, "max-conns", chat.DefaultMaxConns, "connections at a time")
	flag.DurationVar(&srv.FirstTimeout, "first-timeout", chat.DefaultFirstTimeout, "for the first request line")
	flag.DurationVar(&srv.ElementTimeout, "request-timeout", chat.DefaultElementTimeout, "for a whole request, and a second more for each KiB of it")
	flag.DurationVar(&srv.IdleTimeout, "idle-timeout", keepAlive, "between two requests")
	flag.DurationVar(&srv.StallTimeout, "stall-timeout", chat.DefaultStallTimeout, "for a client that takes nothing of its answer")
	flag.Parse()

	root, err := os.OpenRoot(*folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s := &site{root: root}
	if *logged {
		s.log = os.Stderr
	}
	if *faults {
		s.faults = os.Stderr
	}
	srv.Addr, srv.Loops, srv.Handler = *addr, *loops, s.newSession
	srv.OnRefuse = tooMany
	serve.Main(srv)
}

// keepAlive is shorter than the default of package chat: a client of HTTP loses nothing but time by connecting anew.
const keepAlive = time.Minute

// tooMany answers a client over the limit, whose request is not read.
func tooMany(c *chat.Channel) {
	h := head{code: 503, more: "Retry-After: 10\r\n"}
	c.Push(h.append(nil, 0, false, c.Loop().Now()))
}
