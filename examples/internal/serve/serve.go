// Package serve runs the example servers: it says where they listen and ends them on a signal.
package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// grace is how long requests in flight may take when the server is told to end.
const grace = 10 * time.Second

// Main serves on srv.Addr until SIGINT or SIGTERM, prints "listening on HOST:PORT" to standard error when it is ready, and
// ends the process: with status 0 after a graceful shutdown, else 1.
func Main(srv *chat.Server) {
	if err := run(srv); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(srv *chat.Server) error {
	// Before the line is printed: who waits for it may send the signal at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := srv.Listen()
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening on", l.Addr())
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		ended <- srv.Shutdown(limited)
	}()
	if err := srv.Serve(l); !errors.Is(err, chat.ErrServerClosed) {
		return err
	}
	return <-ended
}
