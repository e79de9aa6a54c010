//go:build invariants

package chat

import (
	"fmt"
	"runtime/debug"

	"github.com/go-asynchat/asynchat/core"
)

// Where checkInvariants is called.
const (
	atSettle = "settle"     // as the last thing of a call by the loop
	atRead   = "HandleRead" // the same
	atRing   = "a clock"    // the same
	atClose  = "the close"  // before it, wherever that is called
)

// checkInvariants ends the program if a statement about the state of a channel does not hold.
func (c *Channel) checkInvariants(at string) {
	must := moment{c, at}
	must.note()
	if c.life.phase == closed {
		must.hold("closed ⇒ the other goroutines know", c.shared.gone())
		must.hold("closed ⇒ nothing is queued", c.queue.Empty() && !c.backlogged())
		return
	}
	must.hold("the other goroutines know ⇒ closed", !c.shared.gone())
	must.haveTheirCause()
	must.fitLife()
	if at == atClose {
		return // perhaps in the middle of a callback
	}
	must.betweenCalls()
}

// A moment is a channel in one of these places.
type moment struct {
	*Channel
	at string
}

// hold panics where nobody recovers: a loop would take it for a panic of the handler.
func (m moment) hold(statement string, holds bool) {
	if holds {
		return
	}
	stack := debug.Stack()
	go panic(fmt.Sprintf("chat: at %s this does not hold: %s\nlife %+v input %+v output %+v "+
		"progress %b special %b event %b\n%s",
		m.at, statement, m.life, m.input, m.output, m.progress, m.special, m.event, stack))
	select {}
}

// note is that special has a bit for whatever acts, and for nothing else.
func (m moment) note() {
	x := m.ext
	if x == nil {
		x = &noExtension
	}
	is := func(bit special, statement string, acts bool) {
		m.hold(statement, m.special&bit != 0 == acts)
	}
	is(actsTLS, "actsTLS ⇔ there is TLS", x.tls != nil)
	is(actsAsker, "actsAsker ⇔ somebody asks for the input", x.asker != nil)
	is(actsRate, "actsRate ⇔ there is a limiter", x.rate != nil)
	is(actsTrace, "actsTrace ⇔ the log counts", x.trace != nil)
	is(actsTasks, "actsTasks ⇔ there is work", x.tasks != nil)
	is(actsTerminator, "actsTerminator ⇔ the next one is set", x.terminator != nil)
	is(actsUnread, "actsUnread ⇔ something is unread", len(x.unread) > 0)
	is(actsCount, "actsCount ⇔ PauseAfter counts", x.countdown > 0)
	is(actsBacklog, "actsBacklog ⇔ broadcasts wait", x.backlog.count > 0)
	is(actsEnd, "actsEnd ⇔ an end has begun", !m.life.plain())
	if m.life.phase == closed {
		return
	}
	is(actsTap, "actsTap ⇔ there is a tap", x.tap.tap != nil)
	is(actsHold, "actsHold ⇔ there is a hold", m.input.holds != 0)
	is(actsInput, "actsInput ⇔ there is a bit of the input", m.input.bits != 0)
	is(actsOutput, "actsOutput ⇔ the output waits, or has a bit",
		m.output.wait != waitNothing || m.output.bits&^undrained != 0)
}

var noExtension extension

func implies(a, b bool) bool { return !a || b }

// haveTheirCause is about what exists only because of something else, in a callback too.
func (m moment) haveTheirCause() {
	in, tasks := m.input.phase != idle, m.special&actsTasks != 0
	m.hold("dropped ⇒ delivering", implies(m.inputHas(dropped), in))
	m.hold("terminatorPending ⇒ the matcher is between elements",
		implies(m.inputHas(terminatorPending), !m.matcher.Partial()))
	m.hold("settleQueued ⇒ inRead", implies(m.event&settleQueued != 0, m.event&inRead != 0))
	m.hold("holdWork ⇒ there is work", implies(m.holds(holdWork), tasks))
	m.hold("there is work ⇒ holdWork", implies(tasks, m.holds(holdWork)))
	m.hold("rateWait ⇒ a rate bounds the reading",
		implies(m.inputHas(rateWait), m.readLimit() != nil))
	m.hold("waitRate ⇒ a rate bounds the writing",
		implies(m.output.wait == waitRate, m.writeLimit() != nil))
	m.hold("inputBefore ⇒ broadcasts wait", implies(m.outputHas(inputBefore), m.backlogged()))
	m.hold("countedAddress ⇒ countedConn",
		implies(m.traits&countedAddress != 0, m.traits&countedConn != 0))
	m.hold("no clock ⇒ no time", implies(m.clock == noClock, m.due == 0))
	m.hold("lingerClock ⇒ lingering", implies(m.clock == lingerClock, m.life.phase == lingering))
	m.hold("proxied ⇒ a header is read", implies(m.life.phase == proxied,
		m.ext != nil && m.ext.header != nil))
}

// fitLife is about how far the channel has come, in a callback too.
func (m moment) fitLife() {
	l := &m.life
	m.hold("the end is told ⇒ open or later", implies(l.in == inTold, l.phase >= open))
	m.hold("tlsTruncated ⇒ the peer has ended", implies(l.bits&tlsTruncated != 0, l.in != inOpen))
	m.hold("reasonEOF ⇒ the channel stops", implies(l.bits&reasonEOF != 0, l.stop == stopNow))
	m.hold("outShut ⇒ nothing is queued", implies(l.out >= outShut, m.queue.Empty()))
	m.hold("outShut ⇒ open or later", implies(l.out == outShut, l.phase >= open))
	m.hold("outBroken ⇒ nothing waits to be sent, nor is this waited for",
		implies(l.out == outBroken, m.outputEmpty() && !m.backlogged() &&
			m.output.wait == waitNothing && !m.stalls()))
	m.hold("lingering ⇒ outShut, stopNow, and the peer has not ended",
		implies(l.phase == lingering, l.out == outShut && l.stop == stopNow && l.in == inOpen))
	m.hold("stopElement ⇒ a request is in progress", // or its handler has panicked
		implies(l.stop == stopElement && m.input.phase == idle, m.midRequest()))
	if m.special&actsTap != 0 {
		m.hold("the tap knows of our end ⇒ outShut", implies(m.ext.tap.ended, l.out >= outShut))
	}
}

// betweenCalls is about the moments when no callback of the handler is running.
func (m moment) betweenCalls() {
	m.hold("nothing is delivered", m.input.phase == idle)
	m.hold("no broadcast waits to be joined", outboxOf(m.Loop()).Left() == nil)
	m.hold("nothing is read", m.event&(inRead|settleQueued) == 0)
	m.hold("nothing is sent", !m.outputHas(sending))
	m.hold("no work answers", !m.answering())
	m.hold("the peer has ended ⇒ no reading is wanted",
		implies(m.life.in != inOpen, m.conn.Want()&core.Readable == 0))
	m.hold("firstGrace ⇒ nothing has come yet",
		implies(m.life.bits&firstGrace != 0, m.progress.has(firstElement)))
	m.hold("outBroken ⇒ there is a clock, or work", implies(m.life.out == outBroken &&
		m.life.delivers() && !m.securing() && m.at != atRing,
		m.due > 0 || m.idle > 0 || m.holds(holdWork)))
	m.hold("handshakeClock ⇒ securing", implies(m.clock == handshakeClock, m.securing()))
}
