package websocket

import (
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"github.com/go-asynchat/asynchat/chat"
)

// A Conn is a WebSocket on a channel. Messages that are pushed during one callback leave in one
// write, as those of a channel do. Its methods return [chat.ErrClosed] after any close. In a client
// they return [ErrNotOpen] before HandleConnect.
type Conn struct {
	// Channel is the connection: for timers, addresses, limits, rooms and Post. Push only whole frames
	// to it ([Append]), and do not touch its input.
	Channel *chat.Channel

	subprotocol string
	client      bool
	opened      bool
	key         func() uint32 // of masks
	header      [10]byte      // of the frame that is pushed: a slice of it is passed on
	end         error         // what HandleClose gets; nil: what the channel says
}

// Subprotocol returns the agreed subprotocol, or "". In a client the subprotocol is known from
// HandleConnect on.
func (c *Conn) Subprotocol() string { return c.subprotocol }

// Push sends a copy of a message; the caller may reuse message at once. It returns [ErrText] for a
// text that is not UTF-8, and otherwise the errors of [chat.Channel.Push]. It panics if kind is
// neither Text nor Binary.
func (c *Conn) Push(kind Kind, message []byte) error {
	switch {
	case kind != Text && kind != Binary:
		panic("websocket: Push of " + kind.String())
	case kind == Text && !utf8.Valid(message):
		return ErrText
	}
	return c.push(opcode(kind), message)
}

// PushText sends a message of text, as Push does.
func (c *Conn) PushText(message string) error {
	if !utf8.ValidString(message) {
		return ErrText
	}
	if c.client || !c.opened {
		return c.push(opText, []byte(message))
	}
	if err := c.Channel.Push(appendHeader(c.header[:0], opText, len(message), 0)); err != nil {
		return err
	}
	return c.Channel.PushString(message)
}

// Ping sends a ping, which the peer answers with a pong of the same data. For more than 125 bytes
// it returns [ErrControl]. Regular pings keep proxies from ending an idle connection, and, with
// Limits.SilenceTimeout, detect a dead peer:
//
//	c.Channel.Every(30*time.Second, func() { c.Ping(nil) })
func (c *Conn) Ping(data []byte) error {
	if len(data) > maxControl {
		return ErrControl
	}
	return c.push(opPing, data)
}

// push sends a frame.
func (c *Conn) push(op opcode, payload []byte) error {
	switch {
	case !c.opened:
		return ErrNotOpen
	case c.client:
		return c.pushMasked(op, payload)
	}
	err := c.Channel.Push(appendHeader(c.header[:0], op, len(payload), 0))
	if err == nil && len(payload) > 0 {
		err = c.Channel.Push(payload)
	}
	return err
}

// pushMasked has a key that nobody can foresee for each frame, or a page could have its browser
// send what a proxy takes for a request.
func (c *Conn) pushMasked(op opcode, payload []byte) error {
	b := borrow()
	defer b.giveBack()
	key := c.key()
	b.data = appendHeader(b.data, op, len(payload), maskBit)
	b.data = append(b.data, byte(key), byte(key>>8), byte(key>>16), byte(key>>24))
	mask(b.extend(len(payload)), payload, key)
	return c.Channel.Push(b.data)
}

// Append appends a message to dst, as the frame that a server sends. Use it to send one frame to
// many channels, by a [chat.Room] or [chat.Broadcast]. It does not check whether a text is UTF-8.
func Append(dst []byte, kind Kind, message []byte) []byte {
	return append(appendHeader(dst, opcode(kind), len(message), 0), message...)
}

// CloseWhenDone works as CloseWith, with CodeNormal and without a reason.
func (c *Conn) CloseWhenDone() { c.CloseWith(CodeNormal, "") }

// CloseWith sends a close frame after all pushes, and closes the channel as
// [chat.Channel.CloseWhenDone] does: no further message comes, and the peer has Limits.Linger to
// confirm. HandleClose gets nil. If code is 0 and reason is empty, the frame has neither. If the
// code may not be sent, or the reason is longer than 123 bytes or not UTF-8, CloseWith does nothing
// and returns [ErrCode].
func (c *Conn) CloseWith(code Code, reason string) error {
	if code == 0 && reason != "" || code != 0 && !code.onWire() || len(reason) > maxControl-2 ||
		!utf8.ValidString(reason) {
		return ErrCode
	}
	if !c.opened {
		c.Channel.Close()
		return nil
	}
	err := c.pushClose(code, reason)
	c.Channel.CloseWhenDone()
	return err
}

func (c *Conn) pushClose(code Code, reason string) error {
	var payload []byte
	if code != 0 {
		payload = append([]byte{byte(code >> 8), byte(code)}, reason...)
	}
	return c.push(opClose, payload)
}

// closed is called with the close frame of the peer: we send its code back.
func (c *Conn) closed(payload []byte) {
	code, reason := CodeNone, ""
	if len(payload) >= 2 {
		code, reason = Code(payload[0])<<8|Code(payload[1]), string(payload[2:])
	}
	switch {
	case len(payload) == 1:
		c.fail(protocolError("close frame with half a code"))
	case code != CodeNone && !code.onWire() || code == CodeNone && len(payload) > 0:
		c.fail(protocolError("close frame with a code that is never sent"))
	case !utf8.ValidString(reason):
		c.fail(&ProtocolError{CodeInvalid, "reason of a close is not UTF-8"})
	default:
		c.end = &CloseError{code, strings.Clone(reason)}
		if code == CodeNone {
			code = 0
		}
		c.CloseWith(code, "")
	}
}

// fail ends the connection because of the peer.
func (c *Conn) fail(fault *ProtocolError) {
	c.end = fault
	c.CloseWith(fault.Code, fault.What)
}

func randomKey() uint32 { return rand.Uint32() }
