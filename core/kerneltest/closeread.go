package kerneltest

import (
	"github.com/go-asynchat/asynchat/core"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// What had arrived is read before the end, and the other direction goes on.
func testCloseRead(e *env) {
	a, b := e.pair()
	e.write(b, "in time")
	e.add(a, 7, core.Readable)
	e.await(7, core.Readable)
	if err := e.k.CloseRead(a); err != nil {
		e.Fatalf("CloseRead: %v", err)
	}
	e.await(7, core.Readable)
	e.expect(a, "in time")
	e.expectEnd(a)
	if got := e.await(7, core.Readable); got&(kernel.HangUp|kernel.Failed) != 0 {
		e.Errorf("Ready = %05b after one direction ended, want no HangUp", got)
	}
	e.write(a, "and out")
	e.expect(b, "and out")
	e.closeWrite(a)
	e.expectEnd(b)
	e.awaitEnd(7, core.Readable, kernel.HangUp)
}
