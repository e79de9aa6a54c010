package chat

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// A Conversation is a protocol in straight-line code: where a read has nothing to return yet, the
// function waits there, and the loop goes on with others. It is a net.Conn, so code that blocks
// only on that and stays on one goroutine runs on it unchanged: bufio, net/textproto,
// encoding/json, crypto/tls … but not net/http, and no wait for a channel or a mutex that another
// conversation of the same loop is to release: that stops the loop for good.
//
// It is used only by the function that got it, while that runs. Errors are returned, never thrown.
// Once the channel is closed, every operation fails with the reason if the peer or a limit is
// behind it, else with net.ErrClosed, and the function is expected to return.
type Conversation struct {
	c      *Channel // nil: over a net.Conn
	plain  *plainConn
	runner *runner
	f      func(*Conversation) error
	buf    []byte   // input that was not consumed, while the function runs
	elem   gathered // the element being gathered, or the last one
	waits  waiting
	ctx    context.Context
	cancel context.CancelCauseFunc
	err    error // why a channel that was dialled is closed
	read   time.Time
	write  time.Time

	left int // elements until others have their turn

	threaded  bool
	always    bool // f runs even if there is never a connection
	connected bool
	eof       bool // all input has been delivered
	partial   bool // an element has begun
	torn      bool // elem is what the last read has left of one, at the end of the input
	ending    bool // the server is being shut down
	gone      bool // the channel is somebody else's
}

// waiting is what a conversation waits for.
type waiting uint8

const (
	nothing waiting = iota
	forInput
	forRoom    // for more output
	forFlush   // until all output is sent
	forConnect // and for the handshake
	forTime
)

// lineEnd ends the lines of machines. A bare LF does not, or a peer that sends one could hide a
// command from whoever looks at lines before us.
var lineEnd = terminator.String("\r\n")

// Converse returns a handler that runs f as a coroutine on the channel's loop, when the channel is
// connected. When f returns nil, what it has written is sent, and the channel closes, as by
// CloseWhenDone; an error that it returns is the reason. A panic closes the channel with a
// *PanicError. Close, and Shutdown while f waits for the next element, have the operation on which
// f waits fail, so that it can return. On a channel that is dialled f runs in any case: if the
// connection cannot be made, every operation fails with the reason.
//
// A waiting conversation costs about 5.4 KiB beside its channel, most of it the stack. f must
// neither lock its thread nor end its goroutine.
func Converse(f func(*Conversation) error) NewHandler { return converse(f, false) }

// Threaded is Converse with a goroutine for each channel: f may block on whatever it likes. Each
// operation asks the loop for its turn, which takes about a microsecond.
func Threaded(f func(*Conversation) error) NewHandler { return converse(f, true) }

func converse(f func(*Conversation) error, threaded bool) NewHandler {
	return func(c *Channel) Handler {
		v := newConversation(c)
		v.f, v.threaded = f, threaded
		v.always = c.conn.Dialled() || c.life.phase == closed
		v.runner = &runner{conv: v}
		return (*convHandler)(v)
	}
}

func newConversation(c *Channel) *Conversation {
	v := &Conversation{c: c}
	c.setAsker(v)
	c.setHold(holdUnasked, true)
	c.SetTerminator(lineEnd)
	return v
}

// convHandler is a conversation as its channel sees it. Its input comes by offer, since f asks for
// it.
type convHandler Conversation

func (*convHandler) CollectIncomingData([]byte) {}
func (*convHandler) FoundTerminator()           {}

func (t *convHandler) HandleConnect() {
	v := (*Conversation)(t)
	v.connected = true
	if v.f != nil {
		v.runner.start(v.f, v.threaded)
	} else {
		v.wake(forConnect)
	}
}

func (t *convHandler) HandleEOF() {
	v := (*Conversation)(t)
	v.eof = true
	v.wake(forInput)
}

// secured is called when a TLS handshake is done: what came before is forgotten, and StartTLS
// returns.
func (v *Conversation) secured() {
	v.buf, v.partial = nil, false
	v.elem.forget()
	if v.connected {
		v.wake(forConnect)
	}
}

// HandleShutdown lets f finish what it is doing: the end comes when it waits for the next element.
func (t *convHandler) HandleShutdown() {
	v := (*Conversation)(t)
	v.ending, v.left = true, 0
	if v.waits == forInput && !v.begun() {
		v.c.stopSoon(ErrShutdown)
	}
}

// begun reports whether an element has begun to come.
func (v *Conversation) begun() bool {
	return v.partial || len(v.buf) > 0 || v.c.partial()
}

// offer is called by the input loop with what there is to be read, and returns what f has left of
// it.
func (v *Conversation) offer(buf []byte) []byte {
	if len(buf) == 0 || v.waits != forInput {
		return buf
	}
	v.buf = buf
	if v.left = v.c.settings.ElementsPerTurn; v.ending {
		v.left = 0 // none is taken without a look at that
	}
	v.runner.resume()
	v.c.noteElements(v.left)
	rest := v.buf
	v.buf = nil
	return rest
}

// held counts the function only in the middle of an element: between two it is idle.
func (v *Conversation) held() int {
	if v.waits == forInput && v.begun() {
		return parkedHeld
	}
	return 0
}

// wake resumes the runner if the conversation waits for this.
func (v *Conversation) wake(what waiting) {
	if v.waits == what && what != nothing {
		v.runner.resume()
	}
}

// outputMoved resumes the runner if it waits for output that has been sent.
func (v *Conversation) outputMoved() {
	switch {
	case v.waits == forRoom && v.c.outputLen() <= v.high()/4, v.waits == forFlush && v.c.outputEmpty():
		v.runner.resume()
	}
}

// after tells the channels whether input is wanted, when the function has had its turn.
func (v *Conversation) after() {
	v.want()
	for _, other := range v.runner.others {
		other.want()
	}
}

// want holds the input unless the function waits for it.
func (v *Conversation) want() {
	if !v.gone && v.c.setHold(holdUnasked, v.waits != forInput) {
		v.c.deferSettle()
	}
}

// Context returns a context that is done when the channel is closed, with the reason as cause.
func (v *Conversation) Context() context.Context {
	if v.ctx == nil {
		v.ctx, v.cancel = context.WithCancelCause(context.Background())
	}
	return v.ctx
}

// Channel returns the channel, nil over a net.Conn and in [Run]. What concerns its input is the
// conversation's: not SetTerminator, PauseReading, Unread. With Threaded, its methods are not for
// the function.
func (v *Conversation) Channel() *Channel {
	if v.isRoot() {
		return nil
	}
	return v.c
}

// Loop returns the loop, nil over a net.Conn.
func (v *Conversation) Loop() *core.Loop {
	if v.c == nil {
		return nil
	}
	return v.c.Loop()
}

// Now returns the time on the clock of the loop, which a test may have set, by which deadlines go;
// over a net.Conn the system's.
func (v *Conversation) Now() time.Time {
	if v.plain != nil {
		return time.Now()
	}
	return v.c.Loop().Now()
}

// direct reports whether an operation may be done at once: on the loop, and before any end. It
// needs no enter and no leave then, which do nothing.
func (v *Conversation) direct() bool {
	return v.plain == nil && v.runner.co != nil && v.runner.err == nil && v.err == nil
}

// enter begins an operation.
func (v *Conversation) enter() error {
	if v.plain != nil {
		return nil
	}
	if err := v.runner.enter(); err != nil {
		return err
	}
	return v.proceed(v.err) // of a channel that was dialled, and is closed
}

// enterAlone begins one that needs no connection.
func (v *Conversation) enterAlone() error {
	if err := v.runner.enter(); err != nil {
		return err
	}
	return v.proceed(v.over())
}

// proceed goes on with an operation unless there is a fault, at which it ends.
func (v *Conversation) proceed(fault error) error {
	if fault != nil {
		v.leave()
		return v.runner.refuse(fault)
	}
	return nil
}

func (v *Conversation) leave() {
	if v.plain == nil {
		v.runner.leave()
	}
}

var _ net.Conn = (*Conversation)(nil)
var _ io.ReadWriter = (*Conversation)(nil)
