package chat

import "github.com/go-asynchat/asynchat/terminator"

// Reads is a handler that reads on request: for example a line, then n bytes, then another line.
// Each of [Reads.Line], [Reads.Bytes] and [Reads.Until] requests one element, and its function gets
// the whole element. Reads complete in order. They may be requested at any time, including in
// NewHandler; the functions usually request the next one. Embed it in a session in place of the
// channel:
//
//	type session struct{ chat.Reads }
//
//	func newSession(c *chat.Channel) chat.Handler {
//		s := &session{Reads: chat.Reads{Channel: c}}
//		s.Line(s.command)
//		return s
//	}
//
// While no element is requested, input waits in the system, and no input clock runs. An end of the
// peer is not noticed then, but a reset is. PauseReading works in addition: it stops input even if
// an element is requested. The slice that a function gets is valid only during the call. The
// channel's MaxElement bounds each element as for [Messages], also for Bytes. Above it, the channel
// is closed with [ErrTooLong]. With SkipTooLong the element is dropped instead. At the end of the
// element its function is called with nil, and [Reads.Err] returns the error. So each request has
// its own answer. If the channel closes before a read is complete, its function is never called,
// even if a part of the element has come. Do not set the terminator: Reads does so.
//
// A read costs O(1) in addition to its bytes, and allocates nothing once the queue has grown. But a
// method value such as s.command allocates, unless the session keeps it.
type Reads struct {
	*Channel
	gathered gathered
	next     read   // in progress, if it was asked for
	later    []read // after next
	head     int    // of these, the first that was not begun
	asked    bool   // next is one
	calling  bool   // a function, behind which the next read begins
	inLine   bool   // the terminator in force is that of Line
	skipped  bool   // the element of the function that is called was dropped
	lent     []byte // all of the element, in the memory of whoever collects it: nothing is gathered
}

// A read is one element to come.
type read struct {
	f    func([]byte)
	t    terminator.Terminator
	line bool // t is that of Line
}

// set makes r a read up to t, or of a line if t is nil. Storing in place avoids a copy, which would
// cost more than all else.
func (r *read) set(f func([]byte), t *terminator.Terminator) {
	r.f, r.line = f, t == nil
	if t != nil {
		r.t = *t
	}
}

// Line requests a line, which ends at "\r\n". The line end is not part of the line, but a bare "\n"
// is. For lines that people type, use Until(terminator.Line(), f).
func (r *Reads) Line(f func(line []byte)) { r.ask(f, nil) }

// Bytes requests the next n bytes. With n = 0, f is called with no bytes, after earlier reads. It
// panics if n is negative.
func (r *Reads) Bytes(n int64, f func(data []byte)) { r.Until(terminator.Length(n), f) }

// Until requests an element that t ends.
func (r *Reads) Until(t terminator.Terminator, f func(element []byte)) {
	r.ask(f, &t)
}

// ask asks for an element that t ends; nil: for a line.
func (r *Reads) ask(f func([]byte), t *terminator.Terminator) {
	if r.asked || r.head < len(r.later) {
		r.askLater(f, t)
		return
	}
	r.next.set(f, t)
	if r.asked = true; !r.calling {
		r.begin()
	}
}

func (r *Reads) askLater(f func([]byte), t *terminator.Terminator) {
	if r.head > 0 && len(r.later) == cap(r.later) && r.head >= len(r.later)/2 {
		// At least half is free: each read moves at most once, on average.
		n := copy(r.later, r.later[r.head:])
		clear(r.later[n:])
		r.later, r.head = r.later[:n], 0
	}
	r.later = append(r.later, read{})
	r.later[len(r.later)-1].set(f, t)
}

// takeLater makes the first of the reads that were asked for later the next one, if there is one.
func (r *Reads) takeLater() bool {
	if r.head == len(r.later) {
		return false
	}
	r.next, r.asked = r.later[r.head], true
	r.later[r.head] = read{}
	if r.head++; r.head == len(r.later) {
		r.later, r.head = r.later[:0], 0
	}
	return true
}

// Pending returns the number of requested reads whose function was not called yet.
func (r *Reads) Pending() int {
	n := len(r.later) - r.head
	if r.asked {
		n++
	}
	return n
}

// begin waits for the next read, if there is one.
func (r *Reads) begin() {
	if !r.asked && !r.takeLater() {
		r.next = read{}
		r.hold(holdUnasked)
		return
	}
	switch {
	case !r.next.line:
		r.inLine = false
		r.SetTerminator(r.next.t)
	case !r.inLine:
		r.inLine = true
		r.SetTerminator(lineEnd)
	}
	if r.input.holds != 0 {
		r.release(holdUnasked)
	}
}

// CollectIncomingData gathers data.
func (r *Reads) CollectIncomingData(data []byte) {
	if !r.asked { // nothing ever was
		r.Unread(data)
		r.hold(holdUnasked)
		return
	}
	if r.input.phase == collectingWhole && len(r.gathered.data) == 0 {
		r.lent = data
		return
	}
	r.gathered.add(r.Channel, data)
}

// FoundTerminator calls the function of the read that is complete.
func (r *Reads) FoundTerminator() { r.complete(r.gathered.drops()) }

// HandleSkipped calls the function of the read whose element was too long.
func (r *Reads) HandleSkipped() { r.complete(true) }

// complete calls the function of the read in progress, with nothing if its element was skipped.
func (r *Reads) complete(skipped bool) {
	if skipped {
		r.gathered.forget()
	}
	if !r.asked {
		return
	}
	r.asked, r.calling, r.skipped = false, true, skipped
	if f := r.next.f; r.lent != nil {
		f(r.lent)
		r.lent = nil
	} else {
		f(r.gathered.bytes())
	}
	r.calling, r.skipped = false, false
	r.gathered.reset()
	r.begin()
}

// Err returns [ErrTooLong] within a function whose element was too long and dropped, nil otherwise.
func (r *Reads) Err() error {
	if r.skipped {
		return ErrTooLong
	}
	return nil
}

// HandleTooLong forgets the beginning of an element whose rest is dropped.
func (r *Reads) HandleTooLong() { r.forget() }

// forget and own are those of a gatherer and a borrower. The reads that were asked for stay so.
func (r *Reads) forget() {
	r.gathered.forget()
	r.lent = nil
}

// unfinished returns what was gathered of an element in progress: see unfinisher.
func (r *Reads) unfinished() []byte { return r.gathered.data }

func (r *Reads) own() {
	if lent := r.lent; lent != nil {
		r.lent = nil
		r.gathered.append(lent)
	}
}
