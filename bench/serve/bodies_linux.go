package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// The servers of this file take "put N", behind which come N bytes, and answer "ok", or answer
// "get N" with N bytes.

const maxBody = 4 << 20

var (
	secure bool
	body   = bytes.Repeat([]byte("0123456789abcdef"), maxBody/16)
)

// order reads a line.
func order(line string) (put bool, n int64, err error) {
	verb, digits, _ := strings.Cut(line, " ")
	n, err = terminator.ParseLength(digits, maxBody)
	return verb == "put", n, err
}

// A porter takes bodies as they come, and keeps nothing of them.
type porter struct {
	*chat.Channel
	line []byte
	left int64 // of a body
}

func (p *porter) CollectIncomingData(data []byte) {
	if p.left > 0 {
		p.left -= int64(len(data))
		return
	}
	p.line = append(p.line, data...)
}

func (p *porter) FoundTerminator() {
	if len(p.line) == 0 { // a body has ended
		p.SetTerminator(crlf)
		p.PushString("ok\r\n")
		return
	}
	put, n, err := order(string(p.line))
	p.line = p.line[:0]
	switch {
	case err != nil:
		p.Close()
	case put:
		p.left = n
		p.SetTerminator(terminator.Length(n))
	default:
		p.PushProducer(fifo.Bytes(body[:n]))
	}
}

func serveBodies(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &porter{Channel: c}
	})
}

func serveBodiesConversation(addr string) error {
	return listen(addr, chat.Converse(func(v *chat.Conversation) error {
		buf := make([]byte, 16<<10)
		for {
			line, err := v.ReadUntil(crlf)
			if err != nil {
				return err
			}
			put, n, err := order(string(line))
			if err != nil {
				return err
			}
			answer := body[:n]
			if put {
				answer = []byte("ok\r\n")
				for ; n > 0 && err == nil; n -= int64(len(line)) {
					line = buf[:min(n, int64(len(buf)))]
					_, err = v.ReadFull(line)
				}
			}
			if err == nil {
				_, err = v.Write(answer)
			}
			if err != nil {
				return err
			}
		}
	}))
}

func serveBodiesNet(addr string) error {
	c, err := config()
	if err != nil {
		return err
	}
	return each(addr, func(conn net.Conn) func() {
		if secure {
			conn = tls.Server(conn, c)
		}
		return func() { bodies(conn) }
	})
}

func bodies(conn net.Conn) {
	defer conn.Close()
	for r := bufio.NewReaderSize(conn, 16<<10); ; {
		line, err := readLine(r)
		if err != nil {
			return
		}
		put, n, err := order(strings.TrimSuffix(string(line), "\r\n"))
		if err != nil {
			return
		}
		answer := body[:n]
		if put {
			answer = []byte("ok\r\n")
			_, err = io.CopyN(io.Discard, r, n)
		}
		if err == nil {
			_, err = conn.Write(answer)
		}
		if err != nil {
			return
		}
	}
}
