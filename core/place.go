package core

// A PlaceHandler is an [AcceptHandler] that keeps its connections in memory of its own, each in one
// piece with whatever else it has of it: one allocation instead of two and, with many connections,
// less to fetch from far away at each event. Its HandleAccepted is not called then.
//
// It is made for package chat, which cannot import what is internal to core. core's own users do
// not need it.
type PlaceHandler interface {
	AcceptHandler
	// NewPlace returns the place of one connection, which is about to be made. It is called on the
	// listener's loop.
	NewPlace() Place
}

// A Place is where a [Listener] makes a connection. It is made for package chat: see
// [PlaceHandler].
type Place interface {
	// Conn returns the memory, which nobody has used yet.
	Conn() *Conn
	// HandleAccepted is called when the connection is there, on its loop. As that of an AcceptHandler,
	// it owns it.
	HandleAccepted()
}

// newConn makes a connection, in its place if it has one.
func (ln *Listener) newConn(l *Loop, fd int) (*Conn, Place) {
	h, ok := ln.accept.(PlaceHandler)
	if !ok {
		return unknownConn(l, fd), nil
	}
	p := ln.newPlace(h)
	if p == nil {
		return nil, nil
	}
	c := p.Conn()
	*c = Conn{Dispatcher: Dispatcher{loop: l, fd: int32(fd)}}
	return c, p
}

// newPlace asks for a place. A panic costs that connection, not the listener.
func (ln *Listener) newPlace(h PlaceHandler) (p Place) {
	defer ln.loop.logPanic("NewPlace", h)
	return h.NewPlace()
}
