package poll

import (
	"golang.org/x/sys/windows"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// A watch is one descriptor and the request for it. The system writes to it as long as that is
// asked, also after Remove.
type watch struct {
	iosb   windows.IO_STATUS_BLOCK // first, so that a completion leads back to the watch
	info   afdPollInfo
	afd    windows.Handle // the file of the driver through which it asks
	base   windows.Handle
	fd     int
	token  uint64
	events uint32 // asked for
	want   kernel.Ready
	ends   Ends
	flags  watchFlags
}

type watchFlags uint8

const (
	asking    watchFlags = 1 << iota // a request is at the driver
	queued                           // it is on toAsk
	removed                          // it waits for its answer, to be used again
	peerEnded                        // the peer has ended its direction: that is for ever
	seenAbort                        // the peer has reset the connection: so is that
	noStream                         // a datagram socket, of which no error is the end
)

// wanted returns the events to ask for. Once the peer has ended its direction, that is asked for
// only where it is to be reported.
func (w *watch) wanted() uint32 {
	events := uint32(afdLocalClose)
	if w.flags&noStream == 0 {
		events |= afdAbort | afdConnectFail
	}
	if w.want&kernel.Readable != 0 {
		events |= afdReceive | afdAccept | afdDisconnect
	}
	if w.want&kernel.Writable != 0 {
		events |= afdSend
	}
	if w.want&kernel.Priority != 0 {
		events |= afdReceiveExpedited
	}
	if w.flags&peerEnded == 0 || w.ends&EndOfWrite != 0 {
		events |= afdDisconnect
	}
	return events
}

// over reports whether reading was ended on this side, and that is to be reported.
func (w *watch) over() bool {
	return w.ends&EndOfRead != 0 && (w.want&kernel.Readable != 0 || w.ends&EndOfWrite != 0)
}

// ready returns what is to be reported of an answer.
func (w *watch) ready() (r kernel.Ready) {
	got := w.answer()
	if got&afdDisconnect != 0 {
		w.flags |= peerEnded
	}
	if got&afdAbort != 0 && w.flags&seenAbort == 0 {
		w.flags |= seenAbort
		Endings.Note(w.fd, Aborted)
	}
	noInput := w.flags&peerEnded != 0 || w.ends&EndOfRead != 0
	if got&(afdReceive|afdAccept|afdDisconnect) != 0 || w.over() {
		r |= kernel.Readable
	}
	if got&afdSend != 0 {
		r |= kernel.Writable
	}
	if got&afdReceiveExpedited != 0 {
		r |= kernel.Priority
	}
	if got&(afdAbort|afdConnectFail|afdLocalClose) != 0 {
		r |= kernel.Readable | kernel.Writable
	}
	r &= w.want
	ended := got&(afdAbort|afdConnectFail) != 0
	if noInput && w.ends&EndOfWrite != 0 || ended {
		r |= kernel.HangUp
	}
	if ended && Endings.Of(w.fd)&ErrorTold == 0 || got&afdLocalClose != 0 {
		r |= kernel.Failed
	}
	return r
}
