package chat

import (
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/proxyproto"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A Channel is a connection that speaks in elements: it hands its input to a [Handler] until the terminator matches,
// and sends what is pushed, in order. Channels are made by a [Server], [Dial] or [NewChannel]. All methods but Post are for the
// goroutine of the channel's loop, where all callbacks of the handler run.
//
// An idle channel owns no buffers. When it has been closed, its methods do nothing, and those that return an error
// return [ErrClosed].
type Channel struct {
	// In the order in which an event needs them.
	conn     *core.Conn
	flags    flags
	state    state
	clock    clock
	gone     atomic.Bool // closed, for Post
	extra    *extra      // what few channels need; nil: nothing of it
	settings *settings
	held     []byte // input that was not consumed
	out      fifo.FIFO
	element  int64 // bytes of the element in progress
	matcher  terminator.Matcher
	stall    time.Duration // when the output clock rings, on the loop's clock; 0: never
	input    time.Duration // when the input clock rings
	buffered int32         // what the server has been told that we hold
	handler  Handler
}

// extra is what few channels need, or seldom.
type extra struct {
	next   *terminator.Terminator // set in CollectIncomingData, for the next element
	unread []byte                 // to come before held, or before the rest of the input being delivered
	end    time.Duration          // of the channel's lifetime, on the loop's clock; 0: none
	tls    *secure                // nil: plain text
	conv   *Conversation          // asks for the input; nil: it is handed to the handler
	turn   uint64                 // of the loop, in which as many elements were delivered as is fair
	tasks  *tasks                 // work in flight; nil: none
	left   int                    // elements until delivery pauses; 0: it does not
	reason error                  // of the close that CloseWhenDone or a fault has begun; an EOF is a flag

	backlog backlog // broadcasts that wait
	dropped int     // those that were not sent
	id      uint64  // 0: nobody has asked for it
	trace   *trace  // nil: the log does not want to know
	tap     Tap
	pace    *rateLimit         // nil: no rate bounds it
	proxy   *proxyproto.Header // nil: the addresses are those of the connection
}

// release drops what a closed channel has no use for. Who it was is still asked for.
func (x *extra) release() {
	*x = extra{id: x.id, reason: x.reason, trace: x.trace, tap: x.tap, proxy: x.proxy, dropped: x.dropped, tls: x.tls, conv: x.conv}
}

// more returns the channel's extra, and makes it if there is none.
func (c *Channel) more() *extra {
	if c.extra == nil {
		c.extra = &extra{}
	}
	return c.extra
}

// NewChannel makes a channel of a connection that has no handler yet, with default limits: one that was adopted, or that a
// core.Listener accepted. The channel owns conn. newHandler is called before NewChannel returns, HandleConnect
// afterwards.
func NewChannel(conn *core.Conn, newHandler NewHandler) *Channel {
	return newChannel(conn, newHandler, defaults)
}

func newChannel(conn *core.Conn, newHandler NewHandler, s *settings) *Channel {
	c := &Channel{}
	c.attach(conn, s)
	c.begin(newHandler)
	return c
}

// attach makes a channel of c that has no handler yet.
func (c *Channel) attach(conn *core.Conn, s *settings) {
	c.conn, c.state = conn, opening
	c.setUp(s)
	conn.Attach((*endpoint)(c), core.Readable)
}

// begin makes the handler. What it is called with first comes when the callback in progress has returned.
func (c *Channel) begin(newHandler NewHandler) {
	if v := c.settings.service; v != nil && v.server.TLSConfig != nil {
		c.StartTLS(v.server.TLSConfig) // before the handler can push anything
	}
	c.makeHandler(newHandler)
	c.settleSoon()
}

// makeHandler closes the channel if there is no handler. A panic is passed on, to whoever made the connection.
func (c *Channel) makeHandler(newHandler NewHandler) {
	defer func() {
		if c.handler != nil {
			return
		}
		v := recover()
		if v == nil {
			c.close(nil)
			return
		}
		c.close(&PanicError{Value: v, Stack: debug.Stack()})
		panic(v)
	}()
	c.handler = newHandler(c)
	if _, ok := as[DrainedHandler](c.handler); ok {
		c.flags |= tellsDrained
	}
}

func (c *Channel) setUp(s *settings) {
	c.flags |= first
	c.use(s)
}

// endpoint is the channel as core sees it. It is a type of its own so that Channel has no method of these names.
type endpoint Channel

func (e *endpoint) HandleConnect() {
	c := (*Channel)(e)
	c.state = opening
	c.setPace()
	c.settle()
}

func (e *endpoint) HandleDeferred() { (*Channel)(e).settle() }
func (e *endpoint) HandleDeadline() { (*Channel)(e).ring() }

func (e *endpoint) HandleWrite() {
	c := (*Channel)(e)
	c.flags &^= blocked | inputFirst // which has had its chance
	c.settle()
}

func (e *endpoint) HandleError(err error) { (*Channel)(e).tellError(err) }
func (e *endpoint) HandleClose(err error) { (*Channel)(e).closed(err) }

// SetTerminator sets what ends the next element. It stays in force until it is replaced. In FoundTerminator it applies
// to the very next byte. In CollectIncomingData it applies to the next element, or, where the terminator is None,
// to what comes behind this call. At any other time the element in progress ends here, and what is held back
// of the input is looked at again as soon as the callback in progress has returned.
func (c *Channel) SetTerminator(t terminator.Terminator) {
	switch {
	case c.has(collecting) && !c.matcher.Terminator().Equal(terminator.None):
		next := t // t itself would be on the heap for every call
		c.more().next = &next
	case c.has(delivering):
		c.matcher.Set(t)
		c.dropNext()
	default:
		c.matcher.Set(t)
		c.lookAgain()
	}
}

// Terminator returns what was set last, None if nothing was.
func (c *Channel) Terminator() terminator.Terminator {
	if c.extra != nil && c.extra.next != nil {
		return *c.extra.next
	}
	return c.matcher.Terminator()
}

func (c *Channel) dropNext() {
	if c.extra != nil {
		c.extra.next = nil
	}
}

// Matched returns which delimiter of terminator.Any, or byte of terminator.Class, ended the last element: its index; 0 for every other terminator.
func (c *Channel) Matched() int { return c.matcher.Matched() }

// PauseReading stops the delivery of input at once, also of what has been read already, until ResumeReading; it is a state, and not counted. The clocks
// of the input stand still. A peer that breaks the connection is noticed meanwhile, one that ends it when reading is resumed.
func (c *Channel) PauseReading() { c.stopInput(paused) }

func (c *Channel) stopInput(why flags) {
	if c.state != closed {
		c.flags |= why
		c.updateWant()
		c.settleSoon()
	}
}

// ResumeReading goes on where PauseReading or PauseAfter stopped, as soon as the callback in progress has returned. If neither did, it does nothing.
func (c *Channel) ResumeReading() { c.goOn(paused) }

func (c *Channel) goOn(why flags) {
	if c.has(why) {
		c.flags &^= why
		c.updateWant()
		c.lookAgain()
	}
}

// Unread makes p, which it copies, the next input, before what has not been delivered yet. It closes the channel with [ErrBuffered] if
// more than MaxBuffered is held then. It costs a copy of all that was unread before and not delivered.
func (c *Channel) Unread(p []byte) {
	if len(p) == 0 || c.state == closed {
		return
	}
	x := c.more()
	x.unread = append(append([]byte(nil), p...), x.unread...)
	if limit := c.settings.MaxBuffered; limit > 0 && len(x.unread)+len(c.held) > limit {
		c.close(ErrBuffered)
		return
	}
	if !c.has(delivering) {
		c.lookAgain()
	}
}

// Post runs f on the channel's loop. Any goroutine may call it; it is the only method of which that is true. If it returns
// nil, f runs, even if the channel is closed before; otherwise it returns [ErrClosed]. If f panics, the channel is closed.
func (c *Channel) Post(f func()) error {
	if c.gone.Load() {
		return ErrClosed
	}
	return c.conn.Post(f)
}

// After calls f on the channel's loop once d has passed; the timer is the caller's to stop: a close does not. If f panics, the channel is closed.
func (c *Channel) After(d time.Duration, f func()) *core.Timer { return c.conn.After(d, f) }

// Loop returns the loop on which the channel lives.
func (c *Channel) Loop() *core.Loop { return c.conn.Loop() }
