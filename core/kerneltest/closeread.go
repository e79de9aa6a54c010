package kerneltest

import "github.com/go-asynchat/asynchat/core"

// What had arrived is read before the end, and the other direction goes on.
func testCloseRead(r *rig) {
	a, b := r.pair()
	r.write(b, "in time")
	r.add(a, 7, core.Readable)
	r.await(7, core.Readable)
	if err := r.k.CloseRead(a); err != nil {
		r.Fatalf("CloseRead: %v", err)
	}
	r.await(7, core.Readable)
	r.expect(a, "in time")
	r.expectEnd(a)
	if got := r.await(7, core.Readable); got&(core.HangUp|core.Failed) != 0 {
		r.Errorf("Ready = %05b after one direction ended, want no HangUp", got)
	}
	r.write(a, "and out")
	r.expect(b, "and out")
	r.closeWrite(a)
	r.expectEnd(b)
	r.await(7, core.HangUp)
}
