package chat

import (
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A Channel is a connection whose input consists of elements: it hands input to a [Handler] until
// the terminator matches, and sends pushes in order. Channels are made by a [Server], [Dial] or
// [NewChannel]. All methods but Post and Closed are for the goroutine of the channel's loop, where
// all callbacks of the handler run.
//
// A handler usually embeds *Channel, and so has all its methods: it is an io.Writer and an
// io.Closer. If the handler has its own field or method named ID, Loop, Close or the like, this
// hides the method of the channel. No method of Channel is a callback. See [Embedding the channel].
//
// If another goroutine calls a method, the race detector reports this when the loop goes on with
// the channel.
//
// An idle channel owns no buffers. When it has been closed, its methods do nothing, and those that
// return an error return [ErrClosed].
//
// [Embedding the channel]: https://github.com/go-asynchat/asynchat/blob/main/docs/protocols.md
type Channel struct {
	// In the order in which an event needs them. Beside each are the files that write it; a test in
	// docs/ sees to that.
	conn     *core.Conn
	special  special  // the file of whoever acts: see special.go
	life     life     // life, end, and open, proxy, settle for the phase
	traits   traits   // open, serving: at its birth
	input    input    // input, deliver
	output   output   // output
	progress progress // element, clock
	clock    clock    // clock
	event    event    // endpoint, receive, deliver, and deferSettle
	shared   shared   // post, room, end: by its methods
	holding  int32    // account: its place among those of the loop that hold something; 0: none
	ext      *extension
	settings *settings // settings, serving

	unconsumed   []byte             // deliver, receive, input, proxy, end
	queue        fifo.FIFO          // push, flush, sharing, end, tls: by its methods
	elementBytes int64              // element, clock, settle
	matcher      terminator.Matcher // deliver, control, converse_read: by its methods
	due          time.Duration      // clock: of the timing, as idle is
	idle         time.Duration      // clock
	handler      Handler
}

// settings are what channels of one origin have in common.
type settings struct {
	Limits
	owner   owner     // nil: no server
	perLoop *perLoop  // of the server and the loop; nil: no server
	origin  *settings // of which a handler has made these; nil: none has

	ended func(c *Channel, reason error) // called after HandleClose; nil: nobody waits for it
}

// owner is the server of a channel, as that sees it.
type owner interface {
	tlsConfig() *tls.Config
	baseLogger() *slog.Logger // nil: that of the loop
	isDraining() bool
	crew() *crew
	// workBegun and workEnded are called once for each errand: a shutdown waits for it.
	workBegun()
	workEnded()
	channelClosed(c *Channel, reason error)
}

// traits are what a channel is, from its birth on.
type traits uint8

const (
	countedConn    traits = 1 << iota // its server counts it among MaxConns
	countedAddress                    // and its address among MaxConnsPerAddress
	tellsDrained                      // its handler has HandleDrained
	rests                             // its handler is a rester
	borrows                           // its handler is a borrower, itself
)

// A channel has two clocks for its input (timing.go), and one for its output, which runs while the
// peer has to take it. They are times on the loop's clock, kept in the channel, and set anew by a
// store; the loop looks at them only when the earliest might be due.
type clock uint8

const (
	noClock        clock = iota
	firstClock           // no element has ended yet
	elementClock         // an element has begun
	idleClock            // between two elements
	handshakeClock       // of TLS
	lingerClock          // everything is sent, the peer is to close
)

// isPlain reports whether the channel does nothing but take elements and answer them. It is asked
// of channels that are open: whatever ends that sets a bit.
func (c *Channel) isPlain() bool { return c.special == 0 && !c.shared.posted() }

// event is what the event in progress has come to, and what the next read takes from it.
type event uint8

const (
	inRead       event = 1 << iota // in a call that settles at its end, as HandleRead, if that
	settleQueued                   // it is
	manyElements                   // half of the elements that are fair were delivered at once
	largeReads                     // input comes in bulk: reads are twice as large
	largestReads                   // or as large as they can be
	gatherNoMore                   // in endGather
)

// deferSettle asks for a call of settle at the next safe point. After input that is the end of
// HandleRead, which costs no second call by the loop.
func (c *Channel) deferSettle() {
	if c.event&inRead != 0 {
		c.event |= settleQueued
		return
	}
	c.conn.Defer()
}

// settleDue reports whether that is asked for.
func (c *Channel) settleDue() bool { return c.event&settleQueued != 0 || c.conn.Deferred() }

// Matched returns the index of the delimiter of terminator.Any, or of the byte of terminator.Class,
// that ended the last element. For every other terminator it returns 0.
func (c *Channel) Matched() int { return c.matcher.Matched() }

// now returns the time on the loop's clock, of which all clocks of the channel are.
func (c *Channel) now() time.Duration { return c.conn.Loop().Clock() }

// Loop returns the loop to which the channel belongs.
func (c *Channel) Loop() *core.Loop { return c.conn.Loop() }
