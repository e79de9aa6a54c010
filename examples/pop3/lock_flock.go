//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package main

import (
	"errors"
	"os"
	"syscall"
)

// A lock is on an open file, so it ends with the process, however that ends. The file stays: with
// another one of its name, there could be two locks.
type lock struct{ file *os.File }

func acquire(root *os.Root, name string) (*lock, error) {
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errInUse
		}
		return nil, err
	}
	return &lock{f}, nil
}

func (l *lock) release() { l.file.Close() }
