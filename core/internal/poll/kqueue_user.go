//go:build darwin || dragonfly || freebsd

package poll

import "golang.org/x/sys/unix"

const evUser, noteTrigger = unix.EVFILT_USER, unix.NOTE_TRIGGER
