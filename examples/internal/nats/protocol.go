package nats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine    = 64 << 10 // bytes of a line: INFO lists the servers of a cluster
	maxPayload = 1 << 20  // bytes of a message that comes
)

// A conn is one connection. The server begins with INFO; we answer with CONNECT, the subscriptions,
// and PING, and when that is answered by PONG, the server knows us and them. A message comes as a
// line MSG with the length of its payload, and then that and a line end.
type conn struct {
	*chat.Channel
	chat.Collector
	client     *Client
	message    *subscription // of the payload that is coming; nil: a line is
	maxPayload int           // that the server takes
	greeted    bool          // by INFO
	unanswered int           // PINGs
	pings      *core.Timer
}

func (c *Client) newConn(ch *chat.Channel) chat.Handler {
	c.conn = &conn{Channel: ch, client: c}
	c.conn.nextLine()
	return c.conn
}

func (c *conn) nextLine() {
	c.message = nil
	c.SetMaxElement(maxLine, false)
	c.SetTerminator(terminator.String("\r\n"))
}

// HandleConnect starts the clock for a server that says nothing, too.
func (c *conn) HandleConnect() { c.pings = c.client.Loop.Every(pingInterval, c.beat) }

func (c *conn) beat() {
	if c.unanswered == 2 || !c.greeted {
		c.fail(errors.New("the server does not answer"))
		return
	}
	c.ping()
}

func (c *conn) ping() {
	c.unanswered++
	c.PushString("PING\r\n")
}

func (c *conn) FoundTerminator() {
	data := c.Take()
	if c.message == nil {
		commands.Call(c, data)
		return
	}
	payload, ok := bytes.CutSuffix(data, []byte("\r\n"))
	if !ok {
		c.fail(errors.New("a message does not end where it should"))
		return
	}
	f := c.message.f
	c.nextLine()
	f(payload)
}

// commands are what servers say.
var commands = chat.Commands[*conn]{
	Verbs: map[string]chat.Command[*conn]{
		"INFO": {Run: (*conn).info, Min: 1, Max: 1, Rest: true},
		"MSG":  {Run: (*conn).msg, Min: 3, Max: 4},
		"PING": {Run: func(c *conn, _ [][]byte) { c.PushString("PONG\r\n") }},
		"PONG": {Run: (*conn).pong},
		"+OK":  {Run: func(*conn, [][]byte) {}},
		"-ERR": {Run: func(c *conn, args [][]byte) {
			c.fail(fmt.Errorf("the server says %+.100q", bytes.Join(args, nil)))
		}, Max: 1, Rest: true},
	},
	Bad: func(c *conn, verb []byte, _ error) {
		c.fail(fmt.Errorf("the server says %+.100q, which makes no sense", verb))
	},
}

// info is called at the beginning, and whenever something changes with the server.
func (c *conn) info(args [][]byte) {
	var info struct {
		MaxPayload  int  `json:"max_payload"`
		TLSRequired bool `json:"tls_required"`
	}
	if err := json.Unmarshal(args[0], &info); err != nil {
		c.fail(fmt.Errorf("INFO: %w", err))
		return
	}
	c.maxPayload = info.MaxPayload
	if c.greeted {
		return
	}
	if info.TLSRequired {
		c.fail(errors.New("the server wants TLS, which this client does not speak"))
		return
	}
	c.greeted = true
	c.connect()
}

func (c *conn) connect() {
	s := c.client.Server
	options, err := json.Marshal(map[string]any{
		"verbose": false, "pedantic": false, "echo": false, "protocol": 1, "lang": "go", "version": "1",
		"name": c.client.Name, "auth_token": s.Token, "user": s.User, "pass": s.Password,
	})
	if err != nil {
		panic(err) // there are no values but strings and such
	}
	c.PushLine("CONNECT", string(options))
	for i, sub := range c.client.subs {
		c.PushLine("SUB", sub.subject, strconv.Itoa(i))
	}
	c.ping()
}

// pong is first the answer to the PING behind CONNECT.
func (c *conn) pong([][]byte) {
	c.unanswered = max(0, c.unanswered-1)
	if c.greeted && !c.client.Up() {
		c.client.isUp()
	}
}

// msg is "MSG subject number [reply-to] length".
func (c *conn) msg(args [][]byte) {
	subs := c.client.subs
	number, err := terminator.ParseLength(args[1], int64(len(subs))-1)
	if err != nil {
		c.fail(errors.New("a message comes for no subscription"))
		return
	}
	length, err := terminator.ParseLength(args[len(args)-1], maxPayload)
	if err != nil {
		c.fail(fmt.Errorf("a message has the length %+.100q", args[len(args)-1]))
		return
	}
	c.message = subs[number]
	c.SetTerminator(terminator.Length(length + 2))
}

// fail ends the connection. The next attempt comes when the server has closed its end too, or
// linger has passed.
func (c *conn) fail(err error) {
	c.CloseWhenDone()
	c.lost(fmt.Errorf("nats: %w", err))
}

func (c *conn) HandleClose(err error) {
	if err == nil || err == io.EOF {
		err = errors.New("nats: the connection has ended")
	}
	c.lost(err)
}

func (c *conn) lost(err error) {
	if c.pings != nil {
		c.pings.Stop()
	}
	if c.client.conn == c {
		c.client.down(err)
	}
}
