// Package websocket implements WebSocket (RFC 6455) on channels, for servers and clients. Messages
// are text or binary, and the handler gets each message whole. The package joins fragments, answers
// pings and confirms closes by itself. Compression (permessage-deflate) is not offered, and not
// accepted.
//
// A server for WebSocket alone:
//
//	echo := websocket.Messages(func(c *websocket.Conn, kind websocket.Kind, message []byte) {
//		c.Push(kind, message)
//	})
//	server := &chat.Server{Addr: ":8080", Handler: websocket.Server(echo)}
//
// If another HTTP server on a channel has read the head of the request, it passes this head to
// [Upgrade]. A client begins with [Dial].
//
// An error of the peer ends the connection with the close code of the RFC. Such errors are
// malformed or unmasked frames, text that is not UTF-8, and messages over the channel's MaxElement.
// A text is refused at its first wrong byte, a message that is too long as soon as a frame
// announces its length. A frame is one element of the channel. For the clocks, all frames of a
// message are one element: see [chat.Channel.ExpectMore].
//
// As in package chat, use everything on the goroutine of the loop, except where a comment allows
// more.
package websocket

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-asynchat/asynchat/chat"
)

// Kind is the kind of a message: text or binary.
type Kind uint8

// The kinds of messages. Their values are the opcodes of the protocol.
const (
	Text   Kind = 1 // valid UTF-8
	Binary Kind = 2
)

func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Binary:
		return "binary"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// A Handler is the protocol of one connection. It may also have any of these methods of a
// [chat.Handler]: HandleConnect, which is called when the WebSocket is open, HandleClose,
// HandleDrained, HandleTimeout, HandleShutdown, HandleError; and HandlePong of a [PongHandler].
//
// HandleClose gets nil if this side has closed the connection, and a *[CloseError] if the peer has.
// It gets a *[ProtocolError] if the peer has violated the protocol, an *[UpgradeError] if a server
// has refused the client, and io.ErrUnexpectedEOF if the peer has ended without a close frame.
// Otherwise it gets the reasons of chat.CloseHandler. Without HandleTimeout and HandleShutdown, the
// peer gets a close frame with [CodeGoingAway].
type Handler interface {
	// HandleMessage is called with each whole message. message is valid only during the call.
	HandleMessage(kind Kind, message []byte)
}

// A PongHandler is called with the answer to [Conn.Ping], and with unsolicited pongs. data is valid
// only during the call.
type PongHandler interface{ HandlePong(data []byte) }

// A NewHandler makes the handler of a new connection. If it returns nil, the connection is closed.
type NewHandler func(*Conn) Handler

// Messages returns a handler that calls f with each message: a server in three lines. message is
// valid only during the call.
func Messages(f func(c *Conn, kind Kind, message []byte)) NewHandler {
	return func(c *Conn) Handler { return &messages{c, f} }
}

type messages struct {
	c *Conn
	f func(*Conn, Kind, []byte)
}

func (m *messages) HandleMessage(kind Kind, message []byte) { m.f(m.c, kind, message) }

// Code says why a WebSocket was closed. Codes from 3000 to 4999 are for programs.
type Code uint16

// The codes of RFC 6455, section 7.4.1.
const (
	CodeNormal      Code = 1000
	CodeGoingAway   Code = 1001 // the server shuts down, or the user leaves the page
	CodeProtocol    Code = 1002 // a frame was malformed
	CodeUnsupported Code = 1003 // a kind of message that is not wanted
	CodeNone        Code = 1005 // the close frame had no code; it is never sent
	CodeInvalid     Code = 1007 // text that is not UTF-8
	CodePolicy      Code = 1008
	CodeTooLong     Code = 1009 // a message over MaxElement
	CodeExtension   Code = 1010 // the server lacks an extension that the client needs
	CodeInternal    Code = 1011
)

// onWire reports whether a close frame may have the code: those that are registered, and those of
// libraries and programs.
func (c Code) onWire() bool {
	return c >= 1000 && c <= 1003 || c >= 1007 && c <= 1014 || c >= 3000 && c <= 4999
}

var (
	// ErrCode is returned for a close code that may not be sent, and for a reason that is longer than
	// 123 bytes or not UTF-8.
	ErrCode = errors.New("websocket: close code or reason that cannot be sent")
	// ErrText is returned for a text that is not UTF-8.
	ErrText = errors.New("websocket: text is not UTF-8")
	// ErrControl is returned for the data of a ping over 125 bytes.
	ErrControl = errors.New("websocket: more than 125 bytes in a ping")
	// ErrNotOpen is returned for a push of a client before HandleConnect.
	ErrNotOpen = errors.New("websocket: not open yet")
)

// A CloseError is the reason of the close if the peer has closed the connection properly, with a
// close frame. errors.Is(err, io.EOF) is true for it.
type CloseError struct {
	Code   Code   // CodeNone if the frame had no code
	Reason string // the text of the peer: UTF-8, at most 123 bytes
}

func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("websocket: the peer has closed with %d", e.Code)
	}
	return fmt.Sprintf("websocket: the peer has closed with %d: %q", e.Code, e.Reason)
}

// Is reports whether target is io.EOF, so that [chat.ReasonOf] returns ReasonPeerClosed.
func (e *CloseError) Is(target error) bool { return target == io.EOF }

// A ProtocolError is the reason of the close if the peer has violated the protocol.
type ProtocolError struct {
	Code Code   // the close code that was sent to the peer
	What string // is wrong
}

func (e *ProtocolError) Error() string { return "websocket: " + e.What }

// Is reports whether target is [chat.ErrTooLong] and the error is a message that was too long.
func (e *ProtocolError) Is(target error) bool {
	return target == chat.ErrTooLong && e.Code == CodeTooLong
}
