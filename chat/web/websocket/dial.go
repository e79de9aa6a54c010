package websocket

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/web/internal/token"
	"github.com/go-asynchat/asynchat/core"
)

// A Dialer makes connections to servers. The function [Dial] uses the zero value.
type Dialer struct {
	// Dialer makes the channels. Its TLSConfig is used only for wss:, and may be nil. A server has
	// Limits.HandshakeTimeout to answer the request.
	chat.Dialer
	// Header has additional fields of the request, such as Origin or Authorization.
	Header http.Header
	// Subprotocols are offered to the server.
	Subprotocols []string

	key func() uint32 // of masks, for tests
}

var errURL = errors.New("websocket: the URL is not ws: or wss: with a host")

// Dial connects to a URL of ws: or wss: from loop and returns at once. HandleConnect is called when
// the WebSocket is open, and HandleClose with the reason if it could not be opened. Dial itself
// fails only for errors that are known at once, such as a malformed URL; then newHandler was not
// called. Redirects are not followed.
func Dial(loop *core.Loop, url string, newHandler NewHandler) (*chat.Channel, error) {
	return (&Dialer{}).Dial(context.Background(), loop, url, newHandler)
}

// Dial connects as the function [Dial] does, with the dialer's settings. When ctx is done before
// the connection is made, HandleClose gets the cause; afterwards ctx has no effect.
func (d *Dialer) Dial(
	ctx context.Context, loop *core.Loop, url string, newHandler NewHandler,
) (*chat.Channel, error) {
	addr, secure, client, err := d.Client(url, newHandler)
	if err != nil {
		return nil, err
	}
	dialer := d.Dialer
	switch {
	case !secure:
		dialer.TLSConfig = nil
	case dialer.TLSConfig == nil:
		dialer.TLSConfig = &tls.Config{}
	}
	return dialer.Dial(ctx, loop, "tcp", addr, client)
}

// Client returns the handler for a client's channel, the address to dial, and whether to use TLS:
// use it for channels that other code dials, such as chat.Dialer.Retry.
func (d *Dialer) Client(
	rawURL string, newHandler NewHandler,
) (addr string, secure bool, client chat.NewHandler, err error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "", false, nil, err
	}
	port := map[string]string{"ws": "80", "wss": "443"}[u.Scheme]
	if port == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "", false, nil, errURL
	}
	if p := u.Port(); p != "" {
		port = p
	}
	return net.JoinHostPort(u.Hostname(), port), u.Scheme == "wss", func(
		c *chat.Channel,
	) chat.Handler {
		s := newSession(c, true, newHandler, func(c *Conn) {
			if d.key != nil {
				c.key = d.key
			}
		})
		if s == nil {
			return nil
		}
		c.SetMaxElement(maxHead, false)
		c.SetTerminator(headEnd)
		return &response{session: s, dialer: d, url: u}
	}, nil
}

// A response is the handler of a client's connection until it is a WebSocket.
type response struct {
	chat.Collector
	session *session
	dialer  *Dialer
	url     *url.URL
	key     string
}

func (r *response) HandleConnect() {
	var key [16]byte
	rand.Read(key[:])
	r.key = base64.StdEncoding.EncodeToString(key[:])
	c := r.session.Channel
	header := r.dialer.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	for _, field := range []string{"Host", "Upgrade", "Connection", "Content-Length",
		"Transfer-Encoding", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
		"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"} {
		header.Del(field)
	}
	if len(r.dialer.Subprotocols) > 0 {
		header.Set("Sec-WebSocket-Protocol", strings.Join(r.dialer.Subprotocols, ", "))
	}
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", r.url.RequestURI(), r.url.Host, r.key)
	header.Write(c)
	c.PushString("\r\n")
	if limit := c.Limits().HandshakeTimeout; limit > 0 {
		c.After(limit, func() { r.fail(0, "the server does not answer") })
	}
}

func (r *response) FoundTerminator() {
	head := append(r.Take(), "\r\n\r\n"...)
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil)
	if err != nil {
		r.fail(0, "the answer is malformed")
		return
	}
	protocol := resp.Header.Get("Sec-WebSocket-Protocol")
	switch {
	case resp.StatusCode != http.StatusSwitchingProtocols:
		r.fail(resp.StatusCode, "the server answers "+resp.Status)
	case !token.Has("upgrade", resp.Header["Connection"]...),
		!token.Has("websocket", resp.Header["Upgrade"]...),
		!slices.Equal(resp.Header.Values("Sec-WebSocket-Accept"), []string{acceptOf(r.key)}):
		r.fail(resp.StatusCode, "the server does not know WebSocket")
	case len(resp.Header.Values("Sec-WebSocket-Extensions")) > 0:
		r.fail(resp.StatusCode, "the server wants an extension")
	case protocol != "" && !slices.Contains(r.dialer.Subprotocols, protocol):
		r.fail(resp.StatusCode, "the server wants another subprotocol")
	default:
		r.session.subprotocol = protocol
		r.session.Channel.Use(r.session.use)
	}
}

func (r *response) HandleTooLong() { r.fail(0, "the answer is too long") }

func (r *response) fail(status int, what string) {
	r.session.end = &UpgradeError{Status: status, What: what}
	r.session.Channel.Close()
}

func (r *response) HandleClose(err error) { r.session.HandleClose(err) }
