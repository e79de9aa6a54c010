package core

import "github.com/go-asynchat/asynchat/internal/inside"

// Who may ask for places, and for room: package chat.
type (
	placeHandler = inside.PlaceHandler[Conn]
	place        = inside.Place[Conn]
)

// newConn makes a connection, in its place if it has one.
func (ln *Listener) newConn(l *Loop, fd int) (*Conn, place) {
	h, ok := ln.accept.(placeHandler)
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
func (ln *Listener) newPlace(h placeHandler) (p place) {
	defer ln.loop.logPanic("NewPlace", h)
	return h.NewPlace()
}
