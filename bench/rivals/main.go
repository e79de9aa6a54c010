// Command rivals is the echo server of the bench on other frameworks, and one that counts lines. It
// is a module of its own, so that asynchat requires none of them.
//
//	rivals -kind gnet -addr 127.0.0.1:7711
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7711", "where to listen")
	kind := flag.String("kind", "", "gnet, netpoll, gnet-bulk, gorilla or nbio")
	flag.Parse()
	serve := map[string]func(addr string) error{
		"gnet": serveGnet, "netpoll": serveNetpoll, "gnet-bulk": serveGnetBulk,
		"gorilla": serveGorilla, "nbio": serveNbio,
	}[*kind]
	if serve == nil {
		fmt.Fprintln(os.Stderr, "rivals: -kind is gnet, netpoll, gnet-bulk, gorilla or nbio")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "rivals:", serve(*addr))
	os.Exit(1)
}
