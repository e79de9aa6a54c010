// Command redis keeps strings in memory and talks like Redis 7: both versions of its protocol,
// inline commands, expiry, transactions, publish and subscribe. redis-cli, redis-benchmark and the
// client libraries work with it.
//
//	go run ./examples/redis
//	redis-cli -p 6380 set greeting hello ex 60
//
// or type it, which Redis allows too:
//
//	nc -C 127.0.0.1 6380
//	SET greeting "hello there"
//	GET greeting
//	QUIT
//
// It shows a protocol in which lines and lengths alternate: "$5\r\n" says that five bytes and
// "\r\n" follow, whatever they are. The session sets the terminator of each element when it has
// read the one before, and no byte of a value is ever looked at.
//
// Read session.go first: how elements become a command. commands.go has the table of all commands,
// and how one is run; strings.go, keys.go, admin.go, subscribe.go and transaction.go what they do.
// store.go keeps the values, hub.go the subscribers, on whatever loop they are. reply.go has what
// the two versions of the protocol say differently.
//
// Like Redis it trusts every client that can reach it: it has no password. Do not let it listen on
// a public network.
package main

import (
	"flag"
	"os"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:6380", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	d := newDatabase(time.Now)
	d.shutdown = endProcess
	go d.store.expireForever()
	server := d.server()
	server.Addr, server.Loops = *addr, *loops
	serve.Main(server)
}

// A database is what all sessions share.
type database struct {
	store    *store
	hub      *hub
	limits   limits
	now      func() time.Time
	started  time.Time
	clients  clients
	shutdown func() // SHUTDOWN was said
}

func newDatabase(now func() time.Time) *database {
	return &database{store: newStore(now), hub: newHub(), limits: defaultLimits, now: now,
		started: now(), shutdown: func() {}}
}

func (d *database) server() *chat.Server {
	server := &chat.Server{Handler: d.newSession, MaxConns: maxClients,
		MaxConnsPerAddress: chat.NoLimit}
	server.FirstTimeout = time.Minute // somebody may be typing
	// A subscriber has nothing to say, and a pool keeps connections for when they are needed.
	server.IdleTimeout = chat.NoLimit
	server.MaxElement = maxLine // of lines; what may follow has limits of its own
	// Of a subscriber that does not read: what Redis lets it have for a minute.
	server.MaxOutput = 8 << 20
	// It would take values on their way into the store for kept by channels.
	server.MaxTotalBuffered = chat.NoLimit
	server.OnRefuse = func(c *chat.Channel) { c.PushString("-ERR max number of clients reached\r\n") }
	return server
}

// endProcess lets SHUTDOWN do what SIGTERM does.
func endProcess() {
	if self, err := os.FindProcess(os.Getpid()); err != nil || self.Signal(syscall.SIGTERM) != nil {
		os.Exit(0) // Windows has no such signal
	}
}
