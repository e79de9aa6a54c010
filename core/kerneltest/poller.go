package kerneltest

import (
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

func testReadable(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Readable)
	r.quiet("nothing has arrived, and room is not wanted")
	r.write(b, "x")
	if got := r.await(7, core.Readable); got != core.Readable {
		r.Errorf("Ready = %05b, want Readable only", got)
	}
}

func testWritable(r *rig) {
	a, b := r.pair()
	r.write(b, "x")
	r.add(a, 7, core.Writable)
	if got := r.await(7, core.Writable); got != core.Writable {
		r.Errorf("Ready = %05b, want Writable only", got)
	}
}

func testBoth(r *rig) {
	a, b := r.pair()
	r.write(b, "x")
	r.add(a, 7, core.Readable|core.Writable)
	if got := r.await(7, core.Readable|core.Writable); got != core.Readable|core.Writable {
		r.Errorf("Ready = %05b, want Readable and Writable", got)
	}
}

func testNothingWanted(r *rig) {
	a, b := r.pair()
	r.write(b, "x")
	r.add(a, 7, 0)
	r.quiet("nothing is wanted")
	// What arrives does not end a Wait either, neither before it begins nor while it waits.
	const timeout = 5 * time.Millisecond
	var events [1]core.Event
	took := time.Duration(-1)
	for try := 0; try < 3 && took < timeout; try++ { // a signal may end one
		r.write(b, "x")
		took = r.elapsed(func() { r.wait(events[:], timeout) })
	}
	if took < timeout {
		r.Errorf("nothing is wanted, but Wait(%v) took %v", timeout, took)
	}
	r.modify(a, 8, core.Readable)
	r.await(8, core.Readable)
	r.modify(a, 9, 0)
	r.quiet("nothing is wanted any more")
}

func testLevel(r *rig) {
	a, b := r.pair()
	r.write(b, "xy")
	r.add(a, 7, core.Readable)
	for range 3 {
		r.await(7, core.Readable)
	}
	r.expect(a, "x")
	r.await(7, core.Readable)
	r.expect(a, "y")
	r.quiet("all has been read")
	r.write(b, "z")
	r.await(7, core.Readable)
}

func testTokens(r *rig) {
	for _, token := range []uint64{0, 1, 1 << 31, 1 << 32, 1<<63 | 1<<31 | 5, 1<<64 - 2} {
		a, b := r.pair()
		r.write(b, "x")
		r.add(a, token, core.Readable)
		r.await(token, core.Readable)
		r.remove(a)
	}
}

func testAddOnce(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Readable)
	if err := r.p.Add(a, 8, core.Readable); err == nil {
		r.Error("a descriptor was added twice")
	}
	r.write(b, "x")
	r.await(7, core.Readable)
}

func testModify(r *rig) {
	a, b := r.pair()
	r.write(b, "x")
	r.add(a, 7, 0)
	for token, want := range []core.Ready{core.Readable, core.Writable, core.Readable | core.Writable, core.Writable} {
		r.modify(a, uint64(token), want)
		if got := r.await(uint64(token), want); got != want {
			r.Errorf("Ready = %05b, want %05b", got, want)
		}
	}
	r.modify(a, 9, 0)
	r.quiet("nothing is wanted any more")
	r.modify(a, 10, core.Readable)
	r.await(10, core.Readable)
}

// An event that is pending when the interest is dropped is not reported either.
func testModifyPending(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Readable)
	r.write(b, "x")
	r.await(7, core.Readable)
	r.modify(a, 7, 0)
	r.quiet("nothing is wanted any more")
}

func testRemove(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Readable|core.Writable)
	r.remove(a)
	r.write(b, "x")
	r.quiet("the descriptor was removed")
	r.add(a, 8, core.Readable)
	r.await(8, core.Readable)
}

func testRemovePending(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Readable)
	r.write(b, "x")
	r.await(7, core.Readable)
	r.remove(a)
	r.quiet("the descriptor was removed")
}

// Whichever of several is removed, the others keep their tokens, and Modify finds the right one.
func testRemoveOneOfMany(r *rig) {
	const n = 5
	var near, far [n]int
	for i := range n {
		near[i], far[i] = r.pair()
		r.write(far[i], "x")
	}
	for gone := range n {
		for i := range n {
			r.add(near[i], uint64(i), core.Readable)
		}
		r.remove(near[gone])
		r.checkReported(n, func(token uint64) bool { return token != uint64(gone) })
		silent := (gone + 1) % n
		r.modify(near[silent], uint64(silent), 0)
		r.checkReported(n, func(token uint64) bool { return token != uint64(gone) && token != uint64(silent) })
		for i := range n {
			if i != gone {
				r.remove(near[i])
			}
		}
	}
	r.quiet("all were removed")
}

// checkReported fails unless exactly the tokens below n for which want is true are reported, each once in a Wait.
func (r *rig) checkReported(n int, want func(token uint64) bool) {
	r.Helper()
	events := make([]core.Event, 2*n)
	times := make([]int, n)
	for _, e := range r.wait(events, 0) {
		if e.Token >= uint64(n) {
			r.Fatalf("token %d was reported, which was never given", e.Token)
		}
		times[e.Token]++
	}
	for token, got := range times {
		if (got == 1) != want(uint64(token)) || got > 1 {
			r.Errorf("token %d was reported %d times, want %t", token, got, want(uint64(token)))
		}
	}
}

// None of more ready descriptors than there is room for is left out, though all stay ready.
func testMoreThanRoom(r *rig) {
	const n, rounds = 10, 30
	for i := range n {
		a, _ := r.pair()
		r.add(a, uint64(i), core.Writable)
	}
	for _, room := range []int{1, 3, n - 1} {
		events := make([]core.Event, room)
		var times [n]int
		for range rounds * n / room {
			for _, e := range r.wait(events, 0) {
				times[e.Token]++
			}
		}
		for token, got := range times {
			if got < rounds/2 {
				r.Errorf("room for %d: token %d was reported %d times of about %d", room, token, got, rounds)
			}
		}
	}
}

// What a descriptor is ready for may be spread over several Waits when there is little room; nothing is left out.
func testBothInLittleRoom(r *rig) {
	const n, rounds = 4, 20
	for i := range n {
		a, b := r.pair()
		r.write(b, "x")
		r.add(a, uint64(i), core.Readable|core.Writable)
		r.await(uint64(i), core.Readable|core.Writable)
	}
	for _, room := range []int{1, 3, n} {
		events := make([]core.Event, room)
		var read, written [n]int
		for range 2 * rounds * n / room {
			for _, e := range r.wait(events, patience) {
				if e.Ready&core.Readable != 0 {
					read[e.Token]++
				}
				if e.Ready&core.Writable != 0 {
					written[e.Token]++
				}
			}
		}
		for token := range n {
			if read[token] < rounds/2 || written[token] < rounds/2 {
				r.Errorf("room for %d: token %d was %d times readable, %d times writable, want about %d",
					room, token, read[token], written[token], rounds)
			}
		}
	}
}

// A descriptor whose number had another before it gets its own events only.
func testReuse(r *rig) {
	for round := range uint64(5) {
		a, b := r.openPair()
		r.write(b, "x")
		r.add(a, round, core.Readable)
		r.await(round, core.Readable)
		r.remove(a)
		r.close(a)
		r.close(b)

		c, d := r.openPair()
		r.add(c, 100+round, core.Readable)
		r.quiet("the closed descriptor was ready, the new one is not")
		r.write(d, "y")
		r.await(100+round, core.Readable)
		r.remove(c)
		r.close(c)
		r.close(d)
	}
}

func testPollerClose(r *rig) {
	a, b := r.pair()
	p := r.p
	r.p = r.openPoller()
	if err := p.Add(a, 7, core.Readable); err != nil {
		r.Fatalf("Add: %v", err)
	}
	if err := p.Close(); err != nil {
		r.Errorf("Close: %v", err)
	}
	r.write(b, "x")
	r.add(a, 8, core.Readable)
	r.await(8, core.Readable)
	r.expect(a, "x")
}

func testTwoPollers(r *rig) {
	a, b := r.pair()
	c, d := r.pair()
	first := r.p
	r.add(a, 1, core.Readable)
	r.p = r.openPoller()
	r.add(c, 2, core.Readable)
	r.write(b, "x")
	r.quiet("the ready descriptor is another poller's")
	r.write(d, "y")
	r.await(2, core.Readable)
	r.p = first
	r.await(1, core.Readable)
}

func testManyDescriptors(r *rig) {
	const pairs = 500
	ln, addr := r.listen()
	r.own(ln)
	var far [pairs]int
	for i := range pairs {
		fd, err := r.k.Connect(r.network, nil, r.addr(addr))
		if err == syscall.EMFILE {
			r.Skipf("no more than %d descriptors", 2*i)
		} else if err != nil {
			r.Fatalf("Connect: %v", err)
		}
		far[i] = r.own(fd)
		r.add(r.own(r.accept(ln)), uint64(i), core.Readable)
		r.add(far[i], uint64(pairs+i), core.Readable)
	}
	r.quiet("1,000 descriptors, none ready")
	for i := 0; i < pairs; i += 3 {
		r.write(far[i], "x")
	}
	events := make([]core.Event, 64)
	var seen [2 * pairs]bool
	for range pairs {
		for _, e := range r.wait(events, 0) {
			seen[e.Token] = true
		}
	}
	for token, got := range seen {
		if want := token < pairs && token%3 == 0; got != want {
			r.Errorf("token %d: reported is %t, want %t", token, got, want)
		}
	}
}
