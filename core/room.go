package core

// A RoomHandler is an [AcceptHandler] that is asked whether there is room for a connection before
// that is accepted: if not, it waits in the backlog of the system, instead of being refused.
//
// It is made for package chat, whose servers count what several listeners accept on several loops.
// core's own users call [Listener.Pause].
type RoomHandler interface {
	AcceptHandler
	// Reserve takes room for one connection, and reports whether there is any. If not, it keeps again,
	// which any goroutine may call, once there is: then it is asked again. It is called on the
	// listener's loop.
	Reserve(again func()) bool
	// Unreserve gives the room back where no connection came: HandleAccepted is not called then.
	Unreserve()
}

// hasRoom reserves room for the next connection, or has the listener wait.
func (ln *Listener) hasRoom() bool {
	if ln.room == nil || ln.room.Reserve(ln.again) {
		return true
	}
	ln.hold(full)
	return false
}

func (ln *Listener) unreserve() {
	if ln.room != nil {
		ln.room.Unreserve()
	}
}
