package spec_test

import "bytes"

// A world is what is around a channel: its peer, the network between, and the handler.
type world struct {
	wire    string // sent by the peer, and not read; each piece ends with '|'
	fin     bool   // the peer has ended its direction
	reset   bool   // it has broken the connection
	keeps   bool   // the kernel keeps what came before that
	justNow bool   // in this event
	silent  bool   // both directions had ended: it is seen when we read
	room    int    // how much the peer takes
	broken  bool   // writes fail

	armed     event // what the handler does in its next callback
	collects  bool  // it is in CollectIncomingData
	answering bool  // it is in the answer of work
}

const endless = 1 << 20

// happens lets an event happen, and all that follows from it.
func (m *model) happens(e event) {
	switch {
	case e <= two:
		m.wire += pieces[e] + "|"
	case e == fin:
		m.fin = true
	case e == reset:
		m.isReset()
	case e == block:
		m.room = 0
	case e == take:
		m.room = window
	case e == open:
		m.room = endless
	case e == fail:
		m.broken = true
	case e < finish:
		m.pass(seconds[e-pass])
	case e == finish:
		m.finish()
	case e < inside:
		m.act(e)
	default:
		m.armed = e - inside + push
	}
	m.settle()
	m.justNow = false
	m.pass(0) // what was due rings when nothing is in the way any more
	if e == take {
		m.room = 0
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

// act does what the handler does.
func (m *model) act(e event) {
	switch e {
	case push:
		m.push(pushed)
	case pause:
		m.paused = true
	case resume:
		m.paused = false
	case work:
		m.begin()
	case closeWrite:
		m.halfOpen = true
		m.seal()
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

// isReset says that the connection is broken. What lies before that is delivered, unless the kernel
// has lost it.
func (m *model) isReset() {
	m.reset = true
	if m.lingers || m.stop && m.sealed && m.fin { // it is an end like any other, or comes after one
		m.fin = true
		return
	}
	m.silent = m.fin && m.sealed && !m.hears()
	m.fin = m.fin && m.ended
	if !m.keeps {
		m.wire = ""
	}
	if m.silent {
		return
	}
	m.fails(byReset)
	m.justNow = true
	if !m.hears() && !m.stop && m.works < 2 && m.held == "" && !m.due && m.wire != "" {
		m.read() // to know whether input lies before it (A peer that is gone)
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

// A report is what a model says that a channel does in one event. What is not promised is taken
// from the real one.
type report struct {
	trace []byte
	sent  []byte
	real  []byte
}

func (r *report) note(what ...byte) { r.trace = append(r.trace, what...) }

func (r *report) result(what byte, ok bool) {
	if ok {
		r.note(what, '+')
	} else {
		r.note(what, '-')
	}
}

// did reports whether the real channel did this next.
func (r *report) did(what byte) bool {
	return len(r.real) > len(r.trace) && r.real[len(r.trace)] == what
}

// group returns how many of n bytes are collected at once (Cuts).
func (r *report) group(n int) int {
	if r.did('c') {
		if g := bytes.IndexByte(r.real[len(r.trace)+1:], ';'); 0 < g && g < n {
			return g
		}
	}
	return n
}

// predict returns what the channel does in an event in which the real one did what real says.
func (m *model) predict(e event, real []byte) []byte {
	ended := m.sealed || m.closed || m.reset
	m.trace, m.sent, m.real = m.trace[:0], m.sent[:0], real
	m.happens(e)
	if m.closed && m.wire != "" && bytes.IndexByte(real, '>') < 0 {
		m.sent = m.sent[:0] // that close is a reset, which may overtake what was sent
	}
	if len(m.sent) > 0 {
		m.note('>')
		m.note(m.sent...)
		m.note(';')
	}
	if !ended && (m.sealed || m.closed) && !m.reset {
		m.note('$')
	}
	return m.trace
}
