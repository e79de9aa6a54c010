// Command chatroom has rooms in which people talk: at terminals, in browsers, and on any number of
// machines, which NATS connects.
//
//	go run ./examples/chatroom
//	nc 127.0.0.1 7716
//	kong
//	hello, is anybody there?
//	/help
//
// It shows how sessions on different loops share data. All shared data is in house.go, under one
// lock. [chat.Broadcast] sends an event to a whole room, with one shared copy, and under the lock,
// so that all members get the same events in the same order. A member that does not read is
// disconnected, and the room goes on. Read event.go first, then room.go and house.go, then
// session.go and commands.go, which are the protocol.
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
//   - Users of one process get each other's messages at once, each message once and in the same
//     order, with or without NATS.
//   - A message of one process reaches all other processes once, and in the order of its process,
//     if both reach NATS again while the sender still keeps the message. A process keeps the last
//     4096 events of its users, and at most 1 MiB. Older events are lost, and the users get a
//     notice.
//   - A process that is silent for ten minutes, or starts later, gets the list of users and all
//     later messages, but no earlier ones.
//   - A message by /msg to another process is refused while there is no link, and otherwise is
//     delivered like a message in a room. All processes can read it: their operators must trust
//     each other.
//   - Users of different processes have no common order: two messages at the same time may come in
//     a different order in each process.
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
