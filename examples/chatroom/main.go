// Command chatroom is rooms in which people talk: at terminals, in browsers, and on as many
// machines as NATS joins.
//
//	go run ./examples/chatroom
//	nc 127.0.0.1 7716
//	kong
//	hello, is anybody there?
//	/help
//
// It shows what people have in common who are on different loops. All of it is in one house,
// house.go, under one lock; an event reaches a whole room by [chat.Broadcast], which copies it for
// nobody, and under the lock, so that all hear the same in the same order. Who does not read is put
// out, and the room goes on. Read event.go first, then room.go and house.go, then session.go and
// commands.go, which are the protocol.
//
// # In a browser
//
//	go run ./examples/chatroom -web 127.0.0.1:8016
//
// and open http://127.0.0.1:8016/?nick=ann in it. The people there and those at terminals are in
// the same rooms: web.go, and the folder page.
//
// # On several machines
//
//	nats-server &
//	go run ./examples/chatroom -nats nats://127.0.0.1:4222 -node paris &
//	go run ./examples/chatroom -nats nats://127.0.0.1:4222 -node rome -addr 127.0.0.1:7717 &
//
// The rooms are now the same in all processes, and ann of paris is ann@paris elsewhere, also for
// /msg. NATS is spoken by a client on a loop of its own, examples/internal/nats, which is what to
// read about [chat.Dialer]; link.go and peer.go join the processes by it. What they promise:
//
//   - Users of one process hear each other at once, and everything once and in one order, whether
//     NATS is there or not.
//   - What is said in a process is heard in all others once, and in the order of that process, if
//     both reach NATS again before the process has forgotten it. Of its users' events it keeps the
//     last 4096, and not more than 1 MiB. Those that are older by then are lost, and the users are
//     told so.
//   - A process that is not heard for ten minutes, or started later, hears what happens from then
//     on, and who is there. What was said before it does not hear.
//   - A message with /msg to another process is refused while there is no link, and otherwise comes
//     as what is said in a room does. It is seen by all processes, whose operators trust each
//     other.
//   - Between users of different processes there is no common order: two who speak at the same time
//     may be heard in this order here and in that one there.
//
// On SIGHUP a successor takes over, with both ports: see package serve.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/chat/web"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/examples/internal/nats"
)

func main() {
	log.SetFlags(0)
	id := newID()
	addr := flag.String("addr", "127.0.0.1:7716", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	history := flag.Int("history", 20, "`messages` of a room that newcomers are told, up to 1000")
	natsURL := flag.String("nats", "",
		"join the rooms of other processes by this server: nats://[token@]host[:port]")
	node := flag.String("node", "n"+id[:4], "the `name` of this process, for the users of others")
	page := flag.String("web", "", "`address` of a page for browsers")
	serve.Parse()
	h := newHouse(max(0, min(*history, 1000)))
	leave := func() {}
	if *natsURL != "" {
		var err error
		if leave, err = joinOthers(h, *natsURL, id, *node); err != nil {
			serve.Fatal(err)
		}
	}
	server := &chat.Server{Addr: *addr, Loops: *loops, Handler: h.newSession, Limits: limits,
		MaxConns: maxUsers + 100}
	server.OnRefuse = func(c *chat.Channel) { c.PushString("-- too many connections\r\n") }
	servers := []*chat.Server{server}
	if *page != "" {
		servers = append(servers, pageServer(h, *page, *loops))
	}
	serve.Main(servers...)
	leave()
}

// newID returns what tells one run of the program from all others.
func newID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// grace is how long the end of the link may take, beside that of the servers.
const grace = 2 * time.Second

// joinOthers starts the link to other processes, and returns what ends it.
func joinOthers(h *house, url, id, name string) (end func(), err error) {
	server, err := nats.ParseURL(url)
	if err != nil {
		return nil, err
	}
	if !validName(name) {
		return nil, fmt.Errorf("-node %q: %w", name, errName)
	}
	loop, err := core.New()
	if err != nil {
		return nil, err
	}
	l := newLink(h, &nats.Client{Loop: loop, Server: server}, id, name)
	loop.Post(l.start)
	go loop.Run(context.Background())
	return func() {
		closed := make(chan struct{})
		loop.Post(func() { l.close(func() { close(closed) }) })
		select {
		case <-closed:
		case <-time.After(grace):
		}
	}, nil
}

// pageServer serves the page.
func pageServer(h *house, addr string, loops int) *chat.Server {
	s := &chat.Server{Addr: addr, Loops: loops, Handler: h.pages().NewSession, Limits: web.Limits(),
		OnRefuse: web.TooMany}
	s.MaxOutput = limits.MaxOutput
	return s
}
