package chat

// life is how far a channel has come: its phase, the ends of its two directions, and whether it is
// to stop. It makes no calls: its methods decide what happens, and return what the channel has to
// do about it (end.go). A phase, and each end, is never followed by an earlier one.
//
//	phase       begins                         input                 output   ends
//	connecting  Dial                           none                  queued   opening, closed
//	proxied     accepted from a proxy          the PROXY header      none     opening, closed
//	opening     accepted, adopted, connected   none                  queued   open
//	open        HandleConnect                  delivered             sent     lingering, closed
//	lingering   our last bytes are sent        dropped               none     closed
//	closed      Close, an error, all of these  none                  dropped  HandleClose
//
// A channel that is open is half-closed while one direction has ended and the other has not, and
// drains when it is to stop and the queue of output has its end: what comes in is dropped then.
//
// While work of Go is in flight, an end of the output waits, so that the answer is sent before it.
//
// A direction that breaks, as ours does when a write fails, takes nothing with it: what the peer
// has sent before is delivered, and the channel closes when that has come to its end.
type life struct {
	phase phase
	in    inEnd
	out   outEnd
	stop  stop
	bits  lifeBits
}

type phase uint8

const (
	connecting phase = iota
	proxied
	opening
	open
	lingering
	closed
)

// inEnd is the end of the peer's direction.
type inEnd uint8

const (
	inOpen  inEnd = iota
	inEnded       // read
	inTold        // and told to the handler, or dealt with
)

// outEnd is the end of ours.
type outEnd uint8

const (
	outOpen    outEnd = iota
	outClosing        // CloseWrite was called, and waits for work in flight
	outSealed         // the queue has its end
	outShut           // the peer has been told
	outBroken         // it has failed, and nothing more can be sent
)

// stop is how soon the channel is to end.
type stop uint8

const (
	stopNever   stop = iota
	stopElement      // after the element in progress, or the request of a busy channel
	stopNow          // as soon as what is pushed has been sent; no input is delivered
)

type lifeBits uint8

const (
	tlsTruncated lifeBits = 1 << iota // TLS ended without close_notify
	firstGrace                        // a shutdown gives it a moment for its first element
	reasonEOF                         // the reason of the close that has begun is io.EOF
)

// act is what a channel has to do about a change of its life.
type act uint8

const (
	actNone      act = iota
	actSeal          // put the end behind what is pushed
	actTellSent      // the handler may push more
	actShutWrite     // tell the peer that our direction has ended
	actLinger        // wait until the peer closes
	actClose         // nothing is left to do
)

// plain reports whether no end has begun.
func (l *life) plain() bool {
	return l.in == inOpen && l.out == outOpen && l.stop == stopNever && l.bits == 0
}

// delivers reports whether input may still be delivered.
func (l *life) delivers() bool { return l.phase == open && l.stop != stopNow }

// drains reports whether only what is queued is still to be sent.
func (l *life) drains() bool {
	return l.phase == open && l.stop == stopNow && l.out >= outSealed
}

// drops reports whether what is read is nobody's any more.
func (l *life) drops() bool { return l.phase >= lingering || l.drains() }

// ends reports whether our direction has ended, or is about to.
func (l *life) ends() bool { return l.out != outOpen || l.stop == stopNow }

// mayPush reports whether output may be queued. The answer of work in flight may be, until the end
// is behind it.
func (l *life) mayPush(answering bool) bool {
	return l.out < outSealed && (answering || !l.ends())
}

// mayWork reports whether Go may begin: its answer has to find the channel open.
func (l *life) mayWork(answering bool) bool {
	return l.phase < lingering && (l.stop != stopNow || answering && l.out < outSealed)
}

// stopSoon is CloseWhenDone, and whatever else ends a channel gracefully.
func (l *life) stopSoon() act {
	if l.phase >= lingering || l.stop == stopNow {
		return actNone
	}
	l.stop = stopNow
	return actSeal
}

// another says that another handler begins: it is told of the end of the input anew.
func (l *life) another() { l.in = min(l.in, inEnded) }

// closeWrite is CloseWrite.
func (l *life) closeWrite() act {
	if l.phase >= lingering || l.ends() {
		return actNone
	}
	l.out = outClosing
	return actSeal
}

// seal says that the queue has its end.
func (l *life) seal() { l.out = max(l.out, outSealed) }

// breakOutput says that nothing more can be sent, and reports whether that is new.
func (l *life) breakOutput() bool {
	if l.phase >= lingering || l.out == outBroken {
		return false
	}
	l.out = outBroken
	return true
}

// sent says that all output has been sent, or dropped.
func (l *life) sent(working bool) act {
	switch {
	case l.out == outBroken && !working && (l.stop == stopNow || l.in == inTold):
		return actClose
	case l.out == outBroken:
		return actNone // there is input, or work that has begun with it
	case l.drains() && !working:
		return actLinger
	case l.out < outSealed && l.ends():
		return actNone // when the work is done
	case l.out < outSealed:
		return actTellSent
	case l.in == inTold && !working:
		return actClose
	case l.out == outShut:
		return actNone
	}
	l.out = outShut
	return actShutWrite
}

// linger begins to wait for the peer, if it has not ended yet, and reports whether it has begun.
// shut tells the peer that our direction has ended.
func (l *life) linger(shut func() error) bool {
	if l.in != inOpen || l.out != outShut && shut() != nil {
		return false
	}
	l.phase, l.out = lingering, outShut
	return true
}

// close is the end of everything.
func (l *life) close() { l.phase, l.out = closed, max(l.out, outShut) }
