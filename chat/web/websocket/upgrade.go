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

// An Upgrader decides which requests become a WebSocket. [Upgrade] and [Server] use the zero value.
type Upgrader struct {
	// Subprotocols are those of the server, in order of preference. The first one that the client also
	// offers is used. If the client offers none of them, the connection has no subprotocol.
	Subprotocols []string
	// CheckOrigin reports whether a page of that origin, such as "https://example.com", may connect.
	// nil allows only pages with the host and port of the request. Otherwise any site could make the
	// browsers of its visitors use this server in their name. CheckOrigin is not called for requests
	// without an Origin field, which do not come from browsers.
	CheckOrigin func(origin string, header http.Header) bool
}

// An UpgradeError reports why a request does not become a WebSocket. In a server it has the answer
// that the caller should send. In a client it has the answer that the server has sent.
type UpgradeError struct {
	Status int         // of HTTP
	What   string      // is wrong
	Header http.Header // fields that the answer of a server needs, or nil
}

func (e *UpgradeError) Error() string {
	return fmt.Sprintf("websocket: no upgrade: %s (%d)", e.What, e.Status)
}

// Upgrade answers a request and turns its connection into a WebSocket, as [Upgrader.Upgrade] of the
// zero Upgrader does.
func Upgrade(
	c *chat.Channel, method string, header http.Header, newHandler NewHandler,
) error {
	return (&Upgrader{}).Upgrade(c, method, header, newHandler)
}

// Upgrade answers a request, and gives the channel to the new handler by [chat.Channel.Use]. The
// channel's handler calls it when the head of a request of HTTP/1.1 or later has come. Input after
// the head is the first frame. header must have all fields of the request, with canonical names,
// including Host, which net/http keeps elsewhere. If the request cannot become a WebSocket, Upgrade
// returns an *[UpgradeError]. After any error, also one of Use, nothing was pushed.
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
