package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-asynchat/asynchat/chat/web/websocket"
)

// Upgrade makes a WebSocket of the connection, or answers why not. The exchange is over then.
func (x *Exchange) Upgrade(u *websocket.Upgrader, newHandler websocket.NewHandler) {
	header := http.Header{}
	for line := range strings.Lines(string(x.fields)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		header.Add(name, value)
	}
	s := x.session
	err := u.Upgrade(s.Channel, x.Method, header, newHandler)
	var why *websocket.UpgradeError
	switch {
	case err == nil:
		s.record(Head{Code: http.StatusSwitchingProtocols})
		s.end()
		s.state = streaming
	case errors.As(err, &why):
		r := Refuse(why.Status, "This is no WebSocket: "+why.What+".")
		for name, values := range why.Header {
			r = r.With(name + ": " + values[0])
		}
		x.Refuse(r)
	default:
		x.Refuse(Refuse(http.StatusServiceUnavailable, "The connection is closing."))
	}
}
