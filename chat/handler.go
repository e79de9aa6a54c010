package chat

import (
	"crypto/tls"
	"reflect"
)

// A Handler is the protocol of one channel: what comes in, and what to do at the end of each
// element. All its methods are called on the channel's loop, one at a time, and never from within a
// call that it made itself.
type Handler interface {
	// CollectIncomingData receives the bytes of an element, in one or more pieces, as they arrive.
	// data is never empty, and valid only during the call.
	CollectIncomingData(data []byte)
	// FoundTerminator is called when the element is complete: the terminator has matched, and is not
	// part of the data.
	FoundTerminator()
}

// A NewHandler makes the handler of a new channel, before anything else happens on it. It usually
// sets the first terminator. If it returns nil, the connection is closed.
type NewHandler func(*Channel) Handler

// A Handler may have any of the following methods too; there is one interface for each. Channel
// itself has no method of these names, so a handler may embed *Channel. One that is misspelt, has
// another signature or the wrong receiver is never called; the compiler finds that where a line
// asks it to:
//
//	var _ chat.CloseHandler = (*session)(nil)
//
// Tests by package chattest fail for such a method, and the log says so once for each type, if it
// is that of debugging.
type (
	// ConnectHandler is called before every other callback, when the connection is made or was
	// accepted.
	ConnectHandler interface{ HandleConnect() }

	// RestHandler is called when the peer has ended its direction inside an element, or broken it:
	// after all other input, and before HandleEOF. rest is what Reads, a Collector, or what [Messages]
	// are made of, have gathered of that element, and what has come of a length that is not complete;
	// a handler that collects by itself has the former already. It is valid only during the call, and
	// may be empty.
	RestHandler interface{ HandleRest(rest []byte) }

	// EOFHandler is called when the peer has ended its direction, after all input was delivered. With
	// it the channel stays open for output until the handler closes it; without it, EOF is
	// CloseWhenDone.
	EOFHandler interface{ HandleEOF() }

	// SecuredHandler is called when a TLS handshake is done, with what was agreed upon: after
	// StartTLS, and under a TLSConfig after HandleConnect. Whatever the peer has said before was not
	// secure, and is to be forgotten.
	SecuredHandler interface {
		HandleSecured(state tls.ConnectionState)
	}

	// DrainedHandler is called when everything that was pushed has been handed to the system: a good
	// moment to push more. It is not called after CloseWhenDone.
	DrainedHandler interface{ HandleDrained() }

	// TooLongHandler is called once for an element over the limit, after the bytes up to the limit
	// were collected. If the limit skips, the rest of that element is dropped, and FoundTerminator is
	// not called for it; a terminator that HandleTooLong sets is for the next one. Otherwise the
	// channel is closed with ErrTooLong once the queue has been sent, unless HandleTooLong sets a new
	// terminator for the bytes that follow.
	TooLongHandler interface{ HandleTooLong() }

	// SkippedHandler is called in place of FoundTerminator at the end of an element that was over its
	// limit and dropped, as SkipTooLong or SetMaxElement says. What follows is the next element: its
	// terminator may be set here, and here the peer expects its answer. Without it, that end is passed
	// over in silence.
	SkippedHandler interface{ HandleSkipped() }

	// ErrorHandler is called when a callback panicked, with a *PanicError, or a producer failed, with
	// a *fifo.ProducerError. The channel is closed afterwards with that error. Pushes of HandleError
	// are sent as far as the system takes them at once.
	ErrorHandler interface{ HandleError(err error) }

	// TimeoutHandler is called when the peer was too slow or idle for too long, with ErrFirstTimeout,
	// ErrTooSlow, ErrIdle or ErrLifetime. Its pushes are sent, then the channel is closed with that
	// error, or, if it calls Close, with nil. Without it, the channel is closed at once.
	TimeoutHandler interface{ HandleTimeout(reason error) }

	// ShutdownHandler is called when Server.Shutdown begins. With it, the handler sees to it that the
	// channel is closed when its work is done, usually by CloseWhenDone; without it, that happens
	// after the element in progress.
	ShutdownHandler interface{ HandleShutdown() }

	// CloseHandler is called once, as the last callback of the channel. The reason is nil if this side
	// closed it; io.EOF if the peer did between two elements, io.ErrUnexpectedEOF inside one;
	// otherwise what went wrong, one of the errors of this package, or of the connection. ReasonOf
	// classifies it.
	CloseHandler interface{ HandleClose(err error) }
)

// callbacks are all interfaces of the methods that a handler may have.
var callbacks = []reflect.Type{
	reflect.TypeFor[ConnectHandler](), reflect.TypeFor[RestHandler](), reflect.TypeFor[EOFHandler](),
	reflect.TypeFor[SecuredHandler](), reflect.TypeFor[DrainedHandler](),
	reflect.TypeFor[TooLongHandler](), reflect.TypeFor[SkippedHandler](),
	reflect.TypeFor[ErrorHandler](), reflect.TypeFor[TimeoutHandler](),
	reflect.TypeFor[ShutdownHandler](), reflect.TypeFor[CloseHandler](),
}
