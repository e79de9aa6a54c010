// Package kqueuemodel is a model of kqueue(2) for Linux, a test double. With it the conformance
// suite and all other tests run on the kqueue poller where no BSD is at hand:
//
//	go test -tags kqueuemodel ./core/...
//	GOFLAGS=-tags=kqueuemodel ASYNCHAT_POLLER=kqueue go test -count=1 ./...
//
// It was written from the manual pages and from the filters of the kernels (filt_soread,
// filt_sowrite, pipe_kqfilter of FreeBSD, NetBSD, OpenBSD, DragonFly and macOS). Where these
// differ, it does what is least convenient. It proves that the poller keeps its contract on a
// kqueue as described, not that a system's kqueue is as described. With the tag kqueuebare the
// poller does without EVFILT_USER and EVFILT_EXCEPT.
package kqueuemodel

// An Event is struct kevent.
type Event struct {
	Ident  uint64
	Filter int16
	Flags  uint16
	Fflags uint32
	Data   int64
}

// What an Event may say, in the numbers of macOS.
const (
	Read, Write  = -1, -2
	User, Except = -10, -15
	Add, Delete  = 0x1, 0x2
	Clear, EOF   = 0x20, 0x8000
	Trigger, OOB = 0x1000000, 0x2
)

// Set fills in an event, as EV_SET does.
func Set(ev *Event, fd, filter, flags int) {
	ev.Ident, ev.Filter, ev.Flags = uint64(fd), int16(filter), uint16(flags)
}
