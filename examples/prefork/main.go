//go:build unix && !aix

// Command prefork serves with several processes that share one listener, as the forking servers of
// old did, but not with a process for each client: each worker is an event loop.
//
//	go run ./examples/prefork -workers 4
//	nc 127.0.0.1 7715
//
// It shows [core.FileOf], [core.HandOver] and [core.Inherited]. The master listens, and accepts
// nothing; it starts the workers, which inherit the listener, and looks after them. A crash takes
// one worker and its clients, and the master starts another. SIGHUP replaces all workers by the
// program that is on the disk then. A new worker starts before an old one ends, and existing
// connections are served to their end. The listener is always open in some process, so no
// connection is refused. SIGINT and SIGTERM end all gracefully:
//
//	kill -HUP MASTER
//	kill -9 WORKER
//	kill MASTER
//
// Read worker.go, the server, then master.go, which keeps it running.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7715", "where to listen")
	workers := flag.Int("workers", runtime.NumCPU(), "number of processes")
	isWorker := flag.Bool("worker", false, "be a worker; for the master's use")
	patience := flag.Duration("patience", 5*time.Second, "how long a client may say nothing")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	log.SetFlags(0)
	log.SetPrefix("prefork: ")
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	err := error(nil)
	if *isWorker {
		err = work(ctx, *patience)
	} else {
		err = lead(ctx, *addr, *workers)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// lead listens, and keeps workers running until ctx is done.
func lead(ctx context.Context, addr string, workers int) error {
	hups := make(chan os.Signal, 1)
	signal.Notify(hups, syscall.SIGHUP)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening on", l.Addr())
	file, err := core.FileOf(l.(*net.TCPListener))
	if err != nil {
		return err
	}
	l.Close() // the file is another descriptor of the same
	newMaster(file, max(1, workers)).run(ctx, hups)
	return nil
}
