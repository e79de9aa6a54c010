package kerneltest

import (
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// Whichever of several is removed, the others keep their tokens, and Modify finds the right one.
func testRemoveOneOfMany(e *env) {
	const n = 5
	var near, far [n]int
	for i := range n {
		near[i], far[i] = e.pair()
		e.write(far[i], "x")
		e.add(near[i], uint64(i), core.Readable) // not every kernel delivers at once
		e.await(uint64(i), core.Readable)
		e.remove(near[i])
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
	events := make([]kernel.Event, 2*n)
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
		events := make([]kernel.Event, room)
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
		events := make([]kernel.Event, room)
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
	events := make([]kernel.Event, 64)
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
