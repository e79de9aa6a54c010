// Command httpd serves the files of a folder over HTTP: the job of asynchat's oldest programs, in
// four states and three terminators. A request line and each header end at "\r\n", a body ends
// after its Content-Length, and a file of any size goes out through a producer, 64 KiB at a time,
// compressed for clients that accept this. Some paths have handlers instead of files: a form, and
// with -status a page of the server's own counters.
//
//	go run ./examples/httpd -status
//	curl -i http://127.0.0.1:8080/
//	curl -r 0-99 http://127.0.0.1:8080/LICENSE
//	curl -d 'hello there' http://127.0.0.1:8080/echo
//	curl -d name=you http://127.0.0.1:8080/-/hello
//	curl -s --compressed -o /dev/null -w '%{size_download}\n' http://127.0.0.1:8080/LICENSE
//
// or type it:
//
//	nc -C 127.0.0.1 8080
//	HEAD /LICENSE HTTP/1.0
//
// The protocol is package web, in chat: read its session.go first. files.go, ranges.go and
// listing.go find what was asked for, gzip.go compresses it, hello.go has handlers. Files are read
// on the loop, as in asynchat. This is fast on a local disk, but a hanging network drive makes all
// connections of the loop wait.
//
// A client that sends its request too slowly gets a 408, a client that does not read its answer is
// disconnected, and a client over -max-conns gets a 503: see the flags, and docs/security.md. On
// SIGTERM the requests in progress are answered, on SIGHUP a successor takes over: see package
// serve.
package main

import (
	"flag"
	"os"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/chat/web"
	"github.com/go-asynchat/asynchat/chat/web/status"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	folder := flag.String("root", ".", "the folder to serve")
	loops := flag.Int("loops", 1, "number of event loops")
	logged := flag.Bool("log", false, "write an access log to standard error")
	faults := flag.Bool("faults", false,
		"write to standard error why connections ended that did not end as they should")
	zipped := flag.Bool("gzip", true, "compress texts for clients that take gzip")
	counters := flag.Bool("status", false, "show the server's counters to everybody, at /-/status")
	srv := &chat.Server{}
	flag.IntVar(&srv.MaxConns, "max-conns", 100_000, "connections at a time")
	flag.DurationVar(&srv.FirstTimeout, "first-timeout", chat.DefaultLimits().FirstTimeout,
		"for the first request line")
	flag.DurationVar(&srv.ElementTimeout, "request-timeout", chat.DefaultLimits().ElementTimeout,
		"for a whole request, and a second more for each KiB of it")
	flag.DurationVar(&srv.IdleTimeout, "idle-timeout", web.Limits().IdleTimeout,
		"between two requests")
	flag.DurationVar(&srv.StallTimeout, "stall-timeout", chat.DefaultLimits().StallTimeout,
		"for a client that takes nothing of its answer")
	serve.Parse()

	root, err := os.OpenRoot(*folder)
	if err != nil {
		serve.Fatal(err)
	}
	s := newSite(root)
	s.gzip = *zipped
	if *counters {
		s.Handle("/-/status", status.Handler(srv))
	}
	if *logged {
		s.Log = os.Stderr
	}
	if *faults {
		s.Errors = os.Stderr
	}
	srv.Addr, srv.Loops, srv.Handler = *addr, *loops, s.NewSession
	srv.OnRefuse = web.TooMany
	serve.Main(srv)
}

// newSite is what is served: the files, and what needs a handler.
func newSite(root *os.Root) *site {
	s := &site{root: root, gzip: true}
	s.Default = s.serve
	s.Get("/-/hello", hello)
	s.Post("/-/hello", hello)
	s.Post("/echo", echo)
	return s
}
