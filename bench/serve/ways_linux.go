package main

import "github.com/go-asynchat/asynchat/chat"

// The servers of this file are the echo in the ways to write a protocol.

func serveLines(addr string) error { return listen(addr, chat.Lines(echoLine)) }

func serveMessages(addr string) error { return listen(addr, chat.Messages(crlf, echoLine)) }

// An echoer is the handler with a buffer of its own.
type echoer struct {
	*chat.Channel
	line []byte
}

func (e *echoer) CollectIncomingData(data []byte) { e.line = append(e.line, data...) }

func (e *echoer) FoundTerminator() {
	echoLine(e.Channel, e.line)
	e.line = e.line[:0]
}

func serveHandler(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		c.SetTerminator(crlf)
		return &echoer{Channel: c}
	})
}

// An asker asks for one line after the other.
type asker struct {
	chat.Reads
	next func([]byte)
}

func (a *asker) line(line []byte) {
	echoLine(a.Channel, line)
	a.Line(a.next)
}

func serveReads(addr string) error {
	return listen(addr, func(c *chat.Channel) chat.Handler {
		a := &asker{Reads: chat.Reads{Channel: c}}
		a.next = a.line
		a.Line(a.next)
		return a
	})
}

// A state is what a session knows of its connection: next to nothing.
type state struct {
	*chat.Channel
	lines int
}

func serveSession(addr string) error {
	return listen(addr, chat.Session(crlf,
		func(c *chat.Channel) *state { return &state{Channel: c} },
		func(s *state, line []byte) {
			s.lines++
			echoLine(s.Channel, line)
		}))
}
