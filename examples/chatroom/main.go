// Command chatroom is rooms in which people talk.
//
//	go run ./examples/chatroom
//	nc 127.0.0.1 7716
//	kong
//	hello, is anybody there?
//	/help
package main

import (
	"flag"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/serve"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7716", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	history := flag.Int("history", 20, "messages of a room that newcomers are told")
	flag.Parse()
	h := newHouse(*history)
	server := &chat.Server{Addr: *addr, Loops: *loops, Handler: h.newSession, Limits: limits, MaxConns: maxUsers + 100}
	server.OnRefuse = func(c *chat.Channel) { c.PushString("-- too many connections\r\n") }
	serve.Main(server)
}
