package main

import (
	"bytes"
	"context"
	"net"

	"github.com/go-asynchat/asynchat/chat"
)

// The servers of this file do a piece of work for each line before they echo it. The work itself is
// next to nothing, so what they cost is the way there and back.

// compute is the work. It returns the answer.
//
//go:noinline
func compute(line []byte) []byte { return line }

func serveWork(addr string) error {
	return listen(addr, chat.Messages(crlf, func(c *chat.Channel, line []byte) {
		echoLine(c, compute(line))
	}))
}

func serveGo(addr string) error {
	return listen(addr, chat.Messages(crlf, func(c *chat.Channel, line []byte) {
		line = bytes.Clone(line)
		c.Go(func() func() {
			answer := compute(line)
			return func() { echoLine(c, answer) }
		})
	}))
}

func serveDo(addr string) error {
	return listen(addr, chat.Messages(crlf, func(c *chat.Channel, line []byte) {
		line = bytes.Clone(line)
		chat.Do(c, func(context.Context) ([]byte, error) { return compute(line), nil },
			func(answer []byte, _ error) { echoLine(c, answer) })
	}))
}

func serveAwait(addr string) error { return listen(addr, chat.Converse(talkWork)) }

// talkWork is converse with work, for which it waits.
func talkWork(v *chat.Conversation) error {
	for {
		line, err := v.ReadUntil(crlf)
		if err != nil {
			return err
		}
		var answer []byte
		if err := v.Await(func() { answer = compute(line) }); err != nil {
			return err
		}
		v.Write(answer)
		if _, err := v.WriteString("\r\n"); err != nil {
			return err
		}
	}
}

// serveThreadedWork does the work where it stands, as Threaded is for.
func serveThreadedWork(addr string) error {
	return listen(addr, chat.Threaded(func(v *chat.Conversation) error {
		for {
			line, err := v.ReadUntil(crlf)
			if err != nil {
				return err
			}
			v.Write(compute(line))
			if _, err := v.WriteString("\r\n"); err != nil {
				return err
			}
		}
	}))
}

func serveNetWork(addr string) error {
	return each(addr, func(conn net.Conn) func() { return func() { echo(conn, compute) } })
}
