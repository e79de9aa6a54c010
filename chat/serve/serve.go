// Package serve has the main function of a server program. It prints the listening addresses, ends
// the program gracefully on a signal, and starts a successor that takes over.
//
//	func main() {
//		addr := flag.String("addr", "127.0.0.1:7711", "where to listen")
//		serve.Parse()
//		serve.Main(&chat.Server{Addr: *addr, Handler: newSession})
//	}
//
// # Signals
//
// On SIGINT and SIGTERM a program stops accepting, answers the requests that it has read, and ends
// with status 0, at the latest after [Program.Grace]. A second such signal ends it at once.
//
// On SIGHUP and SIGUSR2 it starts its own executable again, with the same arguments, and passes its
// listening sockets to the new process. When the successor reports that it is ready, the old
// process ends as on SIGTERM. Until then, and if the successor fails, the old process goes on. The
// sockets are always open in at least one process, so no client is refused. To deploy a new
// version, replace the executable and send the signal. To make the program reread files that it
// reads at its start, just send the signal:
//
//	kill -HUP PID
//
// A closed terminal sends SIGHUP too: then the program ends as on SIGTERM.
//
// # Systemd
//
// A process that is started with sockets (socket activation, LISTEN_FDS) serves these sockets, and
// ignores the addresses of its servers. If there are several servers, they get the sockets in
// order. A socket whose name is a number (FileDescriptorName=) belongs to the server with that
// index, from 0. A single server takes any number of sockets, for example one socket per loop on a
// port with SO_REUSEPORT.
//
// A service of Type=notify or Type=notify-reload is notified when the program is ready, when a
// successor is the main process, and when it ends. NotifyAccess=all is needed for a successor.
package serve

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// DefaultGrace is how long requests in progress may take when a program ends.
const DefaultGrace = 10 * time.Second

// A Program has the servers and settings of one process.
type Program struct {
	// Servers each listen on their Addr. There must be one at least.
	Servers []*chat.Server
	// Grace is how long requests in progress may take when the program ends; 0 means DefaultGrace.
	// Remaining channels are then closed, and Run returns the *chat.CutError.
	Grace time.Duration
	// Log gets the status lines; nil means standard error.
	Log io.Writer
}

// Main serves until a signal ends the program, or a successor has taken over. Then it returns. When
// all servers listen, Main prints "listening on ADDRESS" to standard error, with one address for
// each of them. Main parses the flags if they were not parsed yet. Arguments that are not flags end
// the process with status 2. Other errors are printed, and end the process with status 1.
func Main(servers ...*chat.Server) {
	Parse()
	if err := (&Program{Servers: servers}).Run(context.Background()); err != nil {
		Fatal(err)
	}
}

// Parse works as flag.Parse, for a program that takes only flags. Any other argument ends the
// process with status 2, because an argument that is ignored, as in "httpd ./public", would mislead
// the user.
func Parse() {
	if !flag.Parsed() {
		flag.Parse()
	}
	if flag.NArg() > 0 {
		fmt.Fprintf(flag.CommandLine.Output(), "%s: %q is not a flag\n", name(), flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
}

// Fatal prints the error with the name of the program to standard error, and ends the process with
// status 1.
func Fatal(err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", name(), err)
	os.Exit(1)
}

func name() string { return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") }

var errNoServer = errors.New("serve: no server")

// Run serves until a signal, a successor or the end of ctx ends it. It returns nil after a graceful
// end, and otherwise the error. Unlike [Main] it does not end the process. If one server ends by
// itself, the others go on. If one server fails, all end. Run may be called only once in a process,
// because signals and inherited sockets belong to the whole process.
func (p *Program) Run(ctx context.Context) error {
	if len(p.Servers) == 0 {
		return errNoServer
	}
	// Before the line is printed: who waits for it may send the signal at once.
	signals := listenToSignals()
	listeners, err := listen(p.Servers)
	if err != nil {
		return err
	}
	served := p.serve(listeners)
	fmt.Fprintln(p.log(), "listening on", addresses(listeners))
	ready()
	handedOver := p.replace(signals, listeners)
	for range cap(served) {
		select {
		case err := <-served:
			if errors.Is(err, chat.ErrServerClosed) {
				continue
			}
			return errors.Join(err, p.end(signals))
		case <-handedOver:
			return p.end(signals)
		case <-ctx.Done():
		case <-signals.end:
		}
		notify("STOPPING=1")
		return p.end(signals)
	}
	return nil
}

// serve serves all listeners, and returns where each tells its end.
func (p *Program) serve(listeners [][]net.Listener) chan error {
	count := 0
	for _, of := range listeners {
		count += len(of)
	}
	served := make(chan error, count)
	for i, of := range listeners {
		if adjust != nil {
			adjust(p.Servers[i])
		}
		for _, l := range of {
			go func() { served <- p.Servers[i].Serve(l) }()
		}
	}
	return served
}

// adjust changes a server before it starts, in the tests of programs.
var adjust func(*chat.Server)

var (
	errGrace  = errors.New("the time for it was over")
	errSecond = errors.New("a second signal came")
)

// end shuts all servers down at the same time.
func (p *Program) end(signals signals) error {
	grace := p.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	ctx, cut := context.WithCancelCause(context.Background())
	defer cut(nil)
	timer := time.AfterFunc(grace, func() { cut(errGrace) })
	defer timer.Stop()
	ended := make(chan error, len(p.Servers))
	for _, s := range p.Servers {
		go func() { ended <- s.Shutdown(ctx) }()
	}
	var errs []error
	for len(errs) < len(p.Servers) {
		select {
		case err := <-ended:
			errs = append(errs, err)
		case <-signals.end:
			cut(errSecond)
		}
	}
	return errors.Join(errs...)
}

func (p *Program) log() io.Writer {
	if p.Log != nil {
		return p.Log
	}
	return os.Stderr
}
