package main

import (
	"context"
	"runtime"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

var (
	spin time.Duration
	lock bool
)

// serveLoop is examples/echo on a loop that it has made itself.
func serveLoop(addr string) error {
	loop, err := core.New(core.WithSpin(spin))
	if err != nil {
		return err
	}
	s := &chat.Server{Addr: addr, Handler: chat.Messages(crlf, echoLine)}
	l, err := s.Listen()
	if err != nil {
		return err
	}
	if err := s.Start(l, loop); err != nil {
		return err
	}
	if lock {
		loop.Post(runtime.LockOSThread) // which runs on the loop's goroutine
	}
	return loop.Run(context.Background())
}

func echoLine(c *chat.Channel, line []byte) {
	c.Push(line)
	c.PushString("\r\n")
}
