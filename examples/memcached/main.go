// Command memcached is a cache in memory, which drops the least recently used items, and talks the
// classic text protocol of memcached 1.6.
//
//	go run ./examples/memcached -m 64
//	memccp --servers=127.0.0.1:11311 README.md
//	memccat --servers=127.0.0.1:11311 README.md
//
// or type it:
//
//	nc -C 127.0.0.1 11311
//	set greeting 0 60 5
//	hello
//	get greeting
//	stats
//	quit
//
// It shows answers that may be large: a get of a hundred keys can be a hundred megabytes, and costs
// the memory of one item at a time. See reply.go: an answer that is too large for one push comes
// from a producer, and the next command waits until it was sent.
//
// Read session.go first: how a line and its data become a command. commands.go has the table of all
// commands, storage.go those that bring data. cache.go keeps the items, and knows nothing of the
// protocol.
//
// Like memcached it trusts every client that can reach it: it has no password. Do not let it listen
// on a public network.
package main

import (
	"flag"
	"fmt"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:11311", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	megabytes := flag.Int64("m", 64, "memory for items, in megabytes")
	serve.Parse()
	if *megabytes < 8 || *megabytes > 1<<20 {
		serve.Fatal(fmt.Errorf("-m %d is not from 8 to 2^20", *megabytes))
	}
	server := newSite(*megabytes<<20, time.Now).server()
	server.Addr, server.Loops = *addr, *loops
	serve.Main(server)
}

const maxClients = 1024

// A site is what all sessions share.
type site struct {
	cache   *cache
	counts  counts
	started time.Time
	// The bytes of a line with keys to get before the first of them are got. There are clients that do
	// not read before they have sent all, so it is not less than data may have.
	maxKeys int
}

func newSite(memory int64, now func() time.Time) *site {
	return &site{cache: newCache(memory, now), started: now(), maxKeys: maxItem}
}

func (s *site) server() *chat.Server {
	server := &chat.Server{Handler: s.newSession, MaxConns: maxClients,
		MaxConnsPerAddress: chat.NoLimit}
	server.FirstTimeout = time.Minute // somebody may be typing
	server.IdleTimeout = chat.NoLimit // a pool keeps connections for when they are needed
	// It would take data on its way into the cache for kept by channels.
	server.MaxTotalBuffered = chat.NoLimit
	server.OnRefuse = func(c *chat.Channel) { c.PushString("ERROR Too many open connections\r\n") }
	return server
}
