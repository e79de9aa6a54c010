package simkernel

import (
	"syscall"
	"time"
)

// A wire is the way to one end of a connection that was made under faults. What the other end sends
// arrives later, in order. Without a wire everything arrives at once.
type wire struct {
	k      *Kernel
	s      *socket  // the end
	flight segments // the bytes on the way
	items  []item
	head   int   // of items
	delay  int64 // in nanoseconds
	last   int64 // when the last item arrives
	budget int   // bytes until the connection breaks; negative: it does not
}

// An item is something on the way.
type item struct {
	kind  kind
	errno syscall.Errno // of a reset
}

type kind uint8

const (
	bytesCome kind = iota // a segment of flight
	madeComes             // the connection is made
	endComes              // the other end sends nothing more
	resetComes
)

var kindNames = [...]string{"arrive", "made", "end", "reset"}

func (k *Kernel) newWire(s *socket) *wire {
	return &wire{k: k, s: s, delay: k.luck.upTo(k.luck.Latency), budget: -1}
}

// faulty reports whether what is connected now gets wires.
func (k *Kernel) faulty() bool { return k.luck != nil && k.luck.rand != nil }

// newWindow returns the size of a socket's buffer.
func (k *Kernel) newWindow() int {
	if !k.faulty() || k.luck.Window <= 0 {
		return Window
	}
	least := max(1, k.luck.Window/8)
	return least + k.luck.rand.IntN(k.luck.Window-least+1)
}

// put sends an item on its way.
func (w *wire) put(it item) {
	l, now := w.k.luck, w.k.nanos()
	at := now + w.delay
	if l.Jitter > 0 && l.rand.IntN(8) == 0 {
		at += l.upTo(l.Jitter)
	}
	at = max(at, w.last)
	w.last = at
	if at <= now && w.head == len(w.items) {
		w.arrive(it)
		return
	}
	w.items = append(w.items, it)
	l.eventQueue.add(entry{at: at, s: w.s})
}

// next lets the first item arrive.
func (w *wire) next() {
	it := w.items[w.head]
	if w.head++; w.head == len(w.items) {
		w.items, w.head = w.items[:0], 0
	}
	w.arrive(it)
}

func (w *wire) arrive(it item) {
	s, n := w.s, 0
	switch it.kind {
	case bytesCome:
		n = w.bytesArrive()
	case madeComes:
		s.connecting = false
		if s.gone {
			s.answerReset()
		}
	case endComes:
		s.ended = true
	case resetComes:
		if s.peer != nil {
			s.peer = nil
			s.connecting = false
			if !w.k.luck.roll(w.k.luck.Keep) {
				s.in = segments{}
			}
			s.reset(it.errno)
		}
	}
	w.k.log(kindNames[it.kind], s.fd, n, nil)
	s.changed()
}

// bytesArrive hands over the first segment on the way. What comes to an end that is closed is
// answered by a reset, which may cost the sender what it has not read: the reason to linger.
func (w *wire) bytesArrive() (n int) {
	s, p := w.s, w.flight.first()
	switch {
	case s.gone:
		s.answerReset()
	case s.peer == nil || s.deaf:
	default:
		s.in.append(len(p), [][]byte{p})
		s.writes++
	}
	n = len(p)
	w.flight.drop(n)
	if s.peer != nil {
		s.peer.changed() // there may be room again
	}
	return n
}

func (s *socket) answerReset() {
	if p := s.peer; p != nil {
		s.peer = nil
		p.wire.put(item{kind: resetComes, errno: syscall.ECONNRESET})
	}
}

// hangUp is close at the end of a wire.
func (s *socket) hangUp(reset bool) {
	s.gone = true
	unread := s.in.len() > 0
	s.in = segments{}
	switch {
	case s.peer == nil || s.connecting:
	case unread || reset:
		s.answerReset()
	case !s.finished:
		s.finished = true
		s.peer.wire.put(item{kind: endComes})
	}
}

// send puts n bytes of v on the way from the other end, or as many as go before the connection
// breaks.
func (w *wire) send(from *socket, n int, v [][]byte) int {
	broken := w.budget >= 0 && n >= w.budget
	if broken {
		n = w.budget
	}
	if n > 0 {
		w.flight.append(n, v)
		w.put(item{kind: bytesCome})
	}
	if w.budget >= 0 {
		w.budget -= n
	}
	if broken && from.peer != nil { // it may have been reset in answer
		w.k.snap(from)
	}
	return n
}

var breakErrors = []syscall.Errno{syscall.ECONNRESET, syscall.ECONNRESET, syscall.ETIMEDOUT,
	syscall.EHOSTUNREACH}

// snap breaks the connection, as a network does: both ends get a reset, after what is on the way.
func (k *Kernel) snap(s *socket) {
	p := s.peer
	k.luck.noteBroken(s)
	k.log("break", s.fd, p.fd, nil)
	errno := breakErrors[k.luck.rand.IntN(len(breakErrors))]
	s.wire.budget, p.wire.budget = -1, -1
	p.wire.put(item{kind: resetComes, errno: errno})
	s.wire.put(item{kind: resetComes, errno: errno})
}

// reach is Connect under faults: it takes its time, and may come to nothing.
func (k *Kernel) reach(s *socket) {
	l := k.luck
	s.wire, s.connecting = k.newWire(s), true
	delay := s.wire.delay
	if l.roll(l.Slow) {
		delay += int64(time.Second) << l.rand.IntN(3)
	}
	meet := func() { k.meet(s, l.roll(l.Refuse)) }
	if delay == 0 {
		meet()
	} else {
		l.eventQueue.add(entry{at: k.nanos() + delay, f: meet})
	}
}

// meet is the moment at which a connection attempt comes to the listener.
func (k *Kernel) meet(s *socket, refuse bool) {
	if s.gone {
		return
	}
	ln := k.pick(s.remote)
	if refuse || ln == nil || len(ln.backlog) >= ln.room {
		k.log("refuse", s.fd, 0, nil)
		refused := func() {
			s.connecting = false
			s.reset(syscall.ECONNREFUSED)
		}
		if s.wire.delay == 0 {
			refused()
		} else {
			k.luck.eventQueue.add(entry{at: k.nanos() + s.wire.delay, f: refused})
		}
		return
	}
	far := &socket{fd: -1, window: k.newWindow(), local: s.remote, remote: s.local,
		options: ln.options}
	far.wire = k.newWire(far)
	s.join(far)
	if l := k.luck; l.roll(l.Break) {
		[]*wire{s.wire, far.wire}[l.rand.IntN(2)].budget = l.rand.IntN(1 << l.rand.IntN(18))
	}
	s.wire.put(item{kind: madeComes})
	ln.backlog = append(ln.backlog, far)
	ln.changed()
}

// abortFirst resets the connection that is to be accepted next, and reports whether Accept is to
// say so. Some systems hand it over as it is.
func (k *Kernel) abortFirst(ln *socket) bool {
	l := k.luck
	if l == nil || !l.roll(l.Abort) {
		return false
	}
	conn := ln.backlog[0]
	if conn.wire == nil || conn.peer == nil {
		return false
	}
	l.noteBroken(conn)
	k.log("abort", ln.fd, 0, nil)
	conn.answerReset()
	conn.in = segments{}
	conn.reset(syscall.ECONNRESET)
	if l.rand.IntN(2) == 0 {
		return false
	}
	conn.gone = true
	ln.backlog = ln.backlog[1:]
	return true
}
