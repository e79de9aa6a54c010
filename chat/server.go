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
// and not changed afterwards. Its methods may be called from any goroutine, but Serve, Shutdown and
// Close not from a callback on one of its loops, for which they wait: there is BeginShutdown, or go
// server.Close().
type Server struct {
	// Addr is where ListenAndServe listens: "host:port", or "unix:path" for a Unix socket.
	Addr string
	// Handler makes the handler of each channel.
	Handler NewHandler
	// Loops is the number of event loops, each on a goroutine of its own; 0 means 1, EveryProcessor
	// one for each processor. With more than one, Handler is called on all of them, and what
	// handlers share needs locks.
	Loops int
	// LoopOptions set up the loops that Serve makes: core.WithSpin, core.WithWatchdog,
	// core.WithPoller. By default they log to Logger.
	LoopOptions []core.Option
	// TLSConfig, if it is not nil, has every channel begin with a TLS handshake; HandleConnect comes
	// after it. It must not be changed afterwards. Its callbacks may block, as [Channel.StartTLS]
	// says. For STARTTLS leave it nil, and call Channel.StartTLS.
	TLSConfig *tls.Config
	// ListenConfig says how Listen and ListenAndServe listen, and, by its Spread, how connections are
	// shared out between the loops. The file of a Unix socket on which nobody listens any more is
	// always replaced. Its Loops do not count.
	ListenConfig core.ListenConfig
	// KeepAlive says how the system probes TCP peers that are silent: see [core.ListenConfig]. The
	// zero value leaves it to ListenConfig.
	KeepAlive net.KeepAliveConfig
	// Limits are those of each channel. The zero value is a safe default.
	Limits
	// MaxConns bounds the connections that are open at a time; 0 means 100,000, NoLimit none.
	MaxConns int
	// WaitAtMaxConns makes the server stop accepting at MaxConns, instead of refusing: new
	// connections wait in the backlog of the system until one is closed. OnRefuse is then called
	// only for connections over MaxConnsPerAddress.
	WaitAtMaxConns bool
	// MaxConnsPerAddress bounds those of one IPv4 address, or one IPv6 network of 64 bits; 0 means
	// 1000, NoLimit none. Those from this host, and from Unix sockets, are not
	// counted: they may come from a proxy that stands for many.
	MaxConnsPerAddress int
	// MaxTotalBuffered bounds the bytes that all channels together hold: output that is queued, input
	// that is not consumed, elements in progress as far as MaxElement allows them, and what TLS keeps.
	// Over it, the channel that holds most is closed with ErrOverloaded; one with less than the mean,
	// MaxTotalBuffered by MaxConns, never is. 0 means 1 GiB, NoLimit none.
	MaxTotalBuffered int64
	// MaxWorkers bounds the work of Channel.Go that runs at a time, for all channels together; more
	// work waits. As many TLS handshakes may, in addition, wait for callbacks of their configuration.
	// 0 means 64, NoLimit none.
	MaxWorkers int
	// TotalReadRate and TotalWriteRate bound how fast all channels together read and write, in
	// addition to ReadRate and WriteRate of each: see [Limits]. If channels want more than there is,
	// they get it in turn, on whatever loop they are. There is no limit by default; with one, a read
	// or write costs a lock that the loops share.
	TotalReadRate, TotalWriteRate Rate
	// OnRefuse, if it is not nil, is called for a connection over MaxConns or MaxConnsPerAddress, and
	// may push a final message, which is sent before the connection is closed. It sees no input. At
	// most 32 refused connections are open at a time, in addition to those of MaxConns, each for a
	// second at most. The others are closed at once without a call, and so are all under TLSConfig.
	OnRefuse func(c *Channel)
	// ProxyFrom are the addresses of proxies whose connections begin with a header of the PROXY
	// protocol, version 1 or 2: they must, and nobody else may, since whoever sends one chooses its
	// address. The zero Prefix stands for the peers of Unix sockets. The channel begins when the
	// header was read, for which FirstTimeout counts. Its addresses are those of the header, also for
	// MaxConnsPerAddress; if the header has none (LOCAL, UNKNOWN), they are those of the proxy, which
	// is not counted then. A malformed header closes the connection, with ErrProxyHeader in the log.
	ProxyFrom []netip.Prefix
	// OnAccept, if it is not nil, is called for each connection that the limits admit, before its
	// handler is made: c has its addresses, and may get limits of its own. If it returns an error, the
	// connection is refused; what OnAccept has pushed is sent, as that of OnRefuse. The reason in the
	// log is an ErrRefused that wraps that error.
	OnAccept func(c *Channel) error
	// Tap, if it is not nil, is asked for the tap of each new channel, before OnAccept; nil is none.
	// Tap of a Writer of package transcript is such a function.
	Tap func(c *Channel) Tap
	// Logger takes what goes wrong, and, if it is enabled for slog.LevelDebug, the beginning and the
	// end of each connection; nil means slog.Default().
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

// Listen listens on s.Addr, so that the caller learns the address before Serve. The listener is the
// caller's to pass to Serve, or to close.
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
// [ErrServerClosed] when that is done and every channel has been closed. If l fails for good, its
// channels are ended as by Shutdown, and Serve returns the error when that is done; the log has it
// at once. Serve closes l, and may be called for several listeners at once.
//
// Of a *net.TCPListener or a *net.UnixListener the loops accept themselves. Any other listener,
// such as one that wraps these, has its Accept called, on a goroutine, and must return sockets of
// package net: see [core.AdoptListener].
//
// A listener may bring the loops, by a method Loops(n int) ([]*core.Loop, error), as that of
// package chattest does. Then Serve is Start on n = s.Loops of them: it returns nil at once, and
// the loops are run elsewhere.
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

// Start serves the connections of l on loops that are the caller's to run, and returns at once;
// Serve is Start on loops of its own, with a goroutine for each. It is called on the goroutine that
// runs the loops, or before they run. l is the server's, which closes it when it ends. If l fails
// for good, the log has it; its channels go on. Neither Shutdown nor Close stops the loops.
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

// BeginShutdown is the first half of Shutdown: it begins to end the server gracefully and returns
// at once. A caller that runs the loops of Start itself calls it, and goes on running them.
func (s *Server) BeginShutdown() {
	for _, v := range s.end() {
		v.drain()
	}
}

// Shutdown ends the server gracefully: it stops accepting, lets every channel finish the element in
// progress and send its output, or do what its HandleShutdown says, and returns nil when all are
// closed. If ctx is done before, it closes those that remain and returns a [*CutError]. While it
// waits, the loops must run.
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

// Close ends the server at once: all channels are closed with [ErrShutdown], what they have queued
// is dropped. It returns nil when that is done; those on loops of Start are closed when the loop
// comes to it. A server that was closed or shut down cannot serve again.
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
