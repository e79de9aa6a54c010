package kerneltest

import (
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

func testReadable(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Readable)
	e.quiet("nothing has arrived, and room is not wanted")
	e.write(b, "x")
	if got := e.await(7, core.Readable); got != core.Readable {
		e.Errorf("Ready = %05b, want Readable only", got)
	}
}

func testWritable(e *env) {
	a, b := e.pair()
	e.write(b, "x")
	e.add(a, 7, core.Writable)
	if got := e.await(7, core.Writable); got != core.Writable {
		e.Errorf("Ready = %05b, want Writable only", got)
	}
}

func testBoth(e *env) {
	a, b := e.pair()
	e.write(b, "x")
	e.add(a, 7, core.Readable|core.Writable)
	if got := e.await(7, core.Readable|core.Writable); got != core.Readable|core.Writable {
		e.Errorf("Ready = %05b, want Readable and Writable", got)
	}
}

func testNothingWanted(e *env) {
	a, b := e.pair()
	e.write(b, "x")
	e.add(a, 7, 0)
	e.quiet("nothing is wanted")
	// What arrives does not end a Wait either, neither before it begins nor while it waits.
	const timeout = 5 * time.Millisecond
	var events [1]kernel.Event
	took := time.Duration(-1)
	for try := 0; try < 3 && took < timeout; try++ { // a signal may end one
		e.write(b, "x")
		took = e.elapsed(func() { e.wait(events[:], timeout) })
	}
	if took < timeout {
		e.Errorf("nothing is wanted, but Wait(%v) took %v", timeout, took)
	}
	e.modify(a, 8, core.Readable)
	e.await(8, core.Readable)
	e.modify(a, 9, 0)
	e.quiet("nothing is wanted any more")
}

func testLevel(e *env) {
	a, b := e.pair()
	e.write(b, "xy")
	e.add(a, 7, core.Readable)
	for range 3 {
		e.await(7, core.Readable)
	}
	e.expect(a, "x")
	e.await(7, core.Readable)
	e.expect(a, "y")
	e.quiet("all has been read")
	e.write(b, "z")
	e.await(7, core.Readable)
}

func testTokens(e *env) {
	for _, token := range []uint64{0, 1, 1 << 31, 1 << 32, 1<<63 | 1<<31 | 5, 1<<64 - 2} {
		a, b := e.pair()
		e.write(b, "x")
		e.add(a, token, core.Readable)
		e.await(token, core.Readable)
		e.remove(a)
	}
}

func testAddOnce(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Readable)
	if err := e.p.Add(a, 8, core.Readable); err == nil {
		e.Error("a descriptor was added twice")
	}
	e.write(b, "x")
	e.await(7, core.Readable)
}

func testModify(e *env) {
	a, b := e.pair()
	e.write(b, "x")
	e.add(a, 7, 0)
	for token, want := range []core.Ready{core.Readable, core.Writable, core.Readable | core.Writable,
		core.Writable} {
		e.modify(a, uint64(token), want)
		if got := e.await(uint64(token), want); got != want {
			e.Errorf("Ready = %05b, want %05b", got, want)
		}
	}
	e.modify(a, 9, 0)
	e.quiet("nothing is wanted any more")
	e.modify(a, 10, core.Readable)
	e.await(10, core.Readable)
}

// An event that is pending when the interest is dropped is not reported either.
func testModifyPending(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Readable)
	e.write(b, "x")
	e.await(7, core.Readable)
	e.modify(a, 7, 0)
	e.quiet("nothing is wanted any more")
}

func testRemove(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Readable|core.Writable)
	e.remove(a)
	e.write(b, "x")
	e.quiet("the descriptor was removed")
	e.add(a, 8, core.Readable)
	e.await(8, core.Readable)
}

func testRemovePending(e *env) {
	a, b := e.pair()
	e.add(a, 7, core.Readable)
	e.write(b, "x")
	e.await(7, core.Readable)
	e.remove(a)
	e.quiet("the descriptor was removed")
}

// A descriptor whose number had another before it gets its own events only.
func testReuse(e *env) {
	for round := range uint64(5) {
		a, b := e.openPair()
		e.write(b, "x")
		e.add(a, round, core.Readable)
		e.await(round, core.Readable)
		e.remove(a)
		e.close(a)
		e.close(b)

		c, d := e.openPair()
		e.add(c, 100+round, core.Readable)
		e.quiet("the closed descriptor was ready, the new one is not")
		e.write(d, "y")
		e.await(100+round, core.Readable)
		e.remove(c)
		e.close(c)
		e.close(d)
	}
}

func testPollerClose(e *env) {
	a, b := e.pair()
	p := e.p
	e.p = e.openPoller()
	if err := p.Add(a, 7, core.Readable); err != nil {
		e.Fatalf("Add: %v", err)
	}
	if err := p.Close(); err != nil {
		e.Errorf("Close: %v", err)
	}
	e.write(b, "x")
	e.add(a, 8, core.Readable)
	e.await(8, core.Readable)
	e.expect(a, "x")
}

func testTwoPollers(e *env) {
	a, b := e.pair()
	c, d := e.pair()
	first := e.p
	e.add(a, 1, core.Readable)
	e.p = e.openPoller()
	e.add(c, 2, core.Readable)
	e.write(b, "x")
	e.quiet("the ready descriptor is another poller's")
	e.write(d, "y")
	e.await(2, core.Readable)
	e.p = first
	e.await(1, core.Readable)
}
