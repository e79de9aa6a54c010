// Package nats is a client of NATS (https://nats.io): it publishes messages and subscribes to
// subjects, over one connection to one server, and connects again whenever the connection breaks.
// It is core NATS, at most once: messages that are published while the connection is down, or are
// on their way when it breaks, are lost. A program that must not lose messages numbers them.
//
// The protocol consists of lines, and of payloads whose length a line gives: see protocol.go. All
// of it runs on one event loop, without a goroutine or a lock.
package nats

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

const (
	firstRetry   = 100 * time.Millisecond // after the first failure; doubled with each
	lastRetry    = 5 * time.Second        // and never more than that
	pingInterval = 10 * time.Second       // a server that owes us two answers is taken for dead
	dialTimeout  = 5 * time.Second
	linger       = time.Second // for a server that does not close its end
	// Bytes that the server has not taken; above that the connection is given up.
	maxQueued = 4 << 20
)

var (
	// ErrDown is returned by methods that need a connection while there is none.
	ErrDown = errors.New("nats: not connected")
	// ErrSubject is returned for a subject that is empty or has blanks or control characters in it.
	ErrSubject = errors.New("nats: malformed subject")
	// ErrTooLarge is returned for a payload above the limit of the server.
	ErrTooLarge = errors.New("nats: payload too large")
)

// A Client keeps a connection to a server. Its fields are set before Start, and all its methods
// called on its loop, where its functions are called too.
type Client struct {
	Loop   *core.Loop
	Server Server
	// Name is what the server shows of the client in its statistics.
	Name string
	// OnUp is called each time that the connection has been made and the server knows the
	// subscriptions.
	OnUp func()
	// OnDown is called with the reason when the connection has broken, and after each failed attempt
	// to connect.
	OnDown func(err error)

	redial *chat.Redial
	conn   *conn // nil between two attempts
	subs   []*subscription
	up     bool
	closed bool
	done   func() // of Close
}

type subscription struct {
	subject string
	f       func(payload []byte)
}

// Subscribe calls f with each message of the subject, in which * stands for one word and > at the
// end for one or more. f owns the payload. Call Subscribe before Start.
func (c *Client) Subscribe(subject string, f func(payload []byte)) {
	c.subs = append(c.subs, &subscription{subject, f})
}

// Start begins to connect, and connects again until Close.
func (c *Client) Start() {
	if c.closed {
		return
	}
	dialer := chat.Dialer{Timeout: dialTimeout,
		Limits: chat.Limits{MaxOutput: maxQueued, Linger: linger}}
	var err error
	c.redial, err = dialer.Retry(context.Background(), c.Loop, "tcp", c.Server.Addr,
		chat.Backoff{First: firstRetry, Most: lastRetry}, c.newConn)
	if err != nil && c.OnDown != nil {
		c.OnDown(err) // the address is malformed: there is nothing to try again
	}
}

// Up reports whether the connection is made, as far as we know.
func (c *Client) Up() bool { return c.up }

// Publish sends a message. It is copied. Our own subscriptions do not get it.
func (c *Client) Publish(subject string, payload []byte) error {
	switch {
	case !c.Up():
		return ErrDown
	case subject == "" ||
		strings.ContainsFunc(subject, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return ErrSubject
	case len(payload) > c.conn.maxPayload:
		return ErrTooLarge
	}
	if err := c.conn.PushLine("PUB", subject, strconv.Itoa(len(payload))); err != nil {
		return err
	}
	c.conn.Push(payload)
	return c.conn.PushString("\r\n")
}

// Close ends the client after all published messages were sent. done, if it is not nil, is called
// then.
func (c *Client) Close(done func()) {
	if done == nil {
		done = func() {}
	}
	c.closed, c.done = true, done
	if c.redial != nil {
		c.redial.Stop()
	}
	if c.conn == nil {
		done()
	} else {
		c.conn.CloseWhenDone()
	}
}

func (c *Client) isUp() {
	c.up = true
	if c.OnUp != nil {
		c.OnUp()
	}
}

// down is called at the end of each connection or attempt.
func (c *Client) down(err error) {
	c.conn, c.up = nil, false
	if c.closed {
		c.done()
		return
	}
	if c.OnDown != nil {
		c.OnDown(err)
	}
}
