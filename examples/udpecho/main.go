// Command udpecho sends every datagram back to its sender, even an empty one.
//
//	go run ./examples/udpecho
//	nc -u 127.0.0.1 7007
//
// It shows a [core.PacketConn]: datagrams are received and sent many at a time, in memory that is
// used again. When the system takes no more datagrams, the program reads no more, so its memory
// does not grow. The system then drops datagrams, as is usual with UDP.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

func main() {
	log.SetFlags(0)
	addr := flag.String("addr", "127.0.0.1:7007", "where to listen")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	loop, err := core.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	e := newEcho()
	if e.conn, err = core.ListenPacket(loop, "udp", addr, e, core.Readable); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening on", e.conn.LocalAddr())
	if err := loop.Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

const (
	batch   = 32       // datagrams at a time
	maxSize = 64 << 10 // no datagram is longer
)

// An echo owns the memory of one batch. It is either reading it or sending it.
type echo struct {
	conn   *core.PacketConn
	room   [batch]core.Datagram
	unsent []core.Datagram // the rest of room that is to be sent
}

func newEcho() *echo {
	e := &echo{}
	for i := range e.room {
		e.room[i].Data = make([]byte, maxSize)
	}
	return e
}

func (e *echo) HandleRead() {
	for i := range e.room {
		e.room[i].Data = e.room[i].Data[:maxSize]
	}
	n, err := e.conn.ReadBatch(e.room[:])
	if err != nil && !errors.Is(err, core.ErrWouldBlock) {
		log.Print(err) // of one datagram: the socket is as good as before
	}
	kept := 0
	for i := range n {
		if answers(&e.room[i]) {
			e.room[kept], e.room[i] = e.room[i], e.room[kept]
			kept++
		}
	}
	e.unsent = e.room[:kept]
	e.send()
}

func (e *echo) HandleWrite() { e.send() }

// send sends what is there, and then waits for what can come next: room for the rest if not all was
// taken, else input.
func (e *echo) send() {
	for len(e.unsent) > 0 {
		n, err := e.conn.WriteBatch(e.unsent)
		if errors.Is(err, core.ErrWouldBlock) {
			e.conn.SetWant(core.Writable)
			return
		}
		if err != nil { // of the first, such as a peer that cannot be reached
			log.Print(err)
			n = 1
		}
		e.unsent = e.unsent[n:]
	}
	e.conn.SetWant(core.Readable)
}

// answers reports whether m gets an answer. The ports below 1024 are those of other services that
// answer anything: with a forged sender, two of them would talk for ever.
func answers(m *core.Datagram) bool { return m.Addr.Port() >= 1024 }
