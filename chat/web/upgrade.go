package web

import (
	"errors"
	"net/http"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web/internal/token"
	"github.com/go-asynchat/asynchat/chat/web/websocket"
)

// Upgrade answers 101, with further fields in h, and gives the connection to newHandler, as
// [chat.Channel.Use] does: it is for protocols that begin as HTTP. The first input of the new
// handler is the client's data after the request. Afterwards this package does nothing more for the
// connection.
//
// The request must ask for the protocol by GET, HTTP/1.1 and the fields Connection and Upgrade;
// otherwise the answer is 426. A request with a body is answered with 400. While the server shuts
// down, the answer is 503.
func (x *Exchange) Upgrade(protocol string, h http.Header, newHandler chat.NewHandler) {
	s := x.session // which the exchange leaves
	switch {
	case x.ends():
	case x.hasBody():
		x.Refuse(Refuse(http.StatusBadRequest, "The request has a body."))
	case x.Method != http.MethodGet || x.minor == 0 || !token.Has("upgrade", x.field("connection")) ||
		!token.Has(protocol, x.field("upgrade")):
		x.Refuse(Refuse(http.StatusUpgradeRequired, "This is for another protocol.").
			With("Connection", "Upgrade").With("Upgrade", protocol))
	default:
		b := append([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "),
			protocol...)
		s.Push(append(appendFields(append(b, crlf...), h), crlf...))
		x.switched()
		s.Use(newHandler)
	}
}

// WebSocket works as Upgrade, for a WebSocket. If u refuses the request, the answer has the reason.
func (x *Exchange) WebSocket(u *websocket.Upgrader, newHandler websocket.NewHandler) {
	if x.ends() {
		return
	}
	if x.minor == 0 {
		x.Header().Del("Upgrade") // which means nothing there
	}
	err := u.Upgrade(x.session.Channel, x.Method, x.Header(), newHandler)
	var why *websocket.UpgradeError
	switch {
	case err == nil:
		x.switched()
	case errors.As(err, &why):
		r := Refuse(why.Status, "This is no WebSocket: "+why.What+".")
		for name, values := range why.Header {
			r = r.With(name, values[0])
		}
		x.Refuse(r)
	default:
		x.Refuse(Refuse(http.StatusServiceUnavailable, "The connection is closing."))
	}
}

// ends answers that the connection ends, if the server shuts down.
func (x *Exchange) ends() bool {
	if !x.session.ending {
		return false
	}
	x.close = true
	x.Refuse(Refuse(http.StatusServiceUnavailable, "The server shuts down."))
	return true
}

// switched is the end of the last exchange of a connection.
func (x *Exchange) switched() {
	s := x.session
	s.record(Head{Code: http.StatusSwitchingProtocols})
	s.end()
	s.state = streaming
}
