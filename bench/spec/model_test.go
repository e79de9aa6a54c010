package spec_test

import (
	"cmp"
	"strings"
)

// A model is the specification: what a channel is and does, as docs/semantics.md says. It is a
// value: a copy of it is another channel in the same state. Titles of that page are in parentheses.
type model struct {
	full bool // the handler has all optional methods
	world
	*report

	// Input.
	held  string // read, or put back, and not delivered
	term  ending // in force
	next  ending // set within an element, for the next one; 0: none
	got   int    // what an element of a length has brought
	begun bool   // there are bytes of an element
	due   bool   // it has ended, and FoundTerminator was not called
	turn  bool   // what was read is being delivered
	ended bool   // the end of the input was read
	told  bool   // and delivered
	// What holds it: PauseReading, our output, works of Go that are not done.
	paused, throttled bool
	works             int
	// Output.
	queue  string
	drain  bool // HandleDrained is due
	last   bool // the queue has its end: nothing more is pushed
	sealed bool // our direction has ended
	lost   byte // it has failed, for this reason
	// What is to become of it.
	halfOpen                 bool // CloseWrite
	stop                     bool // CloseWhenDone, by us or by a rule
	lingers, closing, closed bool
	reason                   byte   // of stop and closing
	clocks                   [6]int // how long each has run, or off
}

// An ending is the index of a terminator, from 1 on.
type ending uint8

const (
	crlf ending = 1 + iota
	length2
	none
	off = -1
)

func newModel(full, keeps bool, r *report) *model {
	w := world{room: endless, keeps: keeps, armed: events}
	clocks := [6]int{linger: off, stall: off, element: off}
	return &model{full: full, world: w, report: r, term: crlf, clocks: clocks}
}

// settle does what is due, until nothing is: input that was read is delivered, then what was pushed
// leaves in one write (Many small pushes), then more is read.
func (m *model) settle() {
	for !m.closed && m.step() {
	}
	m.turn = false
}

func (m *model) step() bool {
	drained := m.drain && m.queue == ""
	switch {
	case m.closing:
		m.closed = true
		m.works = min(m.works, 1) // what has not begun is dropped (Work that blocks)
		m.call('X', m.reason)
	case m.turn && m.hears() && !(m.drain && m.did('D')) && m.deliver():
	case m.queue != "" && m.room > 0:
		m.turn = false
		m.transmit()
	case m.hears() && !(drained && m.did('D')) && m.read():
		m.turn = true
	case drained: // before more input, or behind it (HandleDrained)
		m.drain = false
		if m.full && !m.ends() {
			m.call('D')
		}
	default:
		return m.end()
	}
	return true
}

// begin begins work, or puts it behind that in flight (Work that blocks).
func (m *model) begin() {
	ok := !m.closing && !m.closed && (!m.stop || m.answering)
	if m.result('g', ok); ok {
		m.works++
	}
}

// finish ends the work that has begun first.
func (m *model) finish() {
	m.works--
	m.note('d')
	m.answering = true
	m.push(answer)
	m.answering = false
	// The answer leaves with those to the input that was read, and has waited.
	m.turn = m.due || m.certain() > 0 || m.ended && m.remains()
	m.seal()
}

// Input.

// hears reports whether input is delivered (Close or PauseReading, A peer that does not read, Work
// that blocks, CloseWhenDone).
func (m *model) hears() bool {
	return !m.stop && !m.paused && !m.throttled && m.works == 0
}

// over reports whether all was read.
func (m *model) over() bool {
	return m.wire == "" && (m.fin || m.reset && !m.silent) || m.lost == slowReader
}

// remains reports whether there is something to deliver behind the end of the input.
func (m *model) remains() bool { return !m.told || m.held != "" }

// read reads, if there is something to deliver.
func (m *model) read() bool {
	switch {
	case m.silent && !m.ended:
		m.silent = false
		m.fails(byReset)
	case m.due || m.certain() > 0:
	case m.wire != "" && m.lost != slowReader:
		piece, rest, _ := strings.Cut(m.wire, "|")
		m.held, m.wire = m.held+piece, rest
		m.found()
	default:
		m.ended = m.over()
		return m.ended && m.remains()
	}
	return true
}

// deliver makes one call, if there is anything to deliver.
func (m *model) deliver() bool {
	switch n := m.certain(); {
	case m.due:
		m.due = false
		m.elementEnds()
		m.call('F')
	case n > 0:
		m.collect(m.group(n))
	case !m.ended:
		return false
	case m.held != "": // the beginning of a terminator that does not end (End of input)
		m.collect(m.group(len(m.held)))
	case !m.told:
		m.tellEnd()
	default:
		return false
	}
	m.found()
	return true
}

// certain returns how much of what is held belongs to the element whatever follows.
func (m *model) certain() int {
	switch m.term {
	case crlf:
		if i := strings.Index(m.held, "\r\n"); i >= 0 {
			return i
		}
		return len(strings.TrimSuffix(m.held, "\r"))
	case length2:
		return min(len(m.held), 2-m.got)
	}
	return len(m.held)
}

func (m *model) collect(n int) {
	data := m.held[:n]
	m.held = m.held[n:]
	m.got += n
	m.comes()
	m.found()
	m.collects = true
	m.call(append(append([]byte{'c'}, data...), ';')...)
	m.collects = false
	if m.term == none { // every byte is an element
		m.elementEnds()
	}
}

// comes says that there are bytes of an element.
func (m *model) comes() {
	m.begun = true
	m.start(element)
}

// found looks whether the element has ended.
func (m *model) found() {
	switch {
	case m.due || m.closing:
	case m.term == crlf && strings.HasPrefix(m.held, "\r\n"):
		m.held, m.due = m.held[2:], true
	case m.term == length2 && m.got == 2:
		m.due = true
	case m.held != "":
		m.comes()
	}
}

// elementEnds begins the next one. The terminator stays (A terminator that has fired).
func (m *model) elementEnds() {
	m.begun, m.got = false, 0
	if m.next != 0 {
		m.term, m.next = m.next, 0
	}
	m.clocks[first], m.clocks[element], m.clocks[idle] = off, off, 0
}

// setTerminator sets the next of terminators (SetTerminator inside CollectIncomingData, outside of
// input).
func (m *model) setTerminator() {
	t := cmp.Or(m.next, m.term)%none + 1
	if m.collects {
		m.next = t
		return
	}
	if m.term == none {
		m.clocks[first] = min(m.clocks[first], 0) // which begins now
	}
	m.term, m.next = t, 0
	m.begun, m.got = false, 0
	if m.held == "" {
		m.clocks[element] = off // else the next one began with that
	}
}

// tellEnd says that nothing more comes (End of input).
func (m *model) tellEnd() {
	m.told = true
	switch {
	case m.lost != 0: // HandleClose follows (A write that fails)
	case m.full:
		m.clocks[first], m.clocks[element] = off, off
		m.call('E')
	case m.begun:
		m.stopFor(insideOne)
	case m.halfOpen:
		m.stopFor(byUs)
	default:
		m.stopFor(byPeer)
	}
}

// Output.

// ends reports whether our direction has ended, or is to.
func (m *model) ends() bool { return m.stop || m.halfOpen || m.lost != 0 || m.closing || m.closed }

// seal puts the end of our direction behind what is queued and behind the answers of work.
func (m *model) seal() { m.last = m.last || m.ends() && m.works == 0 }

func (m *model) push(data string) {
	switch {
	case m.last || m.lost != 0 || m.closing || m.closed || m.ends() && !m.answering:
		m.result('p', false)
	case len(m.queue) > maxOutput:
		m.note('p', '*')
		m.fails(slowReader)
	default:
		m.result('p', true)
		m.queue += data
		m.drain = true
		m.throttled = m.throttled || len(m.queue) > highWater
		m.start(stall)
	}
}

// transmit hands to the system what it takes.
func (m *model) transmit() {
	if m.broken {
		m.fails(byWrite)
		return
	}
	n := min(len(m.queue), m.room)
	m.sent = append(m.sent, m.queue[:n]...)
	m.queue = m.queue[n:]
	m.room -= n
	m.throttled = m.throttled && len(m.queue) >= lowWater
	if m.queue == "" { // so few bytes are no progress else
		m.clocks[stall] = off
	}
	m.clocks[idle] = 0
}

// fails ends our direction, and no more (A write that fails).
func (m *model) fails(reason byte) {
	if m.lost == 0 { // whoever holds the input has the whole time to resume, and the first element too
		m.clocks[idle] = 0
		if m.clocks[first] != off {
			m.clocks[element] = min(m.clocks[element], 0)
		}
	}
	m.lost = cmp.Or(m.lost, reason)
	m.queue, m.drain, m.throttled = "", false, false
	m.clocks[stall], m.clocks[first] = off, off
}

// What becomes of it.

func (m *model) stopFor(reason byte) {
	if !m.stop && !m.closing {
		m.stop, m.reason = true, reason
		m.seal()
	}
}

func (m *model) closeFor(reason byte) {
	if !m.closing && !m.closed {
		m.closing, m.reason, m.queue = true, reason, ""
	}
}

// end does what the ends of the two directions lead to. Work in flight holds all of them up.
func (m *model) end() bool {
	if m.stop && m.works == 0 { // input is read and dropped
		m.wire, m.fin, m.silent = "", m.fin || m.silent, false
	}
	if m.stop && m.sealed && m.silent && !m.ended {
		m.silent = false
		m.fails(byReset)
	}
	switch ready := m.works == 0; {
	case m.last && !m.sealed && m.queue == "" && m.lost == 0:
		m.sealed = true
	case ready && m.lost != 0 && (m.told || m.stop):
		m.closeFor(m.lost)
	case ready && m.sealed && m.stop && m.fin:
		m.closeFor(m.reason)
	case ready && m.sealed && m.halfOpen && m.told: // (CloseWrite)
		m.closeFor(byUs)
	case ready && m.sealed && m.stop && !m.lingers: // (CloseWhenDone)
		m.lingers = true
		m.start(linger)
	case m.reset && m.lost != 0 && m.works < 2 && (m.justNow || m.did('X')) &&
		(m.stop || m.over() && m.held == "" && !m.due):
		// Neither input lies before it, nor work to which that has led. If that was so later only, it
		// may also close when a pause, or work in flight, has ended (A peer that is gone).
		m.closeFor(m.lost)
	default:
		return false
	}
	return true
}

// Clocks.

// start starts a clock, unless it has been.
func (m *model) start(c clock) { m.clocks[c] = max(m.clocks[c], 0) }

// runs reports whether a clock goes on: those of the input stand still while we do not read, and
// that of idleness also while output waits.
func (m *model) runs(c clock) bool {
	switch {
	case m.clocks[c] == off:
		return false
	case c == first, c == element:
		return m.hears() && !m.told && (c == element || m.term != none)
	case c == idle && m.lost != 0: // whoever pauses
		return m.works == 0
	case c == idle:
		return m.hears() && m.queue == ""
	}
	return true
}

// mayRing reports whether a clock that runs rings when its time is up: an element that has begun
// has a clock of its own, but the time of an element that turns out to be none is idle.
func (m *model) mayRing(c clock) bool {
	return m.runs(c) && (c != idle || !m.runs(first) && !m.runs(element))
}

// pass lets time pass, standing still at each clock that rings.
func (m *model) pass(left int) {
	for !m.closed {
		step, rings := left, clock(len(m.clocks))
		for c := range rings {
			if n := max(0, seconds[c]-m.clocks[c]); m.mayRing(c) && n <= step {
				step, rings = n, c
			}
		}
		for c := range m.clocks {
			if m.runs(clock(c)) {
				m.clocks[c] += step
			}
		}
		left -= step
		if int(rings) == len(m.clocks) {
			return
		}
		m.ring(rings)
		m.settle()
	}
}

// ring ends the channel, after the last word of a handler that has one.
func (m *model) ring(c clock) {
	m.clocks[c] = off
	switch {
	case c == linger:
		m.closeFor(m.reason)
	case c == stall || !m.full || m.stop:
		m.closeFor(cmp.Or(m.lost, ringing[c]))
	default:
		m.call('T', ringing[c])
		m.stop = true
		m.seal()
		if !m.closing {
			m.reason = ringing[c]
		}
	}
}
