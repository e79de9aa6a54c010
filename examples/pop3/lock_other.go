//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package main

import (
	"os"
	"sync"
)

// A lock keeps out the other sessions of this process, here where there is no flock.
type lock struct{}

var inUse sync.Mutex

func acquire(*os.Root, string) (*lock, error) {
	if !inUse.TryLock() {
		return nil, errInUse
	}
	return &lock{}, nil
}

func (*lock) release() { inUse.Unlock() }
