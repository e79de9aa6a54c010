package kerneltest

import (
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// half ends the direction from b to a, and waits until a knows. All that came is read.
func (e *env) half(a, b int) {
	e.Helper()
	e.closeWrite(b)
	e.expectEnd(a)
}

// The end of the peer's direction is reported to those who read, and to nobody else: one who has
// still output to send, and no room for it, would be woken without end.
func testHalfClosedAndFull(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Writable)
	chunk := make([]byte, 1<<20)
	sent := e.fill(a, func() (int, int, error) {
		n, err := e.k.Write(a, chunk)
		return n, len(chunk), err
	})
	e.half(a, b)
	e.quiet("there is no room, and the end is not wanted")
	e.modify(a, 8, core.Readable|core.Writable)
	if got := e.await(8, core.Readable); got != core.Readable {
		e.Errorf("Ready = %05b, want Readable only", got)
	}
	e.modify(a, 9, core.Writable)
	e.quiet("the end is not wanted any more")
	for sent > 0 {
		sent -= len(e.read(b, min(sent, 64<<10)))
	}
	if got := e.await(9, core.Writable); got != core.Writable {
		e.Errorf("Ready = %05b, want Writable only", got)
	}
}

// One who waits for room, and wants nothing else, is told when the peer has gone: nobody will make
// some.
func testGoneWhileFull(e *env) {
	for _, unread := range []bool{true, false} {
		a, b := e.openPair()
		e.own(a)
		e.add(a, 7, core.Writable)
		chunk := make([]byte, 1<<20)
		e.fill(a, func() (int, int, error) {
			n, err := e.k.Write(a, chunk)
			return n, len(chunk), err
		})
		if unread {
			e.write(b, "and this is not read here")
		}
		e.close(b)
		e.awaitAny(7, core.Writable|kernel.HangUp|kernel.Failed)
		if n, err := e.k.Write(a, chunk); err == nil || err == syscall.EAGAIN {
			e.Errorf("Write to a peer that has gone = %d, %v, want an error", n, err)
		}
		e.remove(a)
	}
}

func testHalfClosedNothingWanted(e *env) {
	a, b := e.pair()
	e.add(a, 7, 0)
	e.half(a, b)
	e.quiet("one direction has ended, and nothing is wanted")
	e.modify(a, 8, core.Readable)
	e.await(8, core.Readable)
	e.modify(a, 9, 0)
	e.quiet("nothing is wanted any more")
}

// HangUp is also reported when it is our end that comes last, after or before the end of the peer
// was reported.
func testHangUpByOurEnd(e *env) {
	for _, want := range []core.Ready{0, core.Writable, core.Readable} {
		a, b := e.pair()
		e.add(a, 7, want)
		e.half(a, b)
		if want == core.Readable {
			e.await(7, core.Readable)
		} else if want == 0 {
			e.quiet("one direction has ended")
		}
		e.closeWrite(a)
		e.awaitEnd(7, 0, kernel.HangUp)
		e.awaitEnd(7, 0, kernel.HangUp)
		e.remove(a)
		e.add(a, 8, core.Readable)
		e.await(8, core.Readable)
		e.expectEnd(a)
		e.remove(a)
	}
}
