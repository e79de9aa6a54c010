package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/chat/web/websocket"
)

// A viewer is a page that speaks WebSocket.
type viewer struct {
	*websocket.Conn
	heard []string
	end   error
}

func (v *viewer) HandleMessage(_ websocket.Kind, m []byte) { v.heard = append(v.heard, string(m)) }
func (v *viewer) HandleClose(err error)                    { v.end = err }

// view opens a page that comes in over WebSocket, on a network of its own that is joined to l.
func view(t *testing.T, l *chattest.Listener, query string, origin ...string) (*viewer, func()) {
	v := &viewer{}
	d := &websocket.Dialer{}
	if origin != nil {
		d.Header = map[string][]string{"Origin": origin}
	}
	_, _, client, err := d.Client("ws://h/socket?"+query, func(c *websocket.Conn) websocket.Handler {
		v.Conn = c
		return v
	})
	require.NoError(t, err)
	here, there := chattest.NewConn(t, client), l.Dial()
	return v, func() {
		for range 5 { // there and back
			there.Send(here.Received())
			l.Advance(0)
			here.Send(there.Received())
		}
		if there.Closed() {
			here.CloseWrite()
		}
	}
}

// A page that speaks WebSocket is in the same rooms as a terminal and a page with events.
func TestSocketInTheRooms(t *testing.T) {
	p := newParty(t)
	ann := p.guest("ann")
	l := browsers(t, p.house)
	bob, turn := view(t, l, "nick=bob&room=den", "http://h")
	turn()
	require.Contains(t, bob.heard[0], `"kind":"welcome","from":"bob"`)
	require.Equal(t, `{"kind":"here","room":"den","names":["bob"]}`, bob.heard[len(bob.heard)-1])
	bob.heard = nil
	bob.PushText("lobby\nhello")
	bob.PushText("den\n" + strings.Repeat("x", maxText+1))
	turn()
	p.l.Advance(0)
	require.Contains(t, string(ann.Received()), "[lobby] bob: hello\r\n")
	require.Equal(t, []string{`{"kind":"say","room":"lobby","from":"bob","text":"hello",` +
		`"when":946684800}`,
		`{"kind":"note","text":"that was too long, and nobody has heard it"}`}, bob.heard)

	// What comes too fast waits, and is not lost.
	bob.heard = nil
	for range burst + 3 {
		bob.PushText("den\nagain")
	}
	turn()
	require.Less(t, len(bob.heard), burst+3)
	for range burst {
		l.Advance(10 * time.Second)
		turn()
	}
	require.Len(t, bob.heard, burst+3)

	bob.PushText("lobby\n/quit it is late")
	turn()
	p.l.Advance(0)
	require.Contains(t, string(ann.Received()), "-- bob has gone (it is late)\r\n")
	require.Equal(t, `{"kind":"bye","text":"goodbye"}`, bob.heard[len(bob.heard)-1])
	require.Equal(t, &websocket.CloseError{Code: websocket.CodeNormal}, bob.end)
}

// A name that is taken, and the page of another site, do not come in.
func TestSocketIsRefused(t *testing.T) {
	p := newParty(t)
	p.guest("ann")
	l := browsers(t, p.house)
	v, turn := view(t, l, "nick=ann", "http://h")
	turn()
	require.Equal(t, []string{`{"kind":"bye","text":"ann is taken"}`}, v.heard)
	v, turn = view(t, l, "nick=eve", "https://evil.example")
	turn()
	require.Empty(t, v.heard)
	var e *websocket.UpgradeError
	require.ErrorAs(t, v.end, &e)
	require.Equal(t, 403, e.Status)
}
