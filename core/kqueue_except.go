//go:build darwin || dragonfly || openbsd

package core

import "golang.org/x/sys/unix"

const (
	evExcept  = unix.EVFILT_EXCEPT
	noteOOB   = unix.NOTE_OOB
	hasExcept = true
)
