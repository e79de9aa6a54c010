package websocket

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// maxHead is the size of a request's head, and of a server's answer to one.
const maxHead = 32 << 10

// Server returns the handler of a [chat.Server] for WebSocket alone: each connection begins with a
// request, with any path. The head of the request may have up to 32 KiB.
func Server(newHandler NewHandler) chat.NewHandler { return (&Upgrader{}).Server(newHandler) }

// Server works as the function [Server], with the settings of the Upgrader.
func (u *Upgrader) Server(newHandler NewHandler) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		c.SetMaxElement(maxHead, false)
		c.SetTerminator(headEnd)
		return &request{c: c, upgrader: u, newHandler: newHandler}
	}
}

var headEnd = terminator.String("\r\n\r\n")

// A request is the handler of a connection until it is a WebSocket.
type request struct {
	chat.Collector
	c          *chat.Channel
	upgrader   *Upgrader
	newHandler NewHandler
}

func (r *request) FoundTerminator() {
	head := append(r.Take(), "\r\n\r\n"...)
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil || !req.ProtoAtLeast(1, 1) || req.Host == "" {
		r.refuse(&UpgradeError{Status: http.StatusBadRequest, What: "the request is malformed"})
		return
	}
	// Where ReadRequest has put these is of no use to Upgrade.
	req.Header.Set("Host", req.Host)
	if len(req.TransferEncoding) > 0 {
		req.Header.Set("Transfer-Encoding", req.TransferEncoding[0])
	}
	if err := r.upgrader.Upgrade(r.c, req.Method, req.Header, r.newHandler); err != nil {
		e, ok := err.(*UpgradeError)
		if !ok {
			e = &UpgradeError{Status: http.StatusServiceUnavailable, What: err.Error()}
		}
		r.refuse(e)
	}
}

func (r *request) HandleTooLong() {
	r.refuse(&UpgradeError{Status: http.StatusRequestHeaderFieldsTooLarge,
		What: "the head is too long"})
}

func (r *request) refuse(e *UpgradeError) {
	fmt.Fprintf(r.c, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: text/plain\r\n"+
		"Content-Length: %d\r\n", e.Status, http.StatusText(e.Status), len(e.What)+1)
	e.Header.Write(r.c)
	fmt.Fprintf(r.c, "\r\n%s\n", e.What)
	r.c.CloseWhenDone()
}
