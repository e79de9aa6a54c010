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
// Read session.go first: it is the protocol. request.go, ranges.go and number.go are pure functions, files.go and listing.go find
// what was asked for, reply.go and stream.go send it. Files are read on the loop, as asynchat did: from a local disk that is
// fast; a folder on a network drive that hangs makes all connections of its loop wait.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/serve"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	folder := flag.String("root", ".", "the folder to serve")
	loops := flag.Int("loops", 1, "number of event loops")
	logged := flag.Bool("log", false, "write an access log to standard error")
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
	serve.Main(&chat.Server{Addr: *addr, Loops: *loops, Handler: s.newSession})
}
