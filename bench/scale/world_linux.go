package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	address   = "127.0.0.1:7711"
	atATime   = 64 // connections that wait to be accepted
	toAll     = "to all"
	lineBytes = 32
)

var (
	crlf = terminator.String("\r\n")
	line = append(bytes.Repeat([]byte("x"), lineBytes-2), "\r\n"...)
	news = append(bytes.Repeat([]byte("n"), lineBytes-2), "\r\n"...)
)

// A world is a loop with a server, and the other ends of its connections. All limits and timeouts
// are on. A line is sent back, the line toAll sends news to everybody.
type world struct {
	k        *simkernel.Kernel
	loop     *core.Loop
	srv      *chat.Server
	channels []*chat.Channel
	ends     []int // descriptors
	room     chat.Room
	buf      []byte
}

func newWorld(conns int) (*world, error) {
	w := &world{k: simkernel.New(), buf: make([]byte, 4096), ends: make([]int, 0, conns),
		channels: make([]*chat.Channel, 0, conns)}
	var err error
	if w.loop, err = core.New(core.WithKernel(w.k)); err != nil {
		return nil, err
	}
	l, err := w.k.NewListener("tcp", address)
	if err != nil {
		return nil, err
	}
	w.srv = &chat.Server{MaxConns: conns + 1, Handler: func(c *chat.Channel) chat.Handler {
		w.channels = append(w.channels, c)
		return chat.Messages(crlf, w.answer)(c)
	}}
	if err := w.srv.Start(l, w.loop); err != nil {
		return nil, err
	}
	for len(w.ends) < conns {
		if err := w.connect(l.Addr(), min(atATime, conns-len(w.ends))); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *world) answer(c *chat.Channel, said []byte) {
	if string(said) == toAll {
		w.room.Send(c, news)
		return
	}
	c.Push(said)
	c.PushString("\r\n")
}

// connect makes n connections, and has one line of each answered.
func (w *world) connect(to net.Addr, n int) error {
	first := len(w.ends)
	for range n {
		fd, err := w.k.Connect("tcp", nil, to)
		if err != nil {
			return err
		}
		w.ends = append(w.ends, fd)
		if _, err := w.k.Write(fd, line); err != nil {
			return err
		}
	}
	for _, fd := range w.ends[first:] {
		for tries := 0; w.k.Buffered(fd) < len(line); tries++ {
			if _, err := w.loop.Poll(0); err != nil {
				return err
			}
			if tries > 10*atATime {
				return fmt.Errorf("connection %d of %d is not answered", len(w.ends), w.loop.Len())
			}
		}
		if err := w.expect(fd, line); err != nil {
			return err
		}
	}
	return nil
}

// join makes all members of the room.
func (w *world) join() (any, error) {
	for _, c := range w.channels {
		w.room.Add(c)
	}
	return w, nil
}

var errWrong = errors.New("an answer is not what was sent")

// expect reads what has come to an end, and compares it.
func (w *world) expect(fd int, want []byte) error {
	n, err := w.k.Read(fd, w.buf)
	if err == nil && !bytes.Equal(w.buf[:n], want) {
		err = errWrong
	}
	return err
}
