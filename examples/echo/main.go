// Command echo sends every line back: one terminator, one handler.
//
//	go run ./examples/echo
//	nc -C 127.0.0.1 7711
//
// It shows [chat.Messages], which delivers each element up to "\r\n" as a whole. A bare "\n" or
// "\r" is data.
package main

import (
	"flag"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/terminator"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7711", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	serve.Main(&chat.Server{Addr: *addr, Loops: *loops, Handler: newEcho})
}

var newEcho = chat.Messages(terminator.String("\r\n"), func(c *chat.Channel, line []byte) {
	c.Push(line)
	c.PushString("\r\n")
})
