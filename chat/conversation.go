package chat

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// A Conversation is a connection for straight-line code: while a function waits for input in a
// read, the loop serves other channels. It is a net.Conn. So code that blocks only on its
// connection and stays on one goroutine runs on it unchanged: bufio, net/textproto, encoding/json,
// crypto/tls and so on, but not net/http. Do not wait for a Go channel or a mutex that another
// conversation of the same loop would release: this stops the loop forever.
//
// Only the function that gets a Conversation may use it, until the function returns. Errors are
// returned, and never cause a panic by themselves. Once the channel is closed, every operation
// fails, and the function should return. The error is the reason if the peer or a limit has caused
// the close, else net.ErrClosed.
type Conversation struct {
	c      *Channel // nil: over a net.Conn
	plain  *plainConn
	thread *thread   // with a goroutine of its own, and a channel
	own    *ownInput // of these two; nil: as a coroutine it reads on the loop
	runner *runner
	f      func(*Conversation) error
	buf    []byte   // input that was not consumed, while the function runs
	elem   gathered // the element being gathered, or the last one
	waits  waiting
	awaits *awaiting       // nil: f has not used Await
	ctx    context.Context // the channel's; nil: f has not asked for it
	err    error           // why a channel that was dialled is closed
	read   time.Time
	write  time.Time

	left    int // elements until others have their turn
	counted int // the value of left when they were counted

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
// connected. When f returns nil, its output is sent, and the channel closes, as by CloseWhenDone.
// When f returns an error, this error is the reason of the close. A panic closes the channel with a
// *PanicError. After Close, or if a Shutdown begins while f waits for the next element, the current
// operation of f fails, so that f can return. On a dialled channel f always runs: if the connection
// cannot be made, every operation fails with the reason.
//
// A waiting conversation costs about 5.4 KiB in addition to its channel, most of it the stack. f
// must neither lock its thread nor end its goroutine.
func Converse(f func(*Conversation) error) NewHandler { return converse(f, false) }

// Threaded returns a handler that runs f on a goroutine of its own for each channel, so that f may
// block on anything. Otherwise f works as under [Converse]. The loop reads the input, and f splits
// it into elements on its own goroutine. Output is sent when f reads, when 4 KiB are queued, or
// else within about a millisecond.
func Threaded(f func(*Conversation) error) NewHandler { return converse(f, true) }

func converse(f func(*Conversation) error, threaded bool) NewHandler {
	return func(c *Channel) Handler {
		v := newConversation(c)
		v.f = f
		v.always = c.conn.Dialled() || c.life.phase == closed
		v.runner = &runner{conv: v}
		if threaded {
			newThread(v)
			v.Context() // f asks for it on a goroutine of its own
		}
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
		v.runner.start(v.f)
	} else {
		v.wake(forConnect)
	}
}

func (t *convHandler) HandleEOF() {
	v := (*Conversation)(t)
	v.eof = true
	if t := v.thread; t != nil {
		t.mu.Lock()
		t.ended()
		t.mu.Unlock()
	}
	v.wake(forInput)
}

// secured is called when a TLS handshake is done: what came before is forgotten, and StartTLS
// returns.
func (v *Conversation) secured() {
	v.takeInput()
	if v.connected {
		v.wake(forConnect)
	}
}

// HandleShutdown lets f finish what it is doing: the end comes when it waits for the next element.
func (t *convHandler) HandleShutdown() {
	v := (*Conversation)(t)
	v.countTaken()
	v.ending, v.left, v.counted = true, 0, 0
	if v.thread != nil {
		v.thread.beCareful()
	}
	if v.waits == forInput && !v.begun() {
		v.c.stopSoon(ErrShutdown)
	}
}

// quiet is that of an asker.
func (v *Conversation) quiet() bool {
	return v.thread == nil && v.waits == forInput && !v.partial && len(v.buf) == 0
}

// begun reports whether an element has begun to come.
func (v *Conversation) begun() bool {
	if v.thread != nil {
		return v.thread.mid || v.c.partial()
	}
	return v.partial || len(v.buf) > 0 || v.c.partial()
}

// offer is called by the input loop with what there is to be read, and returns what f has left of
// it.
func (v *Conversation) offer(buf []byte) []byte {
	if len(buf) == 0 || v.waits != forInput && !v.goesOn() {
		return buf
	}
	if v.thread != nil {
		v.give(buf)
		v.wake(forInput)
		return nil
	}
	v.buf = buf
	if v.left = v.c.settings.ElementsPerTurn; v.ending {
		v.left = 0 // none is taken without a look at that
	}
	v.counted = v.left
	v.runner.resume()
	v.c.noteElements(v.left)
	rest := v.buf
	v.buf = nil
	return rest
}

// held counts the function only in the middle of an element: between two it is idle.
func (v *Conversation) held() int {
	if v.thread != nil {
		return v.thread.held(v)
	}
	if v.waits == forInput && v.begun() {
		return parkedHeld
	}
	return 0
}

// wake resumes the runner if the conversation waits for this.
func (v *Conversation) wake(what waiting) {
	switch {
	case v.waits != what || what == nothing:
	case v.thread != nil && v.thread.waits:
		v.answer(nil)
	default:
		v.runner.resume()
	}
}

// outputMoved resumes the runner if it waits for output that has been sent.
func (v *Conversation) outputMoved() {
	v.noteOutput()
	switch {
	case v.waits == forRoom && v.c.outputLen() <= v.c.highWater()/4,
		v.waits == forFlush && v.c.outputEmpty():
		v.runner.resume()
	}
}

// after tells the channels whether input is wanted, when the function has had its turn.
func (v *Conversation) after() {
	v.hadTurn()
	for _, other := range v.runner.others {
		other.hadTurn()
	}
}

func (v *Conversation) hadTurn() {
	v.countTaken()
	v.want()
}

// countTaken counts the elements that were taken since it was last called.
func (v *Conversation) countTaken() {
	if n := v.counted - v.left; n > 0 {
		v.counted = v.left
		v.c.countElements(n)
	}
}

// want holds the input unless the function waits for it.
func (v *Conversation) want() {
	if !v.gone && v.c.setHold(holdUnasked, v.waits != forInput) {
		v.c.deferSettle()
	}
}

// Context returns the context of the channel, as in [Do]. It is done when the channel is closed,
// with the reason as cause, and when the function of the conversation has returned. Over a net.Conn
// it is done after [Conversation.Close] and when the function has returned. In [Run] it is derived
// from the context of Run.
func (v *Conversation) Context() context.Context {
	switch {
	case v.ctx != nil:
	case v.plain != nil:
		v.ctx = v.plain.lasting.within(context.Background())
	case v.over() != nil:
		v.ctx = endedContext(v.over())
	default:
		v.ctx = v.c.context()
	}
	return v.ctx
}

// Channel returns the channel, nil over a net.Conn and in [Run]. Do not call SetTerminator,
// PauseReading or Unread: the conversation controls the input. With Threaded, the function must not
// call methods of the channel except Post.
func (v *Conversation) Channel() *Channel {
	if v.isRoot() {
		return nil
	}
	return v.c
}

// Loop returns the loop. Over a net.Conn it returns nil; only Now may be called on a nil Loop.
func (v *Conversation) Loop() *core.Loop {
	if v.c == nil {
		return nil
	}
	return v.c.Loop()
}

// Now returns the time on the loop's clock, which deadlines use and a test may set. Over a net.Conn
// it returns the system's time.
func (v *Conversation) Now() time.Time { return v.Loop().Now() }

var _ net.Conn = (*Conversation)(nil)
var _ io.ReadWriter = (*Conversation)(nil)
