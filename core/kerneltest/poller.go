package kerneltest

import (
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
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
	var events [1]core.Event
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

// Whichever of several is removed, the others keep their tokens, and Modify finds the right one.
func testRemoveOneOfMany(e *env) {
	const n = 5
	var near, far [n]int
	for i := range n {
		near[i], far[i] = e.pair()
		e.write(far[i], "x")
	}
	for gone := range n {
		for i := range n {
			e.add(near[i], uint64(i), core.Readable)
		}
		e.remove(near[gone])
		e.checkReported(n, func(token uint64) bool { return token != uint64(gone) })
		silent := (gone + 1) % n
		e.modify(near[silent], uint64(silent), 0)
		e.checkReported(n, func(token uint64) bool {
			return token != uint64(gone) &&
				token != uint64(silent)
		})
		for i := range n {
			if i != gone {
				e.remove(near[i])
			}
		}
	}
	e.quiet("all were removed")
}

// checkReported fails unless exactly the tokens below n for which want is true are reported, each
// once in a Wait.
func (e *env) checkReported(n int, want func(token uint64) bool) {
	e.Helper()
	events := make([]core.Event, 2*n)
	times := make([]int, n)
	for _, ev := range e.wait(events, 0) {
		if ev.Token >= uint64(n) {
			e.Fatalf("token %d was reported, which was never given", ev.Token)
		}
		times[ev.Token]++
	}
	for token, got := range times {
		if (got == 1) != want(uint64(token)) || got > 1 {
			e.Errorf("token %d was reported %d times, want %t", token, got, want(uint64(token)))
		}
	}
}

// None of more ready descriptors than there is room for is left out, though all stay ready.
func testMoreThanRoom(e *env) {
	const n, rounds = 10, 30
	for i := range n {
		a, _ := e.pair()
		e.add(a, uint64(i), core.Writable)
	}
	for _, room := range []int{1, 3, n - 1} {
		events := make([]core.Event, room)
		var times [n]int
		for range rounds * n / room {
			for _, ev := range e.wait(events, 0) {
				times[ev.Token]++
			}
		}
		for token, got := range times {
			if got < rounds/2 {
				e.Errorf("room for %d: token %d was reported %d times of about %d", room, token, got, rounds)
			}
		}
	}
}

// What a descriptor is ready for may be spread over several Waits when there is little room;
// nothing is left out.
func testBothInLittleRoom(e *env) {
	const n, rounds = 4, 20
	for i := range n {
		a, b := e.pair()
		e.write(b, "x")
		e.add(a, uint64(i), core.Readable|core.Writable)
		e.await(uint64(i), core.Readable|core.Writable)
	}
	for _, room := range []int{1, 3, n} {
		events := make([]core.Event, room)
		var read, written [n]int
		for range 2 * rounds * n / room {
			for _, ev := range e.wait(events, patience) {
				if ev.Ready&core.Readable != 0 {
					read[ev.Token]++
				}
				if ev.Ready&core.Writable != 0 {
					written[ev.Token]++
				}
			}
		}
		for token := range n {
			if read[token] < rounds/2 || written[token] < rounds/2 {
				e.Errorf("room for %d: token %d was %d times readable, %d times writable, want about %d",
					room, token, read[token], written[token], rounds)
			}
		}
	}
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

func testManyDescriptors(e *env) {
	const pairs = 500
	ln, addr := e.listen()
	e.own(ln)
	var far [pairs]int
	for i := range pairs {
		fd, err := e.k.Connect(e.network, nil, e.addr(addr))
		if err == syscall.EMFILE {
			e.Skipf("no more than %d descriptors", 2*i)
		} else if err != nil {
			e.Fatalf("Connect: %v", err)
		}
		far[i] = e.own(fd)
		e.add(e.own(e.accept(ln)), uint64(i), core.Readable)
		e.add(far[i], uint64(pairs+i), core.Readable)
	}
	e.quiet("1,000 descriptors, none ready")
	for i := 0; i < pairs; i += 3 {
		e.write(far[i], "x")
	}
	events := make([]core.Event, 64)
	var seen [2 * pairs]bool
	for range pairs {
		for _, ev := range e.wait(events, 0) {
			seen[ev.Token] = true
		}
	}
	for token, got := range seen {
		if want := token < pairs && token%3 == 0; got != want {
			e.Errorf("token %d: reported is %t, want %t", token, got, want)
		}
	}
}
