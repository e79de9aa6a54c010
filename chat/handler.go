package chat

import (
	"crypto/tls"
	"reflect"
)

// A Handler is the protocol of one channel: it gets the input, and acts at the end of each element.
// All its methods are called on the channel's loop, one at a time, and never from within a method
// that it has called.
//
// A handler may have more methods. Each has an interface of its own, which is named after the
// method: [ConnectHandler], [RestHandler], [EOFHandler], [SecuredHandler], [DrainedHandler],
// [TooLongHandler], [SkippedHandler], [ErrorHandler], [TimeoutHandler], [ShutdownHandler] and
// [CloseHandler]. The same holds for the sessions of [Session]. A method that is misspelt, or has
// another signature or the wrong receiver, is never called. With a line such as this one, the
// compiler reports it:
//
//	var _ chat.CloseHandler = (*session)(nil)
//
// Tests with package chattest fail for such a method. It is also logged, once for each type, at
// slog.LevelDebug. Channel itself has no method of these names, so a handler may embed *Channel.
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

// The methods that a handler may have: see [Handler].
type (
	// ConnectHandler is called before every other callback, when the connection is made or was
	// accepted.
	ConnectHandler interface{ HandleConnect() }

	// RestHandler is called when the peer has ended its direction inside an element, or the
	// connection has broken there. The call comes after all other input, and before HandleEOF. rest
	// is the data of that element that Reads, a Collector or [Messages] have gathered, and the
	// bytes of an incomplete length field. A handler with its own CollectIncomingData already has
	// the data. rest is valid only during the call, and may be empty.
	RestHandler interface{ HandleRest(rest []byte) }

	// EOFHandler is called when the peer has ended its direction, after all input was delivered. With
	// this method the channel stays open for output until the handler closes it. Without it, EOF works
	// as CloseWhenDone.
	EOFHandler interface{ HandleEOF() }

	// SecuredHandler is called when a TLS handshake is done, with the state of the TLS connection:
	// after StartTLS, and with a TLSConfig after HandleConnect. Earlier input was not secure: forget
	// it.
	SecuredHandler interface {
		HandleSecured(state tls.ConnectionState)
	}

	// DrainedHandler is called when everything that was pushed has been handed to the system, so that
	// the handler can push more. It is not called after CloseWhenDone.
	DrainedHandler interface{ HandleDrained() }

	// TooLongHandler is called once for an element over the limit, after the bytes up to the limit
	// were collected. If the limit skips, the rest of that element is dropped, and FoundTerminator is
	// not called for it; a terminator that HandleTooLong sets is for the next one. Otherwise the
	// channel is closed with ErrTooLong once the queue has been sent, unless HandleTooLong sets a new
	// terminator for the bytes that follow.
	TooLongHandler interface{ HandleTooLong() }

	// SkippedHandler is called in place of FoundTerminator at the end of an element that was over its
	// limit and dropped, as SkipTooLong or SetMaxElement says. Here the handler may set the terminator
	// of the next element, and send the answer that the peer expects. Without this method, the dropped
	// element causes no call.
	SkippedHandler interface{ HandleSkipped() }

	// ErrorHandler is called when a callback panicked, with a *PanicError, or a producer failed, with
	// a *fifo.ProducerError. The channel is closed afterwards with that error. Of the pushes of
	// HandleError, only the bytes that the system takes at once are sent.
	ErrorHandler interface{ HandleError(err error) }

	// TimeoutHandler is called when the peer was too slow or idle for too long, with ErrFirstTimeout,
	// ErrTooSlow, ErrIdle or ErrLifetime. Its pushes are sent, then the channel is closed with that
	// error, or, if it calls Close, with nil. Without it, the channel is closed at once.
	TimeoutHandler interface{ HandleTimeout(reason error) }

	// ShutdownHandler is called when Server.Shutdown begins. With this method, the handler itself has
	// to close the channel when its work is done, usually by CloseWhenDone. Without it, the channel is
	// closed after the element in progress.
	ShutdownHandler interface{ HandleShutdown() }

	// CloseHandler is called once, as the last callback of the channel. The reason is nil if this side
	// closed the channel, io.EOF if the peer did so between two elements, and io.ErrUnexpectedEOF if
	// it did so inside one. Otherwise the reason is an error of this package or of the connection.
	// ReasonOf classifies it.
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
