package core

import (
	"errors"
	"log/slog"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// maxAccept bounds the connections taken at one event, so that a storm of them cannot starve those
// that are there.
const maxAccept = 64

// maxClosings is how many descriptors may wait for the end of the turn to be closed when one more
// connection is taken: where all are refused, that is what they cost.
const maxClosings = 32

const minBackoff, maxBackoff = 5 * time.Millisecond, time.Second

// accepting is the handler of a listener's descriptor.
type accepting Listener

func (a *accepting) HandleRead() {
	ln := (*Listener)(a)
	for range maxAccept {
		if !ln.hasRoom() {
			return
		}
		fd, peer, err := ln.loop.kernel.Accept(int(ln.fd))
		if err != nil {
			ln.unreserve()
		}
		switch {
		case err == nil:
			ln.backoff = 0
			if ln.inherits != inherited {
				ln.keepAliveOf(fd)
			}
			ln.deliver(fd, peer)
		case kernel.WouldBlock(err):
			if ln.inherits == older {
				ln.inherits = asked
			}
			return
		case isOfOneConnection(err):
		default:
			ln.failed(err)
			return
		}
		if ln.holds != 0 || ln.Closed() || len(ln.loop.closings) >= maxClosings {
			return
		}
	}
}

// HandleClose tells the owner, if it wants to know. Nobody may be left to be told of a failure.
func (a *accepting) HandleClose(err error) {
	ln := (*Listener)(a)
	ln.giveUpReserve()
	if ln.wrapped != nil {
		ln.wrapped.close()
	}
	if h, ok := a.accept.(ListenerCloseHandler); ok {
		h.HandleListenerClosed(err)
		return
	}
	if err == nil {
		return
	}
	if h, ok := a.accept.(CloseHandler); ok {
		h.HandleClose(err)
		return
	}
	ln.loop.Logger().Error("the listener has failed", "addr", ln.addr, "error", err)
}

func (ln *Listener) acceptError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return err // of a listener of package net
	}
	return kernel.OpError("accept", "accept", ln.addr.Network(), ln.addr, err)
}

// isOfOneConnection reports whether err is of a connection that has gone before it was accepted, or
// of a signal: the next accept may succeed. Linux passes errors of the network on, too. Of those,
// EOPNOTSUPP and ENONET are not here: other systems have none of the second, and the first is also
// what a socket says that cannot accept. These are tried again after a rest.
func isOfOneConnection(err error) bool {
	switch err {
	case syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EPROTO, syscall.ENETDOWN,
		syscall.ENETUNREACH,
		syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENOPROTOOPT, syscall.ETIMEDOUT:
		return true
	}
	return false
}

var (
	// want says that accept will succeed again when others have closed something.
	want = []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}
	// never says that it will not, whatever happens. It does not match EOPNOTSUPP.
	never = []error{syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK, syscall.ENOSYS, ErrUnsupported}
)

func isOneOf(errs []error, err error) bool {
	return slices.ContainsFunc(errs, func(e error) bool { return errors.Is(err, e) })
}

// failed closes the listener if it cannot accept any more, else it rests. What has not failed for a
// while, since nobody came, begins afresh.
func (ln *Listener) failed(err error) {
	if ln.loop.Now().Sub(ln.rested) > maxBackoff {
		ln.backoff = 0
	}
	if isOneOf(never, err) || ln.backoff == maxBackoff && !isOneOf(want, err) {
		ln.CloseWith(ln.acceptError(err))
		return
	}
	ln.rest(err)
}

// rest stops accepting for a while when there are no descriptors or no memory left: the listener
// would stay ready, and keep the loop busy. What is connected goes on being served.
func (ln *Listener) rest(err error) {
	if ln.backoff == 0 {
		ln.loop.seldom.log(ln.loop.Now(), ln.loop.Logger, slog.LevelWarn, "accept failed, backing off",
			"addr", ln.addr, "error", ln.acceptError(err))
	}
	pause := min(max(2*ln.backoff, minBackoff), maxBackoff)
	if ln.backoff == maxBackoff && (err == syscall.EMFILE || err == syscall.ENFILE) &&
		ln.turnAway() == maxAccept {
		pause = minBackoff // more of them wait
	}
	ln.backoff = max(ln.backoff, pause)
	ln.rested = ln.loop.Now().Add(pause)
	ln.hold(resting)
	ln.After(pause, func() { ln.release(resting) })
}

// turnAway closes those who wait, one after the other in the place of the reserve, and returns how
// many.
func (ln *Listener) turnAway() (n int) {
	ln.giveUpReserve()
	for n < maxAccept {
		fd, _, err := ln.loop.kernel.Accept(int(ln.fd))
		if err != nil {
			break
		}
		ln.loop.kernel.Close(fd)
		n++
	}
	ln.keepReserve()
	ln.loop.stats.TurnedAway += uint64(n)
	return n
}

func (ln *Listener) keepReserve() {
	if fd, err := ln.loop.kernel.Reserve(); err == nil {
		ln.reserve = int32(fd)
	}
}

func (ln *Listener) giveUpReserve() {
	if ln.reserve >= 0 {
		ln.loop.kernel.Close(int(ln.reserve))
		ln.reserve = -1
	}
}
