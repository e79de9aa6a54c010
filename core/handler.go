package core

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/go-asynchat/asynchat/internal/inside"
)

// The events of a [Dispatcher]. A handler has those of these methods that it is interested in;
// there is one interface for each. They are called on the loop's goroutine, one at a time. A
// handler that is used by value and has one of these methods on its pointer only is an error: that
// would never be called.
//
// Four more methods have no name here, since few need them: HandleDeferred for [Dispatcher.Defer],
// HandleDeadline for [Dispatcher.SetDeadline], HandleIdle for [Dispatcher.WhenIdle], and Logger,
// which returns the *slog.Logger of what is to be said about the dispatcher, such as a panic of its
// handler: one that knows whose it is. For handlers without it that is the loop's. It is called on
// the loop's goroutine, also after HandleClose.
type (
	// ReadHandler is called when data or the end of the stream can be read.
	ReadHandler interface{ HandleRead() }
	// WriteHandler is called when there is room for output.
	WriteHandler interface{ HandleWrite() }
	// ExptHandler is called when out-of-band data has arrived.
	ExptHandler interface{ HandleExpt() }
	// HangUpHandler is called if the handler wants neither to read nor to write, and both directions
	// have ended or the connection is broken. Earlier input can still be read, now or later;
	// [Conn.Err] returns an error if the connection is broken. Not all kernels report this to a
	// handler that wants no events: see [Poller]. If the handler still wants no events when it
	// returns, it gets none until it wants some. If the handler has no such method, its dispatcher is
	// closed when the connection is broken.
	HangUpHandler interface{ HandleHangUp() }
	// ConnectHandler is called once, when a connection begun with Dial is made.
	ConnectHandler interface{ HandleConnect() }
	// ErrorHandler is called when a callback panicked, with a [*PanicError]. The dispatcher is closed
	// afterwards.
	ErrorHandler interface{ HandleError(err error) }
	// CloseHandler is called once, as the last callback, with the reason: nil after Close.
	CloseHandler interface{ HandleClose(err error) }
)

// A keeper is the handler of a connection that is being made: what others set is for afterwards.
type keeper interface {
	keep(handler any, want Ready) error
	keepWant(want Ready)
}

// The predicates of asyncore. A handler that has one of these methods is asked what is wanted,
// instead of being told by SetWant: when it is attached, after each event of its dispatcher, and by
// [Dispatcher.Update]. It is never asked in between: whoever changes the answer from elsewhere
// calls Update.
type (
	// ReadPredicate reports whether HandleRead is wanted.
	ReadPredicate interface{ Readable() bool }
	// WritePredicate reports whether HandleWrite is wanted.
	WritePredicate interface{ Writable() bool }
)

// callbacks are all interfaces of the methods that a handler may have, but for HandleAccepted,
// which the compiler asks for. The last one is ListenerCloseHandler, by its method: its file needs
// this one.
var callbacks = []reflect.Type{
	reflect.TypeFor[ReadHandler](), reflect.TypeFor[WriteHandler](), reflect.TypeFor[ExptHandler](),
	reflect.TypeFor[HangUpHandler](), reflect.TypeFor[ConnectHandler](),
	reflect.TypeFor[inside.DeferredHandler](), reflect.TypeFor[inside.IdleHandler](),
	reflect.TypeFor[ErrorHandler](), reflect.TypeFor[CloseHandler](),
	reflect.TypeFor[inside.LoggerHandler](),
	reflect.TypeFor[ReadPredicate](), reflect.TypeFor[WritePredicate](),
	reflect.TypeFor[inside.DeadlineHandler](),
	reflect.TypeFor[interface{ HandleListenerClosed(err error) }](),
}

var valueTypes sync.Map // from the reflect.Type of a handler that is no pointer to an error, or nil

// byValue returns an error for a handler that has fewer callbacks than a pointer to it would have.
// A pointer costs one look at its type.
func byValue(handler any) error {
	t := reflect.TypeOf(handler)
	if t == nil || t.Kind() == reflect.Pointer {
		return nil
	}
	known, ok := valueTypes.Load(t)
	if !ok {
		known, _ = valueTypes.LoadOrStore(t, lostByValue(t))
	}
	err, _ := known.(error)
	return err
}

func lostByValue(t reflect.Type) error {
	for _, c := range callbacks {
		if reflect.PointerTo(t).Implements(c) && !t.Implements(c) {
			return fmt.Errorf("core: the handler is a %v by value, and the receiver of its %s is a pointer",
				t, c.Method(0).Name)
		}
	}
	return nil
}
