// Command telnet joins standard input and output to a server: it sends your input line by line, and
// shows the output of the server.
//
//	go run ./examples/telnet 127.0.0.1 7711
//	go run ./examples/telnet 127.0.0.1 7711 <file
//
// It shows three channels on one loop, two of which are not sockets: core.Adopt takes a terminal, a
// pipe or a file, as asyncore's file_dispatcher did. Lines are sent with "\r\n", whatever line end
// your input has. The end of your input ends only that direction; the program ends when the server
// has ended its output. It knows none of Telnet's options.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

func main() {
	flag.Usage = func() { fmt.Fprintln(os.Stderr, "usage: telnet HOST PORT") }
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(net.JoinHostPort(flag.Arg(0), flag.Arg(1))); err != nil {
		fmt.Fprintln(os.Stderr, "telnet:", err)
		os.Exit(1)
	}
}

func run(addr string) error {
	// A signal must not end the process as it is: closing the loop gives the terminal back as it was.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	loop, err := core.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	s := &session{loop: loop}
	if err := s.open(addr); err != nil {
		return err
	}
	if err := loop.Run(ctx); err != nil {
		return err
	}
	return s.err
}

// A session is the three channels.
type session struct {
	loop                     *core.Loop
	keyboard, screen, server *chat.Channel
	err                      error
}

func (s *session) open(addr string) error {
	in, err := core.Adopt(s.loop, os.Stdin)
	if err != nil {
		return err
	}
	s.keyboard = chat.NewChannel(in, func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Line())
		limits := c.Limits().WithoutTimeouts()
		limits.MaxElement = chat.NoLimit // a line is passed on while it comes
		c.SetLimits(limits)
		return &keyboard{s}
	})
	out, err := core.Adopt(s.loop, os.Stdout)
	if err != nil {
		return err
	}
	s.screen = chat.NewChannel(out, func(c *chat.Channel) chat.Handler {
		c.PauseReading() // if it is a terminal, what is typed is the keyboard's
		c.SetLimits(c.Limits().WithoutTimeouts())
		return &screen{s}
	})
	s.server, err = chat.Dial(s.loop, "tcp", addr, func(c *chat.Channel) chat.Handler {
		limits := c.Limits()
		limits.HighWater = chat.NoLimit // it says what it likes while we do
		c.SetLimits(limits)
		return &server{s}
	})
	return err
}

// end ends the session, when what the server has said is shown.
func (s *session) end(err error) {
	if s.err == nil {
		s.err = err
	}
	s.screen.CloseWhenDone()
}

// More than this for one channel, and the one from which it comes is not read.
const maxQueued = 64 << 10

// pass hands data on. Where it is not taken, no more of it is read.
func pass(data []byte, from, to *chat.Channel) {
	to.Push(data)
	if to.Queued() > maxQueued {
		from.PauseReading()
	}
}

type keyboard struct{ *session }

func (k *keyboard) CollectIncomingData(data []byte) { pass(data, k.keyboard, k.server) }
func (k *keyboard) FoundTerminator()                { pass([]byte("\r\n"), k.keyboard, k.server) }
func (k *keyboard) HandleEOF()                      { k.server.CloseWrite() }

func (k *keyboard) HandleClose(err error) {
	if err != nil {
		k.end(fmt.Errorf("standard input: %w", err))
	}
}

type server struct{ *session }

func (v *server) CollectIncomingData(data []byte) { pass(data, v.server, v.screen) }
func (v *server) FoundTerminator()                {}
func (v *server) HandleDrained()                  { v.keyboard.ResumeReading() }
func (v *server) HandleEOF()                      { v.end(nil) }
func (v *server) HandleClose(err error)           { v.end(err) }

type screen struct{ *session }

func (w *screen) CollectIncomingData([]byte) {}
func (w *screen) FoundTerminator()           {}
func (w *screen) HandleDrained()             { w.server.ResumeReading() }

func (w *screen) HandleClose(err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("standard output: %w", err)
	}
	w.loop.Stop()
}
