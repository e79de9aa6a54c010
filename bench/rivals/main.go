// Command rivals has servers on other frameworks: the echo of the bench, a server that counts
// lines, and servers of some protocols. It is a separate module, so that asynchat does not require
// these frameworks.
//
//	rivals -kind gnet -addr 127.0.0.1:7711
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
)

var kinds = map[string]func(addr string) error{
	"gnet": serveGnet, "netpoll": serveNetpoll, "evio": serveEvio, "nbio-echo": serveNbioEcho,
	"gnet-bulk": serveGnetBulk, "gnet-work": serveGnetWork,
	"gorilla": serveGorilla, "nbio": serveNbio, "redcon": serveRedcon, "smtp": serveSMTP,
}

func main() {
	addr := flag.String("addr", "127.0.0.1:7711", "where to listen")
	kind := flag.String("kind", "", "which server")
	flag.Parse()
	serve := kinds[*kind]
	if serve == nil {
		fmt.Fprintln(os.Stderr, "rivals: -kind is one of", slices.Sorted(maps.Keys(kinds)))
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "rivals:", serve(*addr))
	os.Exit(1)
}
