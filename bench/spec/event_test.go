package spec_test

import (
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// An event is what happens to a channel: one letter of the sequences.
type event uint8

const (
	piece1 event = iota // the peer sends
	piece2
	piece3
	fin   // the peer ends its direction
	reset // the peer breaks the connection
	block // the peer's window closes
	take  // it opens for 3 bytes, and closes again
	open  // it opens
	fail  // writes fail from now on
	passLinger
	passStall
	passFirst
	passElement
	passIdle
	passLifetime
	finish // the work of Go that has begun first ends; its answer pushes "d"
	// What the handler does, from outside of its callbacks.
	push
	pause
	resume
	work
	closeWrite
	closeWhenDone
	closeNow
	setTerminator // to the next of terminators
	unread
	// The same, in its next callback.
	inside
	events = inside + (inside - push)
)

// Together: an element, the half of a terminator, a whole one, two elements.
var pieces = [...]string{"a\r", "\n", "b\r\nc\r\n"}

const (
	pushed    = "pp"
	putBack   = "u\r\n"
	answer    = "d" // of work
	lastWord  = "t" // of HandleTimeout
	window    = 3   // what take takes
	highWater = 3   // "pp" twice is above, less 3 it is below the low mark
	lowWater  = 2
	maxOutput = 5
)

var terminators = [...]terminator.Terminator{
	terminator.String("\r\n"), terminator.Length(2), terminator.None,
}

// The clocks, in seconds. None is a sum of others: no two ring at the same time.
const (
	linger   = 9
	stall    = 12
	first    = 19
	element  = 34
	idle     = 41
	lifetime = 63
)

// passes has how long the events last in which time passes.
var passes = [...]int{linger, stall, first, element, idle, lifetime}

var limits = chat.Limits{
	HighWater:      highWater,
	LowWater:       lowWater,
	MaxOutput:      maxOutput,
	FirstTimeout:   first * time.Second,
	ElementTimeout: element * time.Second,
	IdleTimeout:    idle * time.Second,
	StallTimeout:   stall * time.Second,
	Linger:         linger * time.Second,
	Lifetime:       lifetime * time.Second,
}

var names = [...]string{`"a\r"`, `"\n"`, `"b\r\nc\r\n"`, "fin", "reset", "block", "take", "open",
	"fail", "9s", "12s", "19s", "34s", "41s", "63s", "finish", "push", "pause", "resume", "go",
	"closewrite", "closewhendone", "close", "setterminator", "unread"}

func (e event) String() string {
	if e >= inside {
		return "in-" + names[e-inside+push]
	}
	return names[e]
}

// A trace says what a channel did in one event, in letters:
//
//	c…;  CollectIncomingData        p+ p- p*  Push: nil, ErrClosed, ErrSlowReader
//	F    FoundTerminator            g+ g-     Go: nil, ErrClosed
//	E    HandleEOF                  d         the answer of work
//	D    HandleDrained              >…;       what the peer receives by the end of the event
//	Tr   HandleTimeout, reason r    $         the peer sees the end, or a reset
//	Xr   HandleClose, reason r
//
// and the reasons:
const (
	byUs         = '0'
	byPeer       = 'e'
	insideOne    = 'u'
	byReset      = 'r'
	byWrite      = 'w'
	noElement    = 'f'
	tooSlow      = 's'
	idleForLong  = 'i'
	stalled      = 'o'
	endOfLife    = 'l'
	slowReader   = 'q'
	somethingNew = '?'
)
