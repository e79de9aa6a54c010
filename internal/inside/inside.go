// Package inside is what package core offers to package chat, and to nobody else. Where a name
// would need one of core's, which imports this package, it has a type parameter for it.
package inside

import "log/slog"

// A PlaceHandler is a core.AcceptHandler that keeps its connections in memory of its own, each in
// one piece with whatever else it has of it: one allocation instead of two and, with many
// connections, less to fetch from far away at each event. Its HandleAccepted is not called then.
type PlaceHandler[Conn any] interface {
	HandleAccepted(*Conn)
	// NewPlace returns the place of one connection, which is about to be made. It is called on the
	// listener's loop.
	NewPlace() Place[Conn]
}

// A Place is where a listener makes a connection.
type Place[Conn any] interface {
	// Conn returns the memory, which nobody has used yet.
	Conn() *Conn
	// HandleAccepted is called when the connection is there, on its loop. As that of an AcceptHandler,
	// it owns it.
	HandleAccepted()
}

// A RoomHandler is a core.AcceptHandler that is asked whether there is room for a connection before
// that is accepted: if not, it waits in the backlog of the system, instead of being refused. So the
// servers of chat count what several listeners accept on several loops.
type RoomHandler interface {
	// Reserve takes room for one connection, and reports whether there is any. If not, it keeps again,
	// which any goroutine may call, once there is: then it is asked again. It is called on the
	// listener's loop.
	Reserve(again func()) bool
	// Unreserve gives the room back where no connection came: HandleAccepted is not called then.
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
	// LoggerHandler is asked for the logger of what is to be said about its dispatcher.
	LoggerHandler interface{ Logger() *slog.Logger }
)

// OnPublish has f called whenever a loop, which is a *core.Loop, publishes its counts: on the
// loop's goroutine, once a turn before it waits, and by Close. So others can publish what they
// count on the loop, without a lock of their own: f copies it to where a function given to
// [Published] finds it. It must be short, and call no method of the loop. OnPublish is called on
// the loop's goroutine, or before it runs. Package core sets it.
var OnPublish func(loop any, f func())

// Published calls f while nothing is being published. Any goroutine may call it; f must call no
// method of the loop. Package core sets it.
var Published func(loop any, f func())
