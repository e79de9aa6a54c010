package spec_test

import (
	"errors"
	"io"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A rig is a real channel on the simulated kernel, one after the other on the same loop.
type rig struct {
	*simkernel.Kernel
	tb    testing.TB
	loop  *core.Loop
	full  bool // the handler has all optional methods
	ch    *chat.Channel
	peer  int
	trace []byte
	got   []byte // by the peer, in this event
	buf   [64]byte

	seen   bool // the peer has seen the end
	closed bool
	broken bool // writes fail
	reset  bool // by the peer
	open   bool // the peer receives
	armed  event
	inside bool // a callback is running
	term   int
	held   []func() // work

	collected []byte
	posts     [inside - push]func() // act, for each event
	keeps     bool                  // the kernel keeps what came before a reset
}

func newRig(tb testing.TB, full bool) *rig {
	r := &rig{Kernel: simkernel.New(), tb: tb, full: full}
	var err error
	r.loop, err = core.New(core.WithKernel(r), core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		tb.Fatal(err)
	}
	for e := push; e < inside; e++ {
		r.posts[e-push] = func() { r.act(e) }
	}
	a, b, err := r.Pair()
	if err != nil {
		tb.Fatal(err)
	}
	r.Kernel.Write(b, []byte("x"))
	r.Reset(b)
	r.keeps = r.Buffered(a) > 0
	r.Close(a)
	r.Close(b)
	return r
}

// Background keeps work until finish.
func (r *rig) Background(work func()) { r.held = append(r.held, work) }

// fails reports whether a write that would not wait, nor fail for another reason, fails.
func (r *rig) fails(fd int) bool { return r.broken && !r.reset && r.Room(fd) > 0 }

func (r *rig) Write(fd int, p []byte) (int, error) {
	if r.fails(fd) {
		return 0, syscall.EPIPE
	}
	return r.Kernel.Write(fd, p)
}

func (r *rig) Writev(fd int, v [][]byte) (int, error) {
	if r.fails(fd) {
		return 0, syscall.EPIPE
	}
	return r.Kernel.Writev(fd, v)
}

// begin makes a new channel.
func (r *rig) begin() {
	r.end()
	near, far, err := r.Pair()
	if err != nil {
		r.tb.Fatal(err)
	}
	r.peer, r.open, r.armed = far, true, events
	r.seen, r.closed, r.broken, r.reset, r.term = false, false, false, false, 0
	chat.NewChannel(core.NewConn(r.loop, near), func(c *chat.Channel) chat.Handler {
		r.ch = c
		c.SetLimits(limits)
		c.SetTerminator(terminators[0])
		if r.full {
			return full{bare{r}}
		}
		return bare{r}
	})
	r.run()
	r.trace = r.trace[:0]
}

func (r *rig) end() {
	if r.ch == nil {
		return
	}
	r.armed = events
	r.ch.Close()
	for len(r.held) > 0 {
		r.finish()
	}
	r.run()
	r.Close(r.peer)
}

// run turns the loop until nothing happens any more.
func (r *rig) run() {
	for range 1000 {
		n, err := r.loop.Poll(0)
		if err != nil {
			r.tb.Fatal(err)
		}
		if n == 0 && !r.receive() {
			return
		}
	}
	r.tb.Fatal("the channel is never quiet")
}

// receive is what the peer reads.
func (r *rig) receive() (moved bool) {
	for r.open && r.Buffered(r.peer) > 0 {
		n, err := r.Read(r.peer, r.buf[:])
		if err != nil {
			break
		}
		r.got = append(r.got, r.buf[:n]...)
		moved = true
	}
	return moved
}

// do lets one event happen, and returns what the channel did.
func (r *rig) do(e event) []byte {
	r.trace, r.got = r.trace[:0], r.got[:0]
	switch {
	case e <= two:
		r.Kernel.Write(r.peer, []byte(pieces[e]))
	case e == fin:
		r.CloseWrite(r.peer)
	case e == reset:
		r.seen, r.reset = true, true
		r.Reset(r.peer)
	case e == block:
		r.open = false
		r.SetWindow(r.peer, 0)
	case e == take:
		r.SetWindow(r.peer, window)
		r.run()
		r.SetWindow(r.peer, 0)
		r.open = true
		r.receive()
		r.open = false
	case e == open:
		r.open = true
		r.SetWindow(r.peer, simkernel.Window)
	case e == fail:
		r.broken = true
	case e < finish:
		r.pass(clock(e - pass).limit())
	case e == finish:
		r.finish()
	case e < inside:
		if err := r.ch.Post(r.posts[e-push]); err != nil {
			r.tb.Fatal(err)
		}
	default:
		r.armed = e - inside + push
	}
	r.run()
	if len(r.got) > 0 {
		r.trace = append(append(append(r.trace, '>'), r.got...), ';')
	}
	if !r.seen && r.Ended(r.peer) {
		r.seen = true
		r.trace = append(r.trace, '$')
	}
	return r.trace
}

// pass lets time pass, standing still at each timer.
func (r *rig) pass(d time.Duration) {
	end := r.Now().Add(d)
	for {
		next, ok := r.loop.NextTimer()
		if !ok || next.After(end) {
			break
		}
		r.Advance(max(0, next.Sub(r.Now())))
		r.run()
	}
	r.Advance(max(0, end.Sub(r.Now())))
}

// finish ends the work that was begun first.
func (r *rig) finish() {
	w := r.held[0]
	r.held = r.held[1:]
	w()
}

// act does what the handler is to do.
func (r *rig) act(e event) {
	c := r.ch
	switch e {
	case push:
		r.note('p', c.PushString(pushed))
	case pause:
		c.PauseReading()
	case resume:
		c.ResumeReading()
	case work:
		r.note('g', c.Go(r.toAnswer))
	case closeWrite:
		c.CloseWrite()
	case closeWhenDone:
		c.CloseWhenDone()
	case closeNow:
		c.Close()
	case setTerminator:
		r.term = (r.term + 1) % len(terminators)
		c.SetTerminator(terminators[r.term])
	case unread:
		c.Unread([]byte(putBack))
	}
}

func (r *rig) toAnswer() func() { return r.answer }

func (r *rig) answer() {
	r.trace = append(r.trace, 'd')
	r.note('p', r.ch.PushString(answer))
}

func (r *rig) note(what byte, err error) {
	result := byte('+')
	switch {
	case errors.Is(err, chat.ErrSlowReader):
		result = '*'
	case errors.Is(err, chat.ErrClosed):
		result = '-'
	case err != nil:
		result = '?'
	}
	r.trace = append(r.trace, what, result)
}

// callback is what all callbacks have in common.
func (r *rig) callback(note ...byte) {
	if r.inside || r.closed {
		r.trace = append(r.trace, "within another callback, or after the close:"...)
	}
	r.inside = true
	r.trace = append(r.trace, note...)
	if note[0] == 'X' {
		r.closed = true
	}
	if note[0] == 'T' {
		r.note('p', r.ch.PushString(lastWord))
	}
	if e := r.armed; e < events {
		r.armed = events
		r.act(e)
	}
	r.inside = false
}

type bare struct{ *rig }

func (h bare) CollectIncomingData(data []byte) {
	h.collected = append(append(append(h.collected[:0], 'c'), data...), ';')
	h.callback(h.collected...)
}
func (h bare) FoundTerminator()      { h.callback('F') }
func (h bare) HandleClose(err error) { h.callback('X', reasonOf(err)) }

type full struct{ bare }

func (h full) HandleEOF()              { h.callback('E') }
func (h full) HandleDrained()          { h.callback('D') }
func (h full) HandleTimeout(err error) { h.callback('T', reasonOf(err)) }

func reasonOf(err error) byte {
	if err == nil {
		return byUs
	}
	for letter, reason := range reasons {
		if errors.Is(err, reason) {
			return letter
		}
	}
	return somethingNew
}

var reasons = map[byte]error{
	byPeer:      io.EOF,
	insideOne:   io.ErrUnexpectedEOF,
	byReset:     syscall.ECONNRESET,
	byWrite:     syscall.EPIPE,
	noElement:   chat.ErrFirstTimeout,
	tooSlow:     chat.ErrTooSlow,
	idleForLong: chat.ErrIdle,
	stalled:     chat.ErrStalled,
	endOfLife:   chat.ErrLifetime,
	slowReader:  chat.ErrSlowReader,
}
