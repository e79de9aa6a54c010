package main

import (
	"bufio"
	"io"
	"net"
	"net/textproto"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// The servers of this file take texts that end with a dot on a line of its own, the whole of each
// in memory, and answer each with a line.

const taken = "250 taken\r\n"

var dot = terminator.Dot(terminator.RejectBare)

func serveMail(addr string) error {
	return listen(addr, chat.Messages(dot, func(c *chat.Channel, _ []byte) { c.PushString(taken) }))
}

func serveMailConversation(addr string) error {
	return listen(addr, chat.Converse(func(v *chat.Conversation) error {
		for {
			if _, err := v.ReadUntil(dot); err != nil {
				return err
			}
			if _, err := v.WriteString(taken); err != nil {
				return err
			}
		}
	}))
}

func serveMailNet(addr string) error {
	return each(addr, func(conn net.Conn) func() {
		return func() {
			defer conn.Close()
			for r := textproto.NewReader(bufio.NewReaderSize(conn, 16<<10)); ; {
				if _, err := io.ReadAll(r.DotReader()); err != nil {
					return
				}
				if _, err := io.WriteString(conn, taken); err != nil {
					return
				}
			}
		}
	})
}
