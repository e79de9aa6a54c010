//go:build !linux

// Command bench compares asynchat with other servers. It needs Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: the load comes from epoll and the figures from /proc, "+
		"so this needs Linux. What runs everywhere:",
		"go test -run '^$' -bench . ./bench/micro")
	os.Exit(1)
}
