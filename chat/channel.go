package chat

import (
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A Channel is a connection that speaks in elements: it hands its input to a [Handler] until the
// terminator matches, and sends what is pushed, in order. Channels are made by a [Server], [Dial]
// or [NewChannel]. All methods but Post are for the goroutine of the channel's loop, where all
// callbacks of the handler run.
//
// An idle channel owns no buffers. When it has been closed, its methods do nothing, and those that
// return an error return [ErrClosed].
type Channel struct {
	// In the order in which an event needs them. Behind each field is the file that alone writes it.
	conn     *core.Conn
	special  special  // whoever begins to act
	life     life     // life.go and end.go
	traits   traits   //
	input    input    // input.go and deliver.go
	output   output   // output.go
	progress progress // element.go and clock.go
	clock    clock    // clock.go
	settling settling // settle.go and endpoint.go
	gone     atomic.Bool
	buffered int32 // account.go
	ext      *extension
	settings *settings // settings.go

	unconsumed   []byte             // input.go
	queue        fifo.FIFO          // push.go and flush.go
	elementBytes int64              // element.go
	matcher      terminator.Matcher // deliver.go
	stall        time.Duration      // clock.go: when the output clock rings, on the loop's; 0: never
	due          time.Duration      // clock.go: when that of the input does
	handler      Handler
}

// traits are what a channel is, from its birth on.
type traits uint8

const (
	dialled        traits = 1 << iota // by us
	countedConn                       // its server counts it among MaxConns
	countedAddress                    // and its address among MaxConnsPerAddress
	tellsDrained                      // its handler has HandleDrained
)

// extension is what few channels need, or seldom. It is never unmade: what acts is in special.
type extension struct {
	terminator *terminator.Terminator // set in CollectIncomingData, for the next element
	unread     []byte                 // comes before unconsumed, or before the rest in delivery
	lifetime   time.Duration          // when it ends, on the loop's clock; 0: never
	tls        *secure                // nil: plain text
	asker      asker                  // nil: input is handed to the handler
	yieldedAt  uint64                 // turn in which as many elements were delivered as is fair
	tasks      interface{ drop() }    // work in flight; nil: none
	answering  bool                   // in what it has returned, which may push behind an end
	countdown  int                    // elements until delivery pauses; 0: it does not
	reason     error                  // of the close that has begun; an EOF is a bit of life
	header     preamble               // what is read before the channel opens
	addrs      *addrs                 // told by that; nil: they are those of the connection
	backlog    backlog                // broadcasts that wait
	dropped    int                    // those that were not sent
	id         uint64                 // 0: nobody has asked for it
	trace      *trace                 // nil: the log does not want to know
	tap        tapped
	rate       *rateLimit
}

// A preamble is read from a connection before its channel begins.
type preamble interface {
	read(*Channel)
	late(*Channel)
}

// release drops what a closed channel has no use for. Who it was is still asked for.
func (x *extension) release() {
	*x = extension{id: x.id, reason: x.reason, trace: x.trace, tap: x.tap,
		addrs: x.addrs, dropped: x.dropped, tls: x.tls, asker: x.asker}
}

// extension returns the channel's extension, and makes it if there is none.
func (c *Channel) extension() *extension {
	if c.ext == nil {
		c.ext = &extension{}
	}
	return c.ext
}

// NewChannel makes a channel of a connection that has no handler yet, with default limits: one that
// was adopted, or that a core.Listener accepted. The channel owns conn. newHandler is called before
// NewChannel returns, HandleConnect afterwards.
func NewChannel(conn *core.Conn, newHandler NewHandler) *Channel {
	c := &Channel{}
	c.attach(conn, defaults)
	c.begin(newHandler)
	return c
}

// attach makes a channel of c that has no handler yet.
func (c *Channel) attach(conn *core.Conn, s *settings) {
	c.conn, c.life.phase = conn, opening
	c.setUp(s)
	conn.Attach((*endpoint)(c), core.Readable)
}

func (c *Channel) setUp(s *settings) {
	c.awaitFirst()
	c.use(s)
}

// begin makes the handler. What it is called with first comes when the callback in progress has
// returned.
func (c *Channel) begin(newHandler NewHandler) {
	if o := c.settings.owner; o != nil && o.tlsConfig() != nil {
		c.StartTLS(o.tlsConfig()) // before the handler can push anything
	}
	c.makeHandler(newHandler)
	c.deferSettle()
}

// makeHandler closes the channel if there is no handler. A panic is passed on, to whoever made the
// connection.
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
		c.traits |= tellsDrained
	}
}

// SetTerminator sets what ends the next element. It stays in force until it is replaced. In
// FoundTerminator it applies to the very next byte. In CollectIncomingData it applies to the next
// element, or, where the terminator is None, to what comes behind this call. At any other time the
// element in progress ends here, and what is held back of the input is looked at again as soon as
// the callback in progress has returned.
func (c *Channel) SetTerminator(t terminator.Terminator) {
	switch {
	case c.input.phase == collecting && !c.matcher.Terminator().Equal(terminator.None):
		next := t // t itself would be on the heap for every call
		c.extension().terminator = &next
		c.special |= actsTerminator
	case c.input.phase != idle:
		c.matcher.Set(t)
		c.takeTerminator()
	default:
		c.matcher.Set(t)
		c.scheduleRescan()
	}
}

// Terminator returns what was set last, None if nothing was.
func (c *Channel) Terminator() terminator.Terminator {
	if c.special&actsTerminator != 0 {
		return *c.ext.terminator
	}
	return c.matcher.Terminator()
}

// takeTerminator returns what was set for the next element, nil if nothing was, and forgets it.
func (c *Channel) takeTerminator() (t *terminator.Terminator) {
	if c.special&actsTerminator != 0 {
		c.special &^= actsTerminator
		t, c.ext.terminator = c.ext.terminator, nil
	}
	return t
}

// Matched returns which delimiter of terminator.Any, or byte of terminator.Class, ended the last
// element: its index; 0 for every other terminator.
func (c *Channel) Matched() int { return c.matcher.Matched() }

// PauseReading stops the delivery of input at once, also of what has been read already, until
// ResumeReading; it is a state, and not counted. The clocks of the input stand still. A peer that
// breaks the connection is noticed meanwhile, one that ends it when reading is resumed.
func (c *Channel) PauseReading() { c.hold(holdUser) }

// ResumeReading goes on where PauseReading or PauseAfter stopped, as soon as the callback in
// progress has returned. If neither did, it does nothing.
func (c *Channel) ResumeReading() { c.release(holdUser) }

// Post runs f on the channel's loop. Any goroutine may call it; it is the only method of which that
// is true. If it returns nil, f runs, even if the channel is closed before; otherwise it returns
// [ErrClosed]. If f panics, the channel is closed.
func (c *Channel) Post(f func()) error {
	if c.gone.Load() {
		return ErrClosed
	}
	return c.conn.Post(f)
}

// After calls f on the channel's loop once d has passed; the timer is the caller's to stop: a close
// does not. If f panics, the channel is closed.
func (c *Channel) After(d time.Duration, f func()) *core.Timer { return c.conn.After(d, f) }

// Loop returns the loop on which the channel lives.
func (c *Channel) Loop() *core.Loop { return c.conn.Loop() }
