// Command irc is a chat server: as much of RFC 1459 and 2812 as a client needs to meet others in
// channels.
//
//	go run ./examples/irc -loops 2
//	irssi -c 127.0.0.1 -p 6667
//	/join #go
//	hello
//
// or type it, in two windows:
//
//	nc 127.0.0.1 6667
//	NICK ada
//	USER ada 0 * :Ada Lovelace
//	JOIN #go
//	PRIVMSG #go :hello
//	QUIT
//
// It shows how sessions on several loops share data. A channel of IRC is called a room here, since
// [chat.Channel] is a connection. Its members are on all loops; [chat.Channel.Broadcast] sends them
// a message, copied once, with one Post for each other loop. One lock protects the shared data. A
// command holds the lock until all its messages are queued, so all members of a room get the same
// events in the same order.
//
// Read session.go first: how a line becomes a command, and what happens to a client that floods,
// sleeps or does not read. message.go has the format of lines, network.go the users and rooms, and
// who gets which message. The commands are in commands.go, register.go, rooms.go, modes.go, talk.go
// and presence.go; catalog.go is how an answer that may be long is sent.
//
// There are no operators of the server, no bans, no rooms by invitation, no other servers.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
)

func main() {
	n := newNetwork()
	addr := flag.String("addr", "127.0.0.1:6667", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	motd := flag.String("motd", "", "file of the message of the day")
	flag.StringVar(&n.name, "name", n.name, "name of the server")
	flag.StringVar(&n.password, "password", "", "what clients must say in PASS; empty: nothing")
	flag.DurationVar(&n.pace, "pace", n.pace,
		"a client may send a line in this time, and twenty at once; 0: as many as it likes")
	flag.DurationVar(&n.pingAfter, "ping", n.pingAfter,
		"time of silence after which a client must answer a PING, within the same time")
	serve.Parse()
	if err := n.configure(*motd); err != nil {
		serve.Fatal(err)
	}
	server := n.server()
	server.Addr, server.Loops = *addr, *loops
	serve.Main(server)
}

// configure checks what the flags have set, and reads the message of the day.
func (n *network) configure(motd string) error {
	switch {
	case !isWord(n.name) || len(n.name) > maxHost:
		return fmt.Errorf("-name %q is no name of a server", n.name)
	case n.pace < 0:
		return fmt.Errorf("-pace %v is negative", n.pace)
	case n.pingAfter < time.Second:
		return fmt.Errorf("-ping %v is less than a second", n.pingAfter)
	case motd == "":
		return nil
	}
	text, err := os.ReadFile(motd)
	if err != nil {
		return err
	}
	clean := strings.NewReplacer("\r", "", "\x00", "").Replace(string(text))
	n.motd = strings.Split(strings.TrimRight(clean, "\n"), "\n")
	return nil
}

func (n *network) server() *chat.Server {
	server := &chat.Server{Handler: n.newSession, MaxConns: 20_000, MaxConnsPerAddress: 50}
	server.FirstTimeout, server.IdleTimeout = chat.NoLimit, chat.NoLimit // a session has its own
	server.MaxOutput = maxOutput
	server.OnRefuse = func(c *chat.Channel) { c.PushString("ERROR :Too many connections\r\n") }
	return server
}
