// Package serve runs the example servers: it says where they listen, ends them on a signal, and
// lets a successor take their place.
//
// # Signals
//
// On SIGINT and SIGTERM a server stops accepting, answers what it has read, and ends with status 0,
// at the latest after ten seconds.
//
// On SIGUSR2 it starts its own program anew, with the same arguments, and hands it the sockets on
// which it listens. When the successor says that it is ready, the old process ends as above; until
// then, and if the successor fails, it goes on. The sockets are open all the time, in one process
// or both, so no client is refused. To bring a new version into service, put it in the place of the
// old file and send the signal:
//
//	kill -USR2 PID
//
// A process that is started with sockets, as by systemd (LISTEN_FDS), serves those, and -addr does
// not count. There may be several: of a port with SO_REUSEPORT, one for each. They must all be
// handed over: a connection that waits at one of them is lost when that is closed.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// grace is how long requests in flight may take when the server is told to end.
const grace = 10 * time.Second

// Main serves on srv.Addr, or on the sockets that the process was started with, until SIGINT or
// SIGTERM, or until a successor has taken over. It prints "listening on HOST:PORT" to standard
// error when it is ready, and ends the process: with status 0 after a graceful shutdown, else 1.
func Main(srv *chat.Server) {
	if err := run(srv); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(srv *chat.Server) error {
	// Before the line is printed: who waits for it may send the signal at once. And to the end: a
	// second one just before that would be the status.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	listeners, err := listen(srv)
	if err != nil {
		return err
	}
	setClocks(&srv.Limits)
	handedOver := onTakeOver(listeners)
	fmt.Fprintln(os.Stderr, "listening on", listeners[0].Addr())
	ready()
	ended := make(chan error, 1)
	go func() {
		select {
		case <-ctx.Done():
		case <-handedOver:
		}
		limited, cancel := context.WithTimeout(context.Background(), Clock(grace))
		defer cancel()
		ended <- srv.Shutdown(limited)
	}()
	served := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { served <- srv.Serve(l) }()
	}
	for range listeners {
		if err := <-served; !errors.Is(err, chat.ErrServerClosed) {
			return err
		}
	}
	return <-ended
}

// listen returns the listeners that the process was started with, or one of its own.
func listen(srv *chat.Server) ([]net.Listener, error) {
	if inherited, err := inherited(); err != nil || len(inherited) > 0 {
		return inherited, err
	}
	l, err := srv.Listen()
	return []net.Listener{l}, err
}
