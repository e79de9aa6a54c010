package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web/internal/token"
)

// An Upgrader says which requests become a WebSocket. The zero value is what [Upgrade] and [Server]
// use.
type Upgrader struct {
	// Subprotocols are those that the server speaks, the dearest first. The first that the client has
	// too is agreed upon; if there is none, none is.
	Subprotocols []string
	// CheckOrigin reports whether a page of that origin, such as "https://example.com", may connect.
	// nil: only if its host and port are those of the request, or any site could have the browsers of
	// its visitors use this server in their name. It is not called for clients without an Origin
	// field, which are no browsers.
	CheckOrigin func(origin string, header http.Header) bool
}

// An UpgradeError says why a request does not become a WebSocket: what a server is to answer, and
// has not answered, or what a server has answered to the client.
type UpgradeError struct {
	Status int         // of HTTP
	What   string      // is wrong
	Header http.Header // fields that belong to the answer of a server; nil: none
}

func (e *UpgradeError) Error() string {
	return fmt.Sprintf("websocket: no upgrade: %s (%d)", e.What, e.Status)
}

// Upgrade makes a WebSocket of the connection of a request, whose answer it pushes:
// [Upgrader.Upgrade] with the zero Upgrader.
func Upgrade(
	c *chat.Channel, method string, header http.Header, newHandler NewHandler,
) error {
	return (&Upgrader{}).Upgrade(c, method, header, newHandler)
}

// Upgrade answers a request and has [chat.Channel.Use] give the channel to the new handler. It is
// called by the channel's handler when the head of the request has come, and that version is 1.1
// or later. What has come after the head is the first frame. header has all fields of the request,
// with canonical names, and Host among them, which net/http keeps elsewhere. It returns an
// *[UpgradeError] for a request that is none for this, and what Use returns; then nothing was
// pushed.
func (u *Upgrader) Upgrade(
	c *chat.Channel, method string, header http.Header, newHandler NewHandler,
) error {
	if err := u.check(method, header); err != nil {
		return err
	}
	protocol := u.subprotocol(header)
	err := c.Use(func(c *chat.Channel) chat.Handler {
		s := newSession(c, false, newHandler, func(c *Conn) { c.subprotocol = protocol })
		if s == nil {
			return nil
		}
		return s.use(c)
	})
	if err != nil {
		return err
	}
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + acceptOf(header.Get("Sec-WebSocket-Key")) + "\r\n"
	if protocol != "" {
		answer += "Sec-WebSocket-Protocol: " + protocol + "\r\n"
	}
	return c.PushString(answer + "\r\n")
}

func (u *Upgrader) check(method string, header http.Header) error {
	refuse := func(status int, what string, fields ...string) error {
		e := &UpgradeError{Status: status, What: what}
		if len(fields) > 0 {
			e.Header = http.Header{fields[0]: fields[1:]}
		}
		return e
	}
	origin := header.Get("Origin")
	switch {
	case method != http.MethodGet:
		return refuse(http.StatusMethodNotAllowed, "the method is not GET", "Allow", "GET")
	case !token.Has("upgrade", header["Connection"]...),
		!token.Has("websocket", header["Upgrade"]...):
		return refuse(http.StatusUpgradeRequired, "this is for WebSocket", "Upgrade", "websocket")
	case header.Get("Sec-WebSocket-Version") != "13":
		return refuse(http.StatusUpgradeRequired, "the version is not 13", "Sec-Websocket-Version", "13")
	case !isKey(header.Values("Sec-WebSocket-Key")):
		return refuse(http.StatusBadRequest, "the key is not 16 bytes in base 64")
	case header.Get("Transfer-Encoding") != "", strings.Trim(header.Get("Content-Length"), "0") != "":
		return refuse(http.StatusBadRequest, "the request has a body")
	case origin != "" && !u.allows(origin, header):
		return refuse(http.StatusForbidden, "pages of this origin may not connect")
	}
	return nil
}

func (u *Upgrader) allows(origin string, header http.Header) bool {
	if u.CheckOrigin != nil {
		return u.CheckOrigin(origin, header)
	}
	o, err := url.Parse(origin)
	return err == nil && o.Host != "" && strings.EqualFold(o.Host, header.Get("Host"))
}

func (u *Upgrader) subprotocol(header http.Header) string {
	offered := slices.Collect(token.All(header.Values("Sec-WebSocket-Protocol")...))
	for _, p := range u.Subprotocols {
		if slices.Contains(offered, p) {
			return p
		}
	}
	return ""
}

// acceptOf returns the answer to a key, by which a client knows that the server speaks WebSocket.
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func isKey(values []string) bool {
	if len(values) != 1 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(values[0])
	return err == nil && len(key) == 16
}
