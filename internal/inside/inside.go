// Package inside has the interfaces that package core offers only to package chat. Since core
// imports this package, types of core are type parameters here.
package inside

import "log/slog"

// A PlaceHandler is a core.AcceptHandler that provides the memory for its connections. So a
// connection and its channel are one allocation instead of two, and an event touches less memory.
// Its HandleAccepted is not called then.
type PlaceHandler[Conn any] interface {
	HandleAccepted(*Conn)
	// NewPlace returns the Place of one new connection. It is called on the listener's loop.
	NewPlace() Place[Conn]
}

// A Place is the memory in which a listener makes a connection.
type Place[Conn any] interface {
	// Conn returns the memory, which is not used yet.
	Conn() *Conn
	// HandleAccepted is called on the loop of the connection when it was accepted. It owns the
	// connection, as that of an AcceptHandler does.
	HandleAccepted()
}

// A RoomHandler is a core.AcceptHandler that decides whether there is room for a connection before
// it is accepted. If not, the connection waits in the backlog of the system, instead of being
// refused. So the servers of chat count what several listeners accept on several loops.
type RoomHandler interface {
	// Reserve reserves room for one connection, and reports whether it did. If there is no room, it
	// stores the function again, and calls this function, on any goroutine, once there is room: then
	// Reserve is called once more. It is called on the listener's loop.
	Reserve(again func()) bool
	// Unreserve releases the room if no connection came, so that HandleAccepted is not called.
	Unreserve()
}

// What a handler of core may have besides its events. Each is described at the method of a
// dispatcher that asks for it. Anybody may have them; only the names are here.
type (
	// DeferredHandler is called after Dispatcher.Defer.
	DeferredHandler interface{ HandleDeferred() }
	// DeadlineHandler is called at the time of Dispatcher.SetDeadline.
	DeadlineHandler interface{ HandleDeadline() }
	// IdleHandler is called after Dispatcher.WhenIdle.
	IdleHandler interface{ HandleIdle() }
	// LoggerHandler returns the logger for messages about its dispatcher.
	LoggerHandler interface{ Logger() *slog.Logger }
)

// OnPublish registers f to be called whenever a loop, which is a *core.Loop, publishes its counts:
// on the loop's goroutine, once per turn before the loop waits, and by Close. So chat can publish
// its own counts of the loop without another lock: f copies them to a place where a function for
// [Published] reads them. f must be short, and must not call methods of the loop. OnPublish is
// called on the loop's goroutine, or before it runs. Package core sets it.
var OnPublish func(loop any, f func())

// Published calls f at a time when no loop publishes its counts. Any goroutine may call it; f must
// call no method of the loop. Package core sets it.
var Published func(loop any, f func())
