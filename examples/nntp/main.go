// Command nntp lists the newsgroups of a server. It is the client that the docstring of asynchat
// describes.
//
//	go run ./examples/nntpd -dir /tmp/news
//	go run ./examples/nntp 127.0.0.1:2119
//
// The docstring says: "Say you build an async nntp client using this class. At the start of the
// connection, you'll have self.terminator set to '\r\n', in order to process the single-line
// greeting. Just before issuing a 'LIST' command you'll set it to '\r\n.\r\n'." This client does
// so, with two corrections. A server that refuses answers with one line, so a client that waits for
// the dot would wait forever. And a line of the list that begins with a dot comes with another dot
// before it. So the answer to LIST is read as a line, and only after "215" as a text,
// [terminator.Dot].
//
// The list is written as it comes, whatever its length, and is never in memory. The status is 1 if
// anything failed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

func main() {
	flag.Usage = func() { fmt.Fprintln(os.Stderr, "usage: nntp HOST:PORT") }
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := list(flag.Arg(0), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "nntp:", err)
		os.Exit(1)
	}
}

// list writes the groups of a server to out.
func list(addr string, out io.Writer) error {
	loop, err := core.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	c := &client{out: out}
	dialer := chat.Dialer{Timeout: 10 * time.Second}
	dialer.Limits = chat.Limits{FirstTimeout: maxSilence, IdleTimeout: maxSilence}
	if _, err := dialer.Dial(context.Background(), loop, "tcp", addr, c.start); err != nil {
		return err
	}
	if err := loop.RunUntilEmpty(context.Background()); err != nil {
		return err
	}
	return c.err
}
