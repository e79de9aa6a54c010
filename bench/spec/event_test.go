package spec_test

import (
	"math"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// An event is what happens to a channel: one letter of the sequences.
type event uint8

const (
	half event = iota // the peer sends a piece
	rest
	two
	fin   // the peer ends its direction
	reset // the peer breaks the connection
	block // the peer's window closes
	take  // it opens for 3 bytes, and closes again
	open  // it opens
	fail  // writes fail from now on
	// Time passes, as much as a clock may run.
	pass
	_
	_
	_
	_
	_
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

// Together: the half of a terminator, the rest of it, a whole element, two elements.
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

// A clock is one of those of a channel.
type clock uint8

const (
	linger clock = iota
	stall
	first
	element
	idle
	lifetime
)

// seconds has how long they run. None is a sum of others: no two ring at the same time. ringing has
// why they close the channel.
var (
	seconds = [...]int{9, 12, 19, 34, 41, 63}
	ringing = [...]byte{0, stalled, noElement, tooSlow, idleForLong, endOfLife}
)

func (c clock) limit() time.Duration { return time.Duration(seconds[c]) * time.Second }

var limits = chat.Limits{
	HighWater:      highWater,
	LowWater:       lowWater,
	MaxOutput:      maxOutput,
	FirstTimeout:   first.limit(),
	ElementTimeout: element.limit(),
	IdleTimeout:    idle.limit(),
	StallTimeout:   stall.limit(),
	Linger:         linger.limit(),
	MinRate:        math.MaxInt, // so few bytes gain no time
	MinWriteRate:   math.MaxInt,
	Lifetime:       lifetime.limit(),
}

var names = strings.Fields(`half rest two fin reset block take open fail
	linger stall first element idle lifetime finish
	push pause resume go closewrite closewhendone close setterminator unread`)

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
