// Command clients runs typical operations of other projects' client libraries, with their defaults:
// connect, pipeline, transaction, subscribe, and n operations.
//
//	clients redis|memcached HOST:PORT n
//
// It is a separate module, so that users of asynchat do not have to download these libraries.
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
