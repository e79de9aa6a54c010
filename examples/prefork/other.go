//go:build !unix || aix

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "prefork: a listener can be handed over on Unix only")
	os.Exit(1)
}
