//go:build unix && !aix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// work serves on the listener that the master has handed over, until it is told to end. A client
// that says nothing for the length of patience must not hold that up.
func work(ctx context.Context, patience time.Duration) error {
	// It is meant for the master, and a terminal that is closed sends it to all.
	signal.Ignore(syscall.SIGHUP)
	files, err := core.Inherited()
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return errors.New("a worker is started by its master")
	}
	l, err := net.FileListener(files[0])
	files[0].Close()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		io.Copy(io.Discard, os.Stdin) // the master holds the other end, and says nothing
		cancel()                      // it has gone, however that happened
	}()
	server := &chat.Server{Handler: newSession}
	server.FirstTimeout, server.IdleTimeout = patience, patience
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.Background(), 2*patience)
		defer cancel()
		ended <- server.Shutdown(limited)
	}()
	fmt.Println("ready")
	if err := server.Serve(l); !errors.Is(err, chat.ErrServerClosed) {
		return err
	}
	return <-ended
}

// A session says who serves, and answers one line.
type session struct {
	*chat.Channel
	chat.Collector
}

func newSession(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.Line())
	fmt.Fprintf(c, "worker %d, who is there?\r\n", os.Getpid())
	return &session{Channel: c}
}

func (s *session) FoundTerminator() {
	fmt.Fprintf(s, "hello %s\r\n", s.Take())
	s.CloseWhenDone()
}

// HandleShutdown lets the client have its answer, whether it has asked already or not: it was let
// in.
func (s *session) HandleShutdown() {}
