//go:build darwin || dragonfly || openbsd

package poll

import "golang.org/x/sys/unix"

const (
	evExcept  = unix.EVFILT_EXCEPT
	noteOOB   = unix.NOTE_OOB
	hasExcept = true
)
