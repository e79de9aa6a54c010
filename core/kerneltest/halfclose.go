package kerneltest

import "github.com/go-asynchat/asynchat/core"

// half ends the direction from b to a, and waits until a knows. All that came is read.
func (r *rig) half(a, b int) {
	r.Helper()
	r.closeWrite(b)
	r.expectEnd(a)
}

// The end of the peer's direction is reported to those who read, and to nobody else: one who has still output to send, and no
// room for it, would be woken without end.
func testHalfClosedAndFull(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Writable)
	chunk := make([]byte, 1<<20)
	sent := r.fill(a, func() (int, int, error) {
		n, err := r.k.Write(a, chunk)
		return n, len(chunk), err
	})
	r.half(a, b)
	r.quiet("there is no room, and the end is not wanted")
	r.modify(a, 8, core.Readable|core.Writable)
	if got := r.await(8, core.Readable); got != core.Readable {
		r.Errorf("Ready = %05b, want Readable only", got)
	}
	r.modify(a, 9, core.Writable)
	r.quiet("the end is not wanted any more")
	for sent > 0 {
		sent -= len(r.read(b, min(sent, 64<<10)))
	}
	if got := r.await(9, core.Writable); got != core.Writable {
		r.Errorf("Ready = %05b, want Writable only", got)
	}
}

func testHalfClosedNothingWanted(r *rig) {
	a, b := r.pair()
	r.add(a, 7, 0)
	r.half(a, b)
	r.quiet("one direction has ended, and nothing is wanted")
	r.modify(a, 8, core.Readable)
	r.await(8, core.Readable)
	r.modify(a, 9, 0)
	r.quiet("nothing is wanted any more")
}

// HangUp is also reported when it is our end that comes last, after or before the end of the peer was reported.
func testHangUpByOurEnd(r *rig) {
	for _, want := range []core.Ready{0, core.Writable, core.Readable} {
		a, b := r.pair()
		r.add(a, 7, want)
		r.half(a, b)
		if want == core.Readable {
			r.await(7, core.Readable)
		} else if want == 0 {
			r.quiet("one direction has ended")
		}
		r.closeWrite(a)
		r.await(7, core.HangUp)
		r.await(7, core.HangUp)
		r.remove(a)
	}
}
