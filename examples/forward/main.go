// Command forward forwards connections to another address: the port forwarder of the asyncore
// tutorials.
//
//	go run ./examples/forward -p 8000 -r example.com -P 80
//	curl -H 'Host: example.com' http://127.0.0.1:8000/
//
// It shows two channels that feed each other, and lose no bytes: input of one is pushed to the
// other. While the other does not take it, the first pauses, so that memory stays bounded. The end
// of one direction is forwarded alone, so a request that ends with a half-close (nc -N) gets its
// whole reply.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
)

const (
	maxQueued    = 64 << 10         // more than this for one side, and the other is not read
	dialTimeout  = 10 * time.Second // for the remote to answer
	flushTimeout = 10 * time.Second // for one side to take the rest, when the other has failed
	quietTime    = time.Second      // without a byte, and a connection may be closed at shutdown
)

func main() {
	log.SetFlags(0)
	localIP := option("l", "local-ip", "127.0.0.1", "`address` to listen on")
	localPort := option("p", "local-port", "8000", "`port` to listen on, 0 for a free one")
	remoteIP := option("r", "remote-ip", "", "`host` to forward to")
	remotePort := option("P", "remote-port", "80", "`port` to forward to")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	if *remoteIP == "" {
		fmt.Fprintln(os.Stderr, "usage: forward -r HOST -P PORT [-l ADDRESS] [-p PORT]")
		flag.PrintDefaults()
		os.Exit(2)
	}
	f := &forwarder{remote: net.JoinHostPort(*remoteIP, *remotePort),
		dialer: chat.Dialer{Timeout: dialTimeout}}
	serve.Main(&chat.Server{Addr: net.JoinHostPort(*localIP, *localPort), Loops: *loops,
		Handler: f.accept})
}

// option declares a flag that has two names.
func option(short, long, value, usage string) *string {
	p := flag.String(short, value, usage)
	flag.StringVar(p, long, value, "the same as -"+short)
	return p
}

// A forwarder makes a channel to the remote for each that it accepts.
type forwarder struct {
	remote string
	dialer chat.Dialer
	faults faults
}

// faults bounds what is logged: peers can break as many connections as they like.
type faults struct {
	mu     sync.Mutex
	last   time.Time
	missed int // since then
}

// print logs an error, at most one a second, with the number of those left out.
func (f *faults) print(now time.Time, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch since := now.Sub(f.last); {
	case since >= 0 && since < time.Second:
		f.missed++
		return
	case f.missed > 0:
		log.Printf("%v (and %d more)", err, f.missed)
	default:
		log.Print(err)
	}
	f.last, f.missed = now, 0
}

func (f *forwarder) accept(c *chat.Channel) chat.Handler {
	client := f.newSide(c)
	_, err := f.dialer.Dial(context.Background(), c.Loop(), "tcp", f.remote,
		func(c *chat.Channel) chat.Handler {
			client.other = f.newSide(c)
			client.other.other = client
			return client.other
		})
	if err != nil {
		f.faults.print(c.Loop().Now(), err)
		return nil
	}
	return client
}

// A side is one end of a connection that is passed on. It has no terminator: all that comes is
// data.
type side struct {
	*chat.Channel
	faults *faults
	other  *side
	moved  bool // something has come since somebody looked
}

func (f *forwarder) newSide(c *chat.Channel) *side {
	limits := c.Limits()
	limits.HighWater = chat.NoLimit    // the directions do not depend on each other
	limits.FirstTimeout = chat.NoLimit // the remote may be the one to speak first
	c.SetLimits(limits)
	return &side{Channel: c, faults: &f.faults}
}

func (s *side) CollectIncomingData(data []byte) {
	s.moved = true
	s.other.Push(data)
	if s.other.Queued() > maxQueued {
		s.PauseReading()
	}
}

func (s *side) FoundTerminator() {}

// HandleDrained is called when all that came from the other side has been sent, and it may go on.
func (s *side) HandleDrained() { s.other.ResumeReading() }

// HandleEOF passes the end on, behind what is queued. The channels close by themselves when both
// directions have ended.
func (s *side) HandleEOF() { s.other.CloseWrite() }

// HandleClose sees to it that neither side stays alone. What is queued for the other one is still
// sent.
func (s *side) HandleClose(err error) {
	s.other.CloseWhenDone()
	if err != nil {
		s.faults.print(s.Loop().Now(), err)
		s.other.After(flushTimeout, func() { s.other.Close() })
	}
}

// HandleShutdown closes the connection as soon as nothing moves on it any more.
func (s *side) HandleShutdown() {
	if !s.moved && !s.other.moved && s.Queued()+s.other.Queued() == 0 {
		s.other.CloseWhenDone()
		s.CloseWhenDone()
		return
	}
	s.moved, s.other.moved = false, false
	s.After(quietTime, s.HandleShutdown)
}
