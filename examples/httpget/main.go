// Command httpget writes the contents of HTTP URLs to standard output: the HTTP client of the
// asyncore tutorials, for several URLs at once.
//
//	go run ./examples/httpget http://example.com/
//	go run ./examples/httpget http://127.0.0.1:8080/a http://127.0.0.1:8080/b
//
// It shows clients, many on one loop: a [chat.Dialer], a terminator that changes from lines to a
// length or to none, and replies that arrive at the same time and are written one after the other,
// in the order of the arguments. A connection that has to wait for its turn is paused after a
// little input, so that memory stays bounded. Redirections are reported, not followed. The status
// is 1 if anything failed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/go-asynchat/asynchat/core"
)

func main() {
	flag.Usage = func() { fmt.Fprintln(os.Stderr, "usage: httpget URL...") }
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ok, err := get(flag.Args(), os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// get writes the bodies to out, the failures to failures, and reports whether there was none. The
// error is one that ends everything.
func get(urls []string, out, failures io.Writer) (ok bool, err error) {
	loop, err := core.New()
	if err != nil {
		return false, err
	}
	defer loop.Close()
	g := &getter{loop: loop, out: out, failures: failures}
	for _, u := range urls {
		g.fetches = append(g.fetches, &fetch{g: g, url: u, reply: reply{length: -1}})
	}
	g.advance()
	if err := loop.RunUntilEmpty(context.Background()); err != nil {
		return false, err
	}
	return !g.failed, g.err
}

const maxAtOnce = 16 // connections

// A getter keeps the replies in order.
type getter struct {
	loop     *core.Loop
	out      io.Writer
	failures io.Writer
	fetches  []*fetch
	begun    int // so many have begun
	current  int // the one whose turn it is
	failed   bool
	err      error // of out
}

// advance gives the turn to the next fetch if the current one has ended, and begins others.
func (g *getter) advance() {
	for ; g.current < len(g.fetches) && g.err == nil; g.current++ {
		for g.begun < min(len(g.fetches), g.current+maxAtOnce) {
			f := g.fetches[g.begun]
			g.begun++
			if err := f.begin(); err != nil {
				f.ended, f.err = true, err
			}
		}
		f := g.fetches[g.current]
		g.write(f.held)
		f.held = nil
		if !f.ended {
			f.resume()
			return
		}
		if f.err != nil {
			g.failed = true
			fmt.Fprintf(g.failures, "%s: %v\n", f.url, f.err)
		}
	}
}

// write blocks the loop while out takes nothing. That is right here: there is nothing else to do,
// and who sends has to wait, too.
func (g *getter) write(p []byte) {
	if len(p) == 0 || g.err != nil {
		return
	}
	if _, g.err = g.out.Write(p); g.err != nil {
		g.loop.Stop()
	}
}
