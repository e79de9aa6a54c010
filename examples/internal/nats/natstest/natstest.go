// Package natstest has a NATS server in memory, for tests on the simulated kernel. It knows what
// package nats says, and no wildcards.
package natstest

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// A Server is used by the goroutine that turns its loop.
type Server struct {
	Token   string // that clients have to show; empty: none
	clients []*client
	server  *chat.Server
}

type client struct {
	*chat.Channel
	chat.Collector
	server  *Server
	known   bool
	subs    map[string]string // numbers by subjects
	subject string            // of the payload that is coming; empty: a line is
}

// Serve serves on a listener of the loop's kernel.
func (s *Server) Serve(l net.Listener, loop *core.Loop) error {
	s.server = &chat.Server{Handler: s.newClient,
		Limits: chat.Limits{FirstTimeout: chat.NoLimit, IdleTimeout: chat.NoLimit, MaxOutput: 8 << 20}}
	return s.server.Start(l, loop)
}

// Kill ends the server as a crash does: what its clients have not read is lost, and so is what it
// has not read. It is called on its loop.
func (s *Server) Kill() {
	for _, c := range s.clients {
		c.Abort()
	}
	s.server.Close()
}

func (s *Server) newClient(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.String("\r\n"))
	return &client{Channel: c, server: s, subs: map[string]string{}}
}

func (c *client) HandleConnect() {
	c.server.clients = append(c.server.clients, c)
	fmt.Fprintf(c, "INFO {\"server_id\":\"test\",\"max_payload\":1048576,\"auth_required\":%t}\r\n",
		c.server.Token != "")
}

func (c *client) HandleClose(error) {
	c.server.clients = slices.DeleteFunc(c.server.clients, func(other *client) bool {
		return other == c
	})
}

func (c *client) FoundTerminator() {
	data := c.Take()
	if c.subject != "" {
		c.server.deliver(c, data)
		c.subject = ""
		c.SetTerminator(terminator.String("\r\n"))
		return
	}
	verb, rest, _ := strings.Cut(string(data), " ")
	words := strings.Fields(rest)
	switch {
	case verb == "CONNECT":
		c.connect(rest)
	case !c.known:
		c.refuse("Authorization Violation")
	case verb == "PING":
		c.PushString("PONG\r\n")
	case verb == "PONG":
	case verb == "SUB" && len(words) == 2:
		c.subs[words[0]] = words[1]
	case verb == "PUB" && len(words) == 2:
		n, err := terminator.ParseLength(words[1], 1<<20)
		if err != nil {
			c.refuse("Maximum Payload Violation")
			return
		}
		c.subject = words[0]
		c.SetTerminator(terminator.Length(n + 2))
	default:
		c.refuse("Unknown Protocol Operation")
	}
}

func (c *client) connect(options string) {
	var o struct {
		Token string `json:"auth_token"`
		Echo  bool   `json:"echo"`
	}
	if json.Unmarshal([]byte(options), &o) != nil || o.Echo || o.Token != c.server.Token {
		c.refuse("Authorization Violation")
		return
	}
	c.known = true
}

func (c *client) refuse(why string) {
	c.PushString("-ERR '" + why + "'\r\n")
	c.CloseWhenDone()
}

// deliver passes a payload, line end and all, on to all but its sender.
func (s *Server) deliver(from *client, payload []byte) {
	for _, c := range s.clients {
		if number, ok := c.subs[from.subject]; ok && c != from {
			fmt.Fprintf(c, "MSG %s %s %d\r\n%s", from.subject, number, len(payload)-2, payload)
		}
	}
}
