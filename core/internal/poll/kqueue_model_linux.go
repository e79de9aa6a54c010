//go:build kqueuemodel

package poll

import (
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/poll/kqueuemodel"
)

// The functions of kqueue_bsd.go, on the model.

type keventT = kqueuemodel.Event

const (
	evRead, evWrite = kqueuemodel.Read, kqueuemodel.Write
	evAdd, evDelete = kqueuemodel.Add, kqueuemodel.Delete
	evClear, evEOF  = kqueuemodel.Clear, kqueuemodel.EOF
)

func kqueueOpen() (int, error) { return kqueuemodel.Open() }

func kqueueClose(kq int) error { return kqueuemodel.Close(kq) }

func kevent(kq int, changes, events []keventT, timeout *unix.Timespec) (int, error) {
	return kqueuemodel.Kevent(kq, changes, events, timeout)
}

func setKevent(ev *keventT, fd, filter, flags int) { kqueuemodel.Set(ev, fd, filter, flags) }

func errorPending(fd int) bool { return kqueuemodel.ErrorPending(fd) }
