// Command clients does with client libraries that others have written, and their defaults, what
// their users do: connect, pipeline, transaction, subscribe, and n operations.
//
//	clients redis|memcached HOST:PORT n
//
// It is a module of its own, so that nobody who uses asynchat has to load them.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	jobs := map[string]func(addr string, n int) error{"redis": withRedis, "memcached": withMemcached}
	if len(os.Args) != 4 || jobs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: clients redis|memcached HOST:PORT n")
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[3])
	if err == nil {
		err = jobs[os.Args[1]](os.Args[2], n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("done")
}
