package chat

import (
	"net"
	"sync/atomic"
	"time"

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
	conn     *core.Conn
	handler  Handler
	settings *settings
	matcher  terminator.Matcher
	next     *terminator.Terminator // set in CollectIncomingData, for the next element
	held     []byte                 // input that was not consumed
	unread   []byte                 // to come before held, or before the rest of the input being delivered
	out      fifo.FIFO
	reason   error // of the close that CloseWhenDone, an EOF or a fault has begun
	timer    *core.Timer
	max      int // MaxOutput
	state    state
	flags    flags
	gone     atomic.Bool // closed, for Post
}

type state uint8

const (
	connecting state = iota
	opening          // connected, HandleConnect is to come
	open
	lingering // everything is sent, the peer is to close
	closed
)

type flags uint16

const (
	delivering  flags = 1 << iota // in the input loop
	collecting                    // in CollectIncomingData
	paused                        // by PauseReading
	throttled                     // by output above the high-water mark
	found                         // FoundTerminator is due, delivery was stopped before it
	look                          // what is held is to be looked at again
	discarded                     // DiscardBuffers was called in the input loop
	eof                           // the peer has ended
	eofTold                       // and the handler knows
	blocked                       // the system takes no more output for now
	undrained                     // pushed since HandleDrained
	done                          // CloseWhenDone
	lastElement                   // close after the element in progress
	failed                        // reason is a fault to be told
	halfClosed                    // CloseWrite
	outEnded                      // and the peer has been told
)

func (c *Channel) has(f flags) bool { return c.flags&f != 0 }

// NewChannel makes a channel of a connection that has no handler yet, with default limits: one that was adopted, or that a
// core.Listener accepted. The channel owns conn. newHandler is called before NewChannel returns, HandleConnect
// afterwards.
func NewChannel(conn *core.Conn, newHandler NewHandler) *Channel {
	return newChannel(conn, newHandler, defaults)
}

func newChannel(conn *core.Conn, newHandler NewHandler, s *settings) *Channel {
	c := &Channel{conn: conn, state: opening}
	c.setUp(s)
	conn.Attach((*endpoint)(c), core.Readable)
	if c.handler = newHandler(c); c.handler == nil {
		c.close(nil)
	}
	conn.Defer()
	return c
}

func (c *Channel) setUp(s *settings) {
	c.settings, c.max = s, s.maxOutput
	c.matcher.SetLimit(s.maxElement, false)
	c.out.SetMarks(lowWater, highWater)
}

// endpoint is the channel as core sees it. It is a type of its own so that Channel has no method of these names.
type endpoint Channel

func (e *endpoint) HandleConnect() {
	c := (*Channel)(e)
	c.state = opening
	c.settle()
}

func (e *endpoint) HandleRead()     { (*Channel)(e).receive() }
func (e *endpoint) HandleDeferred() { (*Channel)(e).settle() }

func (e *endpoint) HandleWrite() {
	c := (*Channel)(e)
	c.flags &^= blocked
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
		c.next = &t
	case c.has(delivering):
		c.matcher.Set(t)
		c.next = nil
	default:
		c.matcher.Set(t)
		c.lookAgain()
	}
}

// Terminator returns what was set last, None if nothing was.
func (c *Channel) Terminator() terminator.Terminator {
	if c.next != nil {
		return *c.next
	}
	return c.matcher.Terminator()
}

// Matched returns which delimiter of terminator.Any ended the last element.
func (c *Channel) Matched() int { return c.matcher.Matched() }

// SetMaxElement bounds the elements of this channel between delimiters to n bytes; 0 is the default, [NoLimit] none. An
// element over the limit is told to HandleTooLong. If skip is true, the rest of it is dropped and the channel goes on,
// otherwise the channel is closed with [ErrTooLong].
func (c *Channel) SetMaxElement(n int64, skip bool) {
	c.matcher.SetLimit(limit(n, DefaultMaxElement), skip)
}

// SetMaxOutput sets how many bytes may be queued before a further push closes the channel with [ErrSlowReader]; 0 is the
// default, [NoLimit] none. One push of any size is taken while the queue is below it.
func (c *Channel) SetMaxOutput(n int) { c.max = limit(n, DefaultMaxOutput) }

// SetWaterMarks sets how many queued bytes stop the delivery of input, more than high, and how few let it go on, no more than low. A
// high mark of 0 stands for the defaults, 4 and 16 KiB; with [NoLimit] the queue never stops the input. That is for a channel whose output
// is not the reply to its input, such as that of a forwarder, or of a client that sends many requests before it waits for the first reply:
// two peers that both stop reading while their output waits would wait for each other. It panics if low is above high.
func (c *Channel) SetWaterMarks(low, high int) {
	switch {
	case high == 0:
		low, high = lowWater, highWater
	case high < 0:
		low, high = 0, 0
	}
	c.out.SetMarks(low, high)
	if c.state != closed {
		c.conn.Defer()
	}
}

// PauseReading stops the delivery of input at once, also of what has been read already, until ResumeReading.
func (c *Channel) PauseReading() {
	c.flags |= paused
	c.updateWant()
}

// ResumeReading goes on where PauseReading stopped, as soon as the callback in progress has returned.
func (c *Channel) ResumeReading() {
	if c.has(paused) {
		c.flags &^= paused
		c.updateWant()
		c.lookAgain()
	}
}

// Unread makes p, which it copies, the next input, before what has not been delivered yet.
func (c *Channel) Unread(p []byte) {
	if len(p) == 0 || c.state == closed {
		return
	}
	c.unread = append(append([]byte(nil), p...), c.unread...)
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

// After calls f on the channel's loop once d has passed; the timer is the caller's to stop. If f panics, the channel is closed.
func (c *Channel) After(d time.Duration, f func()) *core.Timer { return c.conn.After(d, f) }

// Loop returns the loop on which the channel lives.
func (c *Channel) Loop() *core.Loop { return c.conn.Loop() }

// LocalAddr returns the address of this end, nil if it is not known, or no longer.
func (c *Channel) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// RemoteAddr returns the address of the peer, nil if it is not known.
func (c *Channel) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }
