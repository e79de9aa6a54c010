package spec_test

import (
	"bytes"
	"strings"
)

// A model is the specification: what a channel is and does, as docs/semantics.md says it. It is a
// value; a copy of it is another channel in the same state.
type model struct {
	full bool // the handler has all optional methods
	*report

	// The peer, and the network between.
	wire   string // what it has sent and we have not read; each piece ends with '|'
	fin    bool   // it has ended its direction
	reset  bool   // it has broken the connection
	room   int    // how much it takes
	broken bool   // writes fail

	// Input.
	held  string // read, or put back, and not delivered
	term  ending // in force
	next  ending // set within an element, for the next one; 0: none
	got   int    // what an element of a length has brought
	begun bool   // an element has
	due   bool   // the element has ended, and FoundTerminator was not called
	told  bool   // the end of the input was delivered
	turn  bool   // what was read is being delivered

	// What holds it.
	paused    bool
	throttled bool // by our output
	works     int  // of Go, not done

	// Output.
	queue  string
	drain  bool // HandleDrained is due
	sealed bool // our direction has ended
	seen   bool // the peer knows
	lost   byte // it has failed, for this reason

	// What is to become of it.
	half      bool // CloseWrite
	stop      bool // CloseWhenDone, by us or by a rule
	lingers   bool
	closing   bool // HandleClose is due
	closed    bool
	reason    byte // of stop and closing
	collects  bool // within CollectIncomingData
	answering bool // within the answer of work
	armed     event

	clocks [6]clock // in the order of passes
}

// An ending is 1 + its index in terminators.
type ending uint8

const (
	crlf ending = 1 + iota
	length2
	none
)

// A clock rings when it has run for as long as it may.
type clock struct {
	set  bool
	used int
}

const endless = 1 << 20

func newModel(full bool, r *report) *model {
	m := &model{full: full, report: r, room: endless, term: crlf, armed: events}
	m.start(first)
	m.start(lifetime)
	return m
}

// A report is what a model says that a channel does. What the documents leave open is taken from
// the real one: it says what that did.
type report struct {
	trace, real []byte
	sent        []byte
}

// did reports whether the real channel did this next.
func (r *report) did(what byte) bool {
	return len(r.real) > len(r.trace) && r.real[len(r.trace)] == what
}

// group returns how many of the next n bytes are collected at once: "Only the grouping of
// CollectIncomingData differs" (Cuts).
func (r *report) group(n int) int {
	if r.did('c') {
		real := string(r.real[len(r.trace)+1:])
		if g := strings.IndexByte(real, ';'); 0 < g && g < n {
			return g
		}
	}
	return n
}

func (r *report) note(what ...byte) { r.trace = append(r.trace, what...) }

// do lets an event happen.
func (m *model) do(e event) {
	switch {
	case e <= piece3:
		m.wire += pieces[e] + "|"
	case e == fin:
		m.fin = true
	case e == reset: // and what was not read is lost
		m.reset, m.wire, m.seen = true, "", true
	case e == block:
		m.room = 0
	case e == take:
		m.room = window
	case e == open:
		m.room = endless
	case e == fail:
		m.broken = true
	case e <= passLifetime:
		m.pass(passes[e-passLinger])
	case e == finish:
		m.finish()
	case e < inside:
		m.act(e)
	default:
		m.armed = e - inside + push
	}
	m.settle()
	if e == take {
		m.room = 0
	}
	if len(m.sent) > 0 {
		m.note('>')
		m.note(m.sent...)
		m.note(';')
	}
	if (m.sealed || m.closed) && !m.seen {
		m.seen = true
		m.note('$')
	}
}

// possible reports whether an event can happen now.
func (m *model) possible(e event) bool {
	switch {
	case m.closed:
		return e == finish && m.works > 0
	case e <= fin:
		return !m.fin && !m.reset
	case e == reset:
		return !m.reset
	case e == block:
		return m.room > 0 && !m.reset
	case e == take, e == open:
		return m.room == 0 && !m.reset
	case e == fail:
		return !m.broken
	case e == finish:
		return m.works > 0
	}
	return e < inside || m.armed == events
}

// settle does what is due, until nothing is.
func (m *model) settle() {
	m.turn = false
	for !m.closed && m.step() {
	}
}

func (m *model) step() bool {
	switch {
	case m.closing:
		m.close()
	case m.turn && m.hears() && m.deliver():
	case m.queue != "" && m.room > 0:
		m.turn = false
		m.transmit()
	case m.drained() && m.did('D'):
		m.callDrained()
	case m.hears() && m.read():
		m.turn = true
	case m.drained():
		m.callDrained()
	default:
		return m.end()
	}
	return true
}

func (m *model) drained() bool { return m.drain && m.queue == "" }

func (m *model) callDrained() {
	m.drain = false
	if m.full && !m.ends() {
		m.call('D')
	}
}

// close drops what is queued. If the peer has sent what we have not read, the close is a reset, and
// the peer may lose what it has not read.
func (m *model) close() {
	m.closed = true
	m.works = min(m.works, 1) // what has not begun is dropped
	m.call('X', m.reason)
	if m.wire != "" && !bytes.ContainsRune(m.real, '>') {
		m.sent = m.sent[:0]
	}
}

// call calls the handler, which does what was armed.
func (m *model) call(what ...byte) {
	m.note(what...)
	if what[0] == 'T' {
		m.push(lastWord)
	}
	if e := m.armed; e < events {
		m.armed = events
		m.act(e)
	}
}

// Input.

// hears reports whether input is delivered.
func (m *model) hears() bool {
	return !m.stop && !m.paused && !m.throttled && m.works == 0
}

// read goes on with the input, if there is more.
func (m *model) read() bool {
	switch {
	case m.due || m.certain() > 0:
	case m.wire != "":
		piece, rest, _ := strings.Cut(m.wire, "|")
		m.held, m.wire = m.held+piece, rest
		m.found()
	case !m.fin || m.told && m.held == "":
		return false
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
	case m.wire != "" || !m.fin:
		return false
	case m.held != "": // the beginning of a terminator that never ends
		m.collect(m.group(len(m.held)))
	case !m.told:
		m.tellEnd()
	default:
		return false
	}
	m.found()
	return true
}

// certain returns how much of what is held belongs to the element.
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
	if m.term == none {
		m.elementEnds()
	}
}

// comes says that there are bytes of an element.
func (m *model) comes() {
	if !m.begun {
		m.begun = true
		m.start(element)
	}
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

// elementEnds begins the next element. Under None every byte is one.
func (m *model) elementEnds() {
	m.begun, m.got = false, 0
	if m.next != 0 {
		m.term, m.next = m.next, 0
	}
	m.clear(first)
	m.clear(element)
	m.start(idle)
}

func (m *model) setTerminator() {
	next := m.term%none + 1
	if m.next != 0 {
		next = m.next%none + 1
	}
	if m.collects {
		m.next = next
		return
	}
	m.term, m.next = next, 0
	m.begun, m.got = false, 0
	m.clear(element)
}

// tellEnd says that the peer has ended its direction.
func (m *model) tellEnd() {
	m.told = true
	switch {
	case m.full:
		m.clear(first)
		m.clear(element)
		if !m.clocks[clockOf(idle)].set {
			m.start(idle)
		}
		m.call('E')
	case !m.half && m.lost == 0:
		m.stopFor(m.endReason())
	}
}

func (m *model) endReason() byte {
	if m.begun {
		return insideOne
	}
	return byPeer
}

// Output.

// ends reports whether our direction has ended, or is to.
func (m *model) ends() bool { return m.stop || m.half || m.lost != 0 || m.closing || m.closed }

func (m *model) push(data string) {
	m.note('p')
	switch {
	case m.closing || m.closed || m.sealed || m.ends() && !m.answering:
		m.note('-')
	case len(m.queue) > maxOutput:
		m.note('*')
		m.closeFor(slowReader)
	default:
		m.note('+')
		m.queue += data
		m.drain = true
		m.throttled = m.throttled || len(m.queue) > highWater
		if !m.clocks[clockOf(stall)].set {
			m.start(stall)
		}
	}
}

// transmit hands to the system what it takes.
func (m *model) transmit() {
	switch {
	case m.reset:
		m.fails(byReset)
		return
	case m.broken:
		m.fails(byWrite)
		return
	}
	n := min(len(m.queue), m.room)
	m.sent = append(m.sent, m.queue[:n]...)
	m.queue = m.queue[n:]
	m.room -= n
	m.throttled = m.throttled && len(m.queue) >= lowWater
	m.start(stall)
	if m.queue == "" {
		m.clear(stall)
	}
	if m.clocks[clockOf(idle)].set {
		m.start(idle)
	}
}

// fails ends our direction, and nothing else.
func (m *model) fails(reason byte) {
	m.lost, m.queue, m.drain, m.throttled = reason, "", false, false
	m.clear(stall)
}

// What becomes of it.

func (m *model) stopFor(reason byte) {
	if !m.stop && !m.closing {
		m.stop, m.reason = true, reason
	}
}

func (m *model) closeFor(reason byte) {
	if !m.closing && !m.closed {
		m.closing, m.reason, m.queue = true, reason, ""
	}
}

// end does what the ends of the two directions lead to.
func (m *model) end() bool {
	if m.stop && m.works == 0 {
		m.wire = "" // read and dropped
	}
	switch {
	case m.works > 0 && !m.reset: // its answer goes first
		return false
	case m.lost != 0 && (m.told || m.stop):
		m.closeFor(m.lost)
	case m.ends() && !m.sealed && m.queue == "" && m.lost == 0 && !m.reset:
		m.sealed = true
	case m.sealed && m.half && !m.stop && m.told:
		m.closeFor(byUs)
		if !m.full && m.begun {
			m.reason = insideOne
		}
	case m.sealed && m.stop && (m.fin || m.reset):
		m.closeFor(m.reason)
	case m.sealed && m.stop && !m.lingers:
		m.lingers = true
		m.start(linger)
	case m.reset && (m.stop || m.told || m.held == "" && !m.due && !(m.fin && m.sealed) || m.hears()):
		m.closeFor(byReset)
	default:
		return false
	}
	return true
}

// finish ends the work that was begun first.
func (m *model) finish() {
	m.works--
	m.note('d')
	m.answering = true
	m.push(answer)
	m.answering = false
}

func (m *model) act(e event) {
	switch e {
	case push:
		m.push(pushed)
	case pause:
		m.paused = true
	case resume:
		m.paused = false
	case work:
		m.note('g')
		if m.closing || m.closed || m.stop && !m.answering {
			m.note('-')
			return
		}
		m.note('+')
		m.works++
	case closeWrite:
		m.half = true
	case closeWhenDone:
		m.stopFor(byUs)
	case closeNow:
		m.closeFor(byUs)
	case setTerminator:
		m.setTerminator()
	case unread:
		m.held = putBack + m.held
	}
}

// Clocks.

func clockOf(seconds int) int {
	for i, s := range passes {
		if s == seconds {
			return i
		}
	}
	panic("no such clock")
}

func (m *model) start(seconds int) { m.clocks[clockOf(seconds)] = clock{set: true} }
func (m *model) clear(seconds int) { m.clocks[clockOf(seconds)] = clock{} }

// runs reports whether a clock that is set goes on: those of the input stand still while we do not
// read.
func (m *model) runs(seconds int) bool {
	switch seconds {
	case first, element:
		return m.hears() && !m.told
	case idle:
		return m.hears() && (m.told || !m.begun && !m.clocks[clockOf(first)].set)
	}
	return true
}

func (m *model) pass(seconds int) {
	for seconds > 0 && !m.closed {
		step, rings := seconds, -1
		for i, c := range m.clocks {
			if left := passes[i] - c.used; c.set && m.runs(passes[i]) && left <= step {
				step, rings = left, i
			}
		}
		for i := range m.clocks {
			if m.clocks[i].set && m.runs(passes[i]) {
				m.clocks[i].used += step
			}
		}
		seconds -= step
		if rings >= 0 {
			m.clocks[rings] = clock{}
			m.ring(passes[rings])
			m.settle()
		}
	}
}

func (m *model) ring(seconds int) {
	switch seconds {
	case linger:
		m.closeFor(m.reason)
	case stall:
		m.closeFor(stalled)
	case first:
		m.timeout(noElement)
	case element:
		m.timeout(tooSlow)
	case idle:
		m.timeout(idleForLong)
	case lifetime:
		m.timeout(endOfLife)
	}
}

// timeout closes the channel, after the last word of a handler that has one.
func (m *model) timeout(reason byte) {
	if !m.full || m.stop {
		m.closeFor(reason)
		return
	}
	m.call('T', reason)
	m.stop = true
	if !m.closing {
		m.reason = reason
	}
}
