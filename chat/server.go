package chat

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// ErrServerClosed is returned by Serve and ListenAndServe when the server was shut down or closed.
var ErrServerClosed = errors.New("chat: server closed")

// A Server accepts connections and makes a [Channel] of each. Its fields are set before it serves and not changed afterwards.
// Its methods may be called from any goroutine.
type Server struct {
	// Addr is where ListenAndServe listens: "host:port", or "unix:path" for a Unix socket.
	Addr string
	// Handler makes the handler of each channel.
	Handler NewHandler
	// Loops is the number of event loops, each on a goroutine of its own; 0 means 1. With more than one, Handler is called on
	// all of them, and what handlers share needs locks.
	Loops int
	// ListenConfig says how Listen and ListenAndServe listen, and, by its Spread, how connections are shared out between the loops. The
	// file of a Unix socket on which nobody listens any more is always replaced. Its Loops do not count.
	ListenConfig core.ListenConfig
	// MaxElement bounds an element between delimiters, in bytes; 0 means DefaultMaxElement, NoLimit none.
	MaxElement int64
	// MaxOutput is how many bytes may be queued before a peer counts as too slow; 0 means DefaultMaxOutput, NoLimit none.
	MaxOutput int
	// Linger is how long a closed channel waits for its peer to close too; 0 means DefaultLinger, NoLimit does not wait.
	Linger time.Duration
	// Logger takes what goes wrong; nil means slog.Default().
	Logger *slog.Logger

	mu       sync.Mutex
	services map[*service]struct{}
	closed   bool
}

// Listen listens on s.Addr, for who wants to know the address before it is served.
func (s *Server) Listen() (net.Listener, error) {
	config := s.ListenConfig
	config.ReplaceStale = true
	if path, ok := strings.CutPrefix(s.Addr, "unix:"); ok {
		return config.Open("unix", path)
	}
	return config.Open("tcp", s.Addr)
}

// ListenAndServe listens on s.Addr and calls Serve.
func (s *Server) ListenAndServe() error {
	l, err := s.Listen()
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// Serve serves the connections of l until the server is shut down or closed, and returns [ErrServerClosed] when that is done
// and every channel has been closed. l must have a descriptor, as the listeners of package net have; Serve closes it. It
// may be called for several listeners at once.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	if s.Handler == nil {
		return errors.New("chat: Server.Handler is nil")
	}
	group, err := core.NewGroup(s.Loops, core.WithLogger(s.Logger))
	if err != nil {
		return err
	}
	v := newService(s, group)
	if !s.add(v) {
		group.Close()
		return ErrServerClosed
	}
	defer s.remove(v)
	defer group.Close()
	if v.listeners, err = group.Adopt(s.ListenConfig, l, v); err != nil {
		return err
	}
	if err := group.Run(context.Background()); err != nil {
		return err
	}
	return ErrServerClosed
}

func (s *Server) add(v *service) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.services == nil {
		s.services = make(map[*service]struct{})
	}
	s.services[v] = struct{}{}
	return true
}

func (s *Server) remove(v *service) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.services, v)
	close(v.stopped)
}

// Shutdown ends the server gracefully: it stops accepting, lets every channel finish the element in progress and send its
// output, or do what its HandleShutdown says, and returns nil when all are closed. If ctx is done before, it closes those that
// remain and returns the cause.
func (s *Server) Shutdown(ctx context.Context) error {
	services := s.end()
	for _, v := range services {
		v.drain()
	}
	var err error
	for _, v := range services {
		select {
		case <-v.quiet:
		case <-v.stopped: // it failed by itself
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		v.group.Stop()
		<-v.stopped
	}
	return err
}

// Close ends the server at once: all channels are closed, what they have queued is dropped.
func (s *Server) Close() error {
	for _, v := range s.end() {
		v.group.Stop()
		<-v.stopped
	}
	return nil
}

// end lets nothing new begin and returns what is running.
func (s *Server) end() []*service {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var services []*service
	for v := range s.services {
		services = append(services, v)
	}
	return services
}
