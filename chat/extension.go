package chat

import (
	"crypto/tls"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/chat/internal/rate"
	"github.com/go-asynchat/asynchat/chat/proxy"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// extension is what few channels need, or seldom. It is never unmade: what acts is in special.
type extension struct {
	terminator *terminator.Terminator // set in CollectIncomingData, for the next element
	unread     []byte                 // comes before unconsumed, or before the rest in delivery
	lifetime   time.Duration          // when it ends, on the loop's clock; 0: never
	stall      time.Duration          // when the clock of the output rings; 0: never
	silence    watch                  // rings when nothing has come for long
	tls        *secure                // nil: plain text
	asker      asker                  // nil: input is handed to the handler
	next       nextHandler            // that Use has asked for; nil: none
	yieldedAt  uint64                 // turn in which as many elements were delivered as is fair
	tasks      dropper                // work in flight; nil: none
	answering  bool                   // in what it has returned, or was posted: may push behind an end
	countdown  int                    // elements until delivery pauses; 0: it does not
	reason     error                  // of the close that has begun; an EOF is a bit of life
	header     preamble               // what is read before the channel opens
	told       *told                  // by that; nil: nothing
	backlog    backlog                // broadcasts that wait
	kept       int                    // SetHeld: bytes that the handler keeps for the connection
	dropped    int                    // those that were not sent
	postsSince uint64                 // turn since which input or an end waits for posts
	timers     timers                 // that end with the channel
	lasting    *lasting               // its context; nil: nobody has asked for it
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

// A nextHandler takes the place of the handler, at a safe point.
type nextHandler interface{ begin(*Channel) }

// release drops what a closed channel has no use for. Who it was is still asked for.
func (x *extension) release() {
	*x = extension{id: x.id, reason: x.reason, trace: x.trace, tap: x.tap,
		told: x.told, dropped: x.dropped, tls: x.tls, asker: x.asker, lasting: x.lasting}
}

// extension returns the channel's extension, and makes it if there is none.
func (c *Channel) extension() *extension {
	if c.ext == nil {
		c.ext = &extension{}
	}
	return c.ext
}

// asker is who asks for the input itself, instead of having it delivered: a conversation.
type asker interface {
	// offer shows what there is to be read, and returns what was left of it.
	offer(buf []byte) (rest []byte)
	// room returns a buffer into which to read what is offered next; nil: that of the loop.
	room() []byte
	// saidMore has what was said elsewhere pushed: before others push, and before an end.
	saidMore()
	// settling is called at safe points, before anything else, outputMoved when output may have been
	// sent.
	settling()
	outputMoved()
	// quiet reports whether it waits for the next element, and for nothing else.
	quiet() bool
	// secured is called when a TLS handshake is done.
	secured()
	// held returns how much it keeps: while it waits in the middle of an element, and elsewhere.
	held() int
	// midElement reports whether it has begun an element elsewhere, hasInput whether it has input
	// there that it has not consumed, and handBack returns that, and forgets it.
	midElement() bool
	hasInput() bool
	handBack() (unread []byte)
	// giveUp says that the channel is somebody else's from now on, and returns what was read and not
	// consumed. abandoned is called behind it, at a safe point.
	giveUp() (unread []byte)
	abandoned()
}

// told is what a PROXY header has told: the ends of the connection that the proxy has accepted,
// both nil if it has told none, and the fields after them.
type told struct {
	remote, local net.Addr
	tlvs          proxy.TLVs
}

// A rateLimit is what a channel has whose reading or writing is bounded by a rate. While one of
// them waits for its bucket, the channel has rateWait or waitRate, and the poller is not asked.
type rateLimit struct {
	read, write *rate.Limiter // nil: no bound
	room        int           // what may be sent by the transmit in progress
	piece       [1][]byte     // for it
}

// secure is what a channel has beside others when it speaks TLS. The channel's queue holds plain
// text as ever; what crypto/tls makes of it, and before it what was pushed before the upgrade, goes
// through wire.
//
// Only the handshake needs a coroutine. Afterwards crypto/tls reads when input has come, and is
// told that it would block when there is no more: an error that says that it is temporary, which
// crypto/tls does not remember.
type secure struct {
	c     *Channel
	conn  *tls.Conn
	shake *handshake // while it is in progress
	given net.Conn   // what takes the place of the channel; nil: nothing
	wire  fifo.FIFO  // what goes to the peer
	plain int        // bytes at its head that are plain text, for the tap
	// What came from the peer, and crypto/tls has not taken: during one call.
	in       []byte
	held     []byte // the same, between two calls
	known    int    // how much of both the clocks know as come
	state    tls.ConnectionState
	dry      bool // crypto/tls has nothing that it has not given us
	securing bool // a handshake is in progress, or about to be
	eof      bool // the connection has ended
	closed   bool // and we have said that we send no more
	opens    bool // the channel opens when the handshake is done
	client   bool // we are
	burden   burden
	taken    taken
}
