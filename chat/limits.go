package chat

import (
	"math"
	"time"
)

// Limits bound the memory and time that a peer may cost. All are on by default: zero means the
// default of [DefaultLimits], [NoLimit] turns a limit off. A channel has those of its [Server] or
// [Dialer] until [Channel.SetLimits].
type Limits struct {
	// MaxElement bounds an element between delimiters, in bytes. HandleTooLong is called for a longer
	// element.
	MaxElement int64
	// SkipTooLong drops the rest of an element over MaxElement, and the channel goes on; otherwise it
	// is closed with ErrTooLong.
	SkipTooLong bool
	// MaxOutput is how many bytes may be queued before a further push closes the channel with
	// ErrSlowReader. While fewer bytes are queued, a push of any size is accepted.
	MaxOutput int
	// HighWater is the number of queued bytes above which delivery of input pauses, and LowWater the
	// number below which it resumes. With NoLimit as HighWater the queue never stops the input. Use
	// NoLimit where output is not a reply to input, as in forwarders and pipelining clients: two such
	// peers could each wait for the other to read.
	LowWater, HighWater int
	// Slow decides what happens to broadcasts while more than MaxOutput bytes are pending. Each
	// pending broadcast counts as its length plus 96 bytes.
	Slow SlowPolicy
	// MaxBuffered bounds the input that the channel has to hold, after Unread or while reading is
	// paused. Above it, the channel is closed with ErrBuffered.
	MaxBuffered int
	// MaxProxyHeader bounds the header of the PROXY protocol of a peer in Server.ProxyFrom, in bytes.
	// The fields of the header ([Channel.ProxyTLVs]) are kept as long as the channel. A longer header
	// closes the connection, with ErrProxyHeader in the log. NoLimit allows 65,551, the maximum of
	// version 2.
	MaxProxyHeader int
	// ElementsPerTurn is how many elements of one channel are delivered before other channels.
	ElementsPerTurn int

	// FirstTimeout is how long a peer may take to send its first whole element. Under terminator.None,
	// which has no elements, IdleTimeout takes its place.
	FirstTimeout time.Duration
	// ElementTimeout is how long an element may take from its first byte to its end. MinRate
	// extends this time: an element may take 1 s more for each MinRate bytes that have come, but
	// never has more than ElementTimeout left. So the channel is closed if nothing has come for
	// ElementTimeout.
	ElementTimeout time.Duration
	MinRate        int
	// IdleTimeout is how long a channel may be idle between two elements. An element starts the
	// time again, and so does output: a member of a busy room that only receives is not idle. The
	// time also runs while a producer is not ready.
	IdleTimeout time.Duration
	// SilenceTimeout is how long a peer may send nothing, even if we send; 0 means no limit. To detect
	// a dead peer, ping it on a timer and set this to two or three times the interval.
	SilenceTimeout time.Duration
	// StallTimeout is how long a peer may take none of the waiting output. MinWriteRate is the number
	// of bytes per second that it has to take: a peer that is slower for StallTimeout is disconnected
	// too. With NoLimit as MinWriteRate, one byte in StallTimeout is enough.
	StallTimeout time.Duration
	MinWriteRate int
	// HandshakeTimeout is how long a TLS handshake may take.
	HandshakeTimeout time.Duration
	// Linger is how long a channel that we have closed waits for the peer to take our last bytes and
	// close too; with NoLimit it does not wait.
	Linger time.Duration
	// Lifetime is how long a channel may be open; it has no limit by default.
	Lifetime time.Duration

	// ReadRate and WriteRate bound how fast a channel reads and writes; they have no limit by default.
	// A channel at its ReadRate stops reading for a while, and the system slows the peer down.
	// Meanwhile the clocks of the input stand still. Output that is pushed faster than WriteRate
	// waits, and counts for MaxOutput and HighWater. A producer is called only for output that can be
	// sent. The clock of StallTimeout runs only while the peer does not take what we offer. Input that
	// is dropped after CloseWhenDone is not bounded.
	ReadRate, WriteRate Rate
}

// NoLimit turns a limit off. Zero means its default.
const NoLimit = -1

// The defaults.
const (
	defaultMaxElement       = 64 << 10 // asyncio takes 64 KiB too, Twisted 16 KiB
	defaultMaxOutput        = 1 << 20
	defaultHighWater        = 16 << 10 // and a quarter of HighWater for LowWater
	defaultMaxBuffered      = 1 << 20
	defaultMaxProxyHeader   = 4 << 10 // as nginx
	defaultElementsPerTurn  = 2000
	defaultFirstTimeout     = 10 * time.Second
	defaultElementTimeout   = 30 * time.Second
	defaultMinRate          = 1 << 10
	defaultIdleTimeout      = 5 * time.Minute
	defaultStallTimeout     = 30 * time.Second
	defaultMinWriteRate     = 1 << 10
	defaultHandshakeTimeout = 10 * time.Second
	defaultLinger           = 5 * time.Second
)

const (
	flushAt     = 32 << 10 // output to write before the end of the event
	directWrite = 16 << 10 // a push of this size is offered to the system before it is copied
	shortRead   = 16 << 10 // one read, unless a large element is coming and no output waits
)

// WithoutTimeouts returns the limits without timeouts, except HandshakeTimeout and Linger: for
// descriptors that are not network connections, such as standard input.
func (l Limits) WithoutTimeouts() Limits {
	l.FirstTimeout, l.ElementTimeout, l.IdleTimeout = NoLimit, NoLimit, NoLimit
	l.StallTimeout, l.SilenceTimeout, l.Lifetime = NoLimit, NoLimit, NoLimit
	return l
}

// DefaultLimits returns the limits that replace zeros in the Limits of a [Server]. A dialled
// channel has no limit for FirstTimeout, IdleTimeout and HighWater. A client may have to wait long
// for an answer. And with a HighWater on both sides, a client and its server could both stop
// reading and wait for each other forever.
func DefaultLimits() Limits { return Limits{}.resolved() }

// resolved returns the limits with the defaults in place of zeros.
func (l Limits) resolved() Limits {
	orDefault(&l.MaxElement, defaultMaxElement)
	orDefault(&l.MaxOutput, defaultMaxOutput)
	orDefault(&l.HighWater, defaultHighWater)
	orDefault(&l.LowWater, l.HighWater/4)
	l.LowWater = max(0, min(l.LowWater, l.HighWater))
	orDefault(&l.MaxBuffered, defaultMaxBuffered)
	orDefault(&l.MaxProxyHeader, defaultMaxProxyHeader)
	orDefault(&l.ElementsPerTurn, defaultElementsPerTurn)
	if l.ElementsPerTurn < 0 {
		l.ElementsPerTurn = math.MaxInt
	}
	orDefault(&l.FirstTimeout, defaultFirstTimeout)
	orDefault(&l.ElementTimeout, defaultElementTimeout)
	orDefault(&l.MinRate, defaultMinRate)
	orDefault(&l.IdleTimeout, defaultIdleTimeout)
	orDefault(&l.StallTimeout, defaultStallTimeout)
	orDefault(&l.MinWriteRate, defaultMinWriteRate)
	orDefault(&l.HandshakeTimeout, defaultHandshakeTimeout)
	orDefault(&l.Linger, defaultLinger)
	return l
}

func orDefault[T int | int64 | time.Duration](n *T, byDefault T) {
	if *n == 0 {
		*n = byDefault
	}
}

// A Rate bounds the average number of bytes per second. The zero value, and a negative one, means
// no bound.
type Rate struct {
	// PerSecond is the average number of bytes per second.
	PerSecond int
	// Burst is the number of bytes that may pass at once after a pause; 0 means PerSecond. In t
	// seconds at most PerSecond times t bytes pass, plus Burst.
	Burst int
}

// SlowPolicy decides what happens to a broadcast for a slow reader, for which more than MaxOutput
// bytes wait.
type SlowPolicy uint8

const (
	SlowClose      SlowPolicy = iota // the channel is closed with ErrSlowReader, as by Push
	SlowDropNewest                   // the broadcast is not sent
	SlowDropOldest                   // the broadcasts that have waited longest are not sent
)

// dialLimits returns the limits of a channel that is dialled: a client may wait for long.
func dialLimits(l Limits) Limits {
	orDefault(&l.FirstTimeout, NoLimit)
	orDefault(&l.IdleTimeout, NoLimit)
	orDefault(&l.HighWater, NoLimit)
	return l.resolved()
}
