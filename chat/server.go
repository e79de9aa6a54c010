package chat

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/core"
)

// ErrServerClosed is returned by Serve and ListenAndServe when the server was shut down or closed.
var ErrServerClosed = errors.New("chat: server closed")

// A Server accepts connections and makes a [Channel] of each. Its fields are set before it serves
// and not changed afterwards. Its methods may be called from any goroutine. But a callback on one
// of its loops must not call Serve, Shutdown or Close, which would wait for that loop: use
// BeginShutdown, or go server.Close().
type Server struct {
	// Addr is where ListenAndServe listens: "host:port", or "unix:path" for a Unix socket.
	Addr string
	// Handler makes the handler of each channel.
	Handler NewHandler
	// Loops is the number of event loops, each on a goroutine of its own; 0 means 1, EveryProcessor
	// one for each processor. With more than one loop, Handler is called on all of them, and data that
	// handlers share needs locks.
	Loops int
	// LoopOptions set up the loops that Serve makes, for example core.WithSpin, core.WithWatchdog
	// or core.WithPoller. By default they log to Logger.
	LoopOptions []core.Option
	// TLSConfig, if it is not nil, makes every channel begin with a TLS handshake; HandleConnect
	// comes after the handshake. The configuration must not be changed afterwards. Its callbacks
	// may block, as [Channel.StartTLS] says. For STARTTLS leave it nil, and call Channel.StartTLS.
	TLSConfig *tls.Config
	// ListenConfig has the settings of Listen and ListenAndServe. Its Spread distributes connections
	// over the loops; its Loops are ignored. A stale file of a Unix socket is always replaced.
	ListenConfig core.ListenConfig
	// KeepAlive says how the system probes TCP peers that are silent: see [core.ListenConfig]. The
	// zero value leaves it to ListenConfig.
	KeepAlive net.KeepAliveConfig
	// Limits are those of each channel. The zero value is a safe default.
	Limits
	// MaxConns bounds the number of open connections; 0 means 100,000, NoLimit no limit.
	MaxConns int
	// WaitAtMaxConns makes the server stop accepting at MaxConns, instead of refusing: new
	// connections wait in the backlog of the system until one is closed. OnRefuse is then called
	// only for connections over MaxConnsPerAddress.
	WaitAtMaxConns bool
	// MaxConnsPerAddress bounds the connections of one IPv4 address, or one IPv6 network of 64 bits; 0
	// means 1000, NoLimit no limit. Connections from the same host, and over Unix sockets, are not
	// counted: they may come from a proxy for many clients.
	MaxConnsPerAddress int
	// MaxTotalBuffered bounds the bytes that all channels together hold: queued output, unconsumed
	// input, elements in progress up to MaxElement, and buffers of TLS. Above it, the channel that
	// holds most is closed with ErrOverloaded. A channel that holds less than MaxTotalBuffered divided
	// by MaxConns is never closed. 0 means 1 GiB, NoLimit no limit.
	MaxTotalBuffered int64
	// MaxWorkers bounds the work of Channel.Go that runs at a time, for all channels together; more
	// work waits. In addition, the same number of TLS handshakes may wait for callbacks of their
	// configuration. 0 means 64, NoLimit no limit.
	MaxWorkers int
	// TotalReadRate and TotalWriteRate bound how fast all channels together read and write, in
	// addition to ReadRate and WriteRate of each: see [Limits]. If channels want more than the rate
	// allows, they get it in turn, across all loops. There is no limit by default. With a limit, each
	// read or write takes a lock that the loops share.
	TotalReadRate, TotalWriteRate Rate
	// OnRefuse, if it is not nil, is called for a connection over MaxConns or MaxConnsPerAddress, and
	// may push a final message, which is sent before the connection is closed. Its input is not read.
	// At most 32 refused connections are open at a time, in addition to those of MaxConns, each for a
	// second at most. Further connections are closed at once without a call. Under TLSConfig all of
	// them are.
	OnRefuse func(c *Channel)
	// ProxyFrom has the addresses of your proxies. Each of their connections must begin with a header
	// of the PROXY protocol, version 1 or 2. From other peers such a header is ordinary input, since a
	// peer could claim any address in it. The zero Prefix stands for the peers of Unix sockets. The
	// channel begins when the header was read; the header must come within FirstTimeout. The channel
	// has the addresses of the header, also for MaxConnsPerAddress. If the header has no addresses
	// (LOCAL, UNKNOWN), the channel has those of the proxy, and is not counted by address. A malformed
	// header closes the connection, with ErrProxyHeader in the log.
	ProxyFrom []netip.Prefix
	// OnAccept, if it is not nil, is called for each connection that the limits admit, before its
	// handler is made: c has its addresses, and OnAccept may set its limits. If OnAccept returns an
	// error, the connection is refused; what OnAccept has pushed is sent as under OnRefuse. The
	// reason in the log is an ErrRefused that wraps that error.
	OnAccept func(c *Channel) error
	// Tap, if it is not nil, returns the tap of each new channel, or nil. It is called before
	// OnAccept. Tap of a Writer of package transcript is such a function.
	Tap func(c *Channel) Tap
	// Logger logs errors, and, if it is enabled for slog.LevelDebug, the beginning and the end of each
	// connection; nil means slog.Default().
	Logger *slog.Logger

	mu        sync.Mutex
	servings  map[*serving]struct{}
	admission *admission
	past      past // counts of servings that have ended
	closed    bool
	crew      crew

	shared      bool // read and write have been made
	read, write *rate.SharedBucket
}

// Listen listens on s.Addr, so that the caller learns the address before Serve. The caller passes
// the listener to Serve, or closes it.
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

// Serve serves the connections of l until the server is shut down or closed, and returns
// [ErrServerClosed] when that is done and every channel has been closed. If l fails for good, the
// error is logged at once. Then its channels are ended as by Shutdown, and Serve returns the error.
// Serve closes l, and may be called for several listeners at once.
//
// On a *net.TCPListener or a *net.UnixListener the loops themselves accept. On any other listener,
// such as one that wraps these, a goroutine calls Accept, which must return sockets of package net:
// see [core.AdoptListener].
//
// A listener may provide the loops by a method Loops(n int) ([]*core.Loop, error), as that of
// package chattest does. Serve then asks for n = s.Loops loops and works as Start on them: it
// returns nil at once, and other code runs the loops.
func (s *Server) Serve(l net.Listener) error {
	if host, ok := l.(loopHost); ok {
		loops, err := host.Loops(s.loopCount())
		if err != nil {
			l.Close()
			return err
		}
		return s.Start(l, loops...)
	}
	group, err := core.NewGroup(s.loopCount(),
		append([]core.Option{core.WithLogger(s.Logger)}, s.LoopOptions...)...)
	if err != nil {
		l.Close()
		return err
	}
	v, err := s.start(l, group, true)
	if err != nil {
		group.Close()
		return err
	}
	defer s.remove(v) // when every channel has been closed
	defer group.Close()
	if err := group.Run(context.Background()); err != nil {
		return err
	}
	return v.result()
}

// Start serves the connections of l on loops that the caller runs, and returns at once. Call it on
// the goroutine that runs the loops, or before they run. The server owns l, and closes it when the
// server ends. If l fails for good, the error is logged; its channels go on. Neither Shutdown nor
// Close stops the loops.
func (s *Server) Start(l net.Listener, loops ...*core.Loop) error {
	if len(loops) == 0 {
		l.Close()
		return errors.New("chat: Server.Start: no loop")
	}
	_, err := s.start(l, core.GroupOf(loops...), false)
	return err
}

func (s *Server) start(l net.Listener, group *core.Group, own bool) (*serving, error) {
	v, err := s.listen(l, group, own)
	if err != nil {
		l.Close()
	}
	return v, err
}

func (s *Server) listen(l net.Listener, group *core.Group, own bool) (*serving, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	v := newServing(s, l, group, own)
	if !s.add(v) {
		return nil, ErrServerClosed
	}
	config := s.ListenConfig
	if s.KeepAlive != (net.KeepAliveConfig{}) {
		config.KeepAlive = s.KeepAlive
	}
	var err error
	if v.listeners, err = group.Adopt(config, l, v); err != nil {
		s.remove(v)
		return nil, withWayOut(err)
	}
	return v, nil
}

func (s *Server) add(v *serving) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.servings == nil {
		s.servings = make(map[*serving]struct{})
		s.admission = newAdmission(s)
	}
	v.admission = s.admission
	for _, st := range v.settings {
		st.perLoop.held = s.admission.held.Join(st.perLoop.loop.Post)
	}
	s.servings[v] = struct{}{}
	limit := s.MaxWorkers
	orDefault(&limit, defaultMaxWorkers)
	s.crew.setMax(limit, len(v.settings))
	return true
}

func (s *Server) remove(v *serving) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.servings, v)
	s.past.remember(v)
	for _, st := range v.settings {
		st.perLoop.held.Leave()
	}
	close(v.stopped)
}

// BeginShutdown begins to end the server gracefully, as Shutdown does, and returns at once. Use it
// if you run the loops of Start yourself, and go on running them.
func (s *Server) BeginShutdown() {
	for _, v := range s.end() {
		v.drain()
	}
}

// Shutdown ends the server gracefully, and returns nil when all channels are closed. The server
// stops accepting. Every channel finishes the element in progress and sends its output, or its
// HandleShutdown is called. If ctx is done first, Shutdown closes the remaining channels and
// returns a [*CutError]. While it waits, the loops must run.
func (s *Server) Shutdown(ctx context.Context) error {
	servings := s.end()
	for _, v := range servings {
		v.drain()
	}
	cut, late := 0, false
	for _, v := range servings {
		ended := v.wait(ctx)
		n := v.stop()
		cut += n
		late = late || !ended && (n > 0 || !v.hasEnded()) // or all ended when ctx was done
	}
	if late {
		return &CutError{Channels: cut, Err: context.Cause(ctx)}
	}
	return nil
}

// Close ends the server at once: all channels are closed with [ErrShutdown], and their queued
// output is dropped. Close returns nil when all channels are closed. Channels on loops of Start are
// closed when their loop runs. A server that was closed or shut down cannot serve again.
func (s *Server) Close() error {
	for _, v := range s.end() {
		v.stop()
	}
	return nil
}

// end lets nothing new begin and returns what is running.
func (s *Server) end() []*serving {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var servings []*serving
	for v := range s.servings {
		servings = append(servings, v)
	}
	return servings
}
