package kerneltest

import (
	"errors"
	"runtime"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

func testStream(e *env) {
	a, b := e.pair()
	e.write(a, "hello, ")
	e.write(a, "world")
	e.expect(b, "hel")
	e.expect(b, "lo, world")
	e.write(b, "and back")
	e.expect(a, "and back")
	e.expectEmpty(a)
	e.expectEmpty(b)
}

// expectEmpty fails unless nothing has arrived.
func (e *env) expectEmpty(fd int) {
	e.Helper()
	var buf [8]byte
	if n, err := e.k.Read(fd, buf[:]); n != 0 || err != syscall.EAGAIN {
		e.Errorf("Read = %d, %v, want EAGAIN", n, err)
	}
}

func testEmptyRead(e *env) {
	a, b := e.pair()
	e.expectEmpty(a)
	e.expectEmpty(b)
	e.write(a, "x")
	e.expect(b, "x")
	e.expectEmpty(b)
}

func testEndOfStream(e *env) {
	a, b := e.openPair()
	e.own(a)
	e.write(b, "last words")
	e.close(b)
	e.add(a, 7, core.Readable)
	e.await(7, core.Readable)
	e.expect(a, "last ")
	e.await(7, core.Readable)
	e.expect(a, "words")
	e.await(7, core.Readable)
	e.expectEnd(a)
	e.await(7, core.Readable)
	e.expectEnd(a)
}

func testHalfClose(e *env) {
	a, b := e.pair()
	e.write(a, "question")
	e.closeWrite(a)
	e.add(b, 7, core.Readable)
	e.await(7, core.Readable)
	e.expect(b, "question")
	e.expectEnd(b)
	if got := e.await(7, core.Readable); got&(kernel.HangUp|kernel.Failed) != 0 {
		e.Errorf("Ready = %05b after one direction ended, want no HangUp", got)
	}
	e.write(b, "answer")
	e.expect(a, "answer")
	e.expectEmpty(a)
	if n, err := e.k.Write(a, []byte("x")); err != syscall.EPIPE {
		e.Errorf("Write after CloseWrite = %d, %v, want EPIPE", n, err)
	}
	e.closeWrite(b)
	e.expectEnd(a)
}

// B10: HangUp is reported when both directions have ended, whichever is first, also to one who
// wants nothing.
func testHangUp(e *env) {
	for _, peerFirst := range []bool{false, true} {
		a, b := e.pair()
		first, second := a, b
		if peerFirst {
			first, second = b, a
		}
		e.add(a, 7, 0)
		e.write(b, "x")
		e.closeWrite(first)
		e.quiet("one direction has ended")
		e.closeWrite(second)
		if got := e.awaitEnd(7, 0, kernel.HangUp); got != kernel.HangUp && !e.vague {
			e.Errorf("Ready = %05b at an orderly end, want HangUp only", got)
		}
		if err := e.k.SocketError(a); err != nil {
			e.Errorf("SocketError = %v at an orderly end", err)
		}
		for _, want := range []core.Ready{0, core.Readable, core.Writable, core.Readable | core.Writable,
			0} {
			e.modify(a, uint64(want), want)
			e.awaitEnd(uint64(want), want, want|kernel.HangUp)
			e.awaitEnd(uint64(want), want, want|kernel.HangUp)
		}
		e.remove(a)
		e.quiet("the descriptor was removed")
		e.expect(a, "x")
		e.expectEnd(a)
		e.add(a, 8, core.Readable)
		for range 3 {
			e.awaitEnd(8, core.Readable, core.Readable|kernel.HangUp)
		}
		e.remove(a)
	}
}

// A peer that closes without having read everything resets the connection. That is told to one who
// wants nothing, too, until the error has been taken.
func testReset(e *env) {
	for _, want := range []core.Ready{0, core.Readable, core.Writable} {
		for _, ask := range []string{"Read", "Write", "SocketError"} {
			a, b := e.openPair()
			e.write(a, "never read")
			e.add(b, 1, core.Readable)
			e.await(1, core.Readable)
			e.remove(b)
			e.add(a, 7, want)
			e.close(b)
			for range 3 {
				e.awaitEnd(7, want, want|kernel.Failed)
			}
			if e.vague && want != core.Readable { // it may not have come yet
				e.modify(a, 7, core.Readable)
				e.awaitEnd(7, core.Readable, 0)
				e.modify(a, 7, want)
			}
			var err error
			switch ask {
			case "Read":
				_, err = e.k.Read(a, make([]byte, 8))
			case "Write":
				_, err = e.k.Write(a, []byte("x"))
			case "SocketError":
				if err = e.k.SocketError(a); err == nil && e.vague {
					_, err = e.k.Read(a, make([]byte, 8))
				}
			}
			broken := err == syscall.ECONNRESET || err == syscall.EPIPE
			if !broken {
				e.Errorf("%s after a reset: %v, want ECONNRESET", ask, err)
			}
			if ask == "SocketError" {
				if err := e.k.SocketError(a); err != nil {
					e.Errorf("SocketError is told a second time: %v", err)
				}
				if got := e.awaitEnd(7, 0, kernel.HangUp); got&kernel.Failed != 0 && !e.vague {
					e.Errorf("Ready = %05b after the error has been taken, want no Failed", got)
				}
			}
			e.remove(a)
			e.close(a)
		}
	}
}

// A reset does not take back what has arrived before it, whoever is told of it first, but where the
// system says so: Windows drops it.
func testResetBehindData(e *env) {
	for _, ask := range []string{"Read", "Write", "SocketError"} {
		a, b := e.openPair()
		e.write(a, "never read")
		e.write(b, "last word")
		e.add(a, 7, core.Readable)
		e.await(7, core.Readable)
		e.close(b)
		e.awaitEnd(7, core.Readable, kernel.Failed)
		switch ask {
		case "Write":
			e.expectBroken(a)
		case "SocketError":
			e.k.SocketError(a)
		}
		got := make([]byte, 0, 16)
		var err error
		for err == nil {
			var n int
			if n, err = e.k.Read(a, got[len(got):cap(got)]); n == 0 {
				break
			}
			got = got[:len(got)+n]
		}
		if string(got) != "last word" && runtime.GOOS != "windows" {
			e.Errorf("after a reset, told by %s: read %q, want what came before", ask, got)
		}
		// A failed write may leave the error for the read, as on Unix sockets of Linux; on a vague kernel
		// it may be nowhere else.
		any := ask == "Write" || ask == "SocketError" && e.vague || runtime.GOOS == "windows"
		if told := err != nil; told != (ask == "Read") && !any {
			e.Errorf("after a reset, told by %s: the error at the end is %v", ask, err)
		}
		e.remove(a)
		e.close(a)
	}
}

// expectBroken fails unless a write does; on a vague kernel, one of the next, since nothing says
// that the reset has come.
func (e *env) expectBroken(fd int) {
	e.Helper()
	for range 1000 {
		if _, err := e.k.Write(fd, []byte("x")); err != nil {
			return
		} else if !e.vague {
			break
		}
		e.pause()
	}
	e.Error("Write after a reset: no error")
}

// The first write to a peer that has closed may be taken; one of the next says that nobody is
// there.
func testWriteToClosed(e *env) {
	a, b := e.openPair()
	e.own(a)
	e.close(b)
	e.expectEnd(a)
	var err error
	for range 100 {
		if _, err = e.k.Write(a, []byte("x")); err != nil {
			break
		}
		e.pause()
	}
	if err != syscall.EPIPE && err != syscall.ECONNRESET {
		e.Errorf("Write to a closed peer: %v, want EPIPE or ECONNRESET", err)
	}
}

// A close concerns one connection.
func testCloseIsAlone(e *env) {
	a, b := e.openPair()
	c, d := e.pair()
	e.add(c, 7, core.Readable)
	e.close(a)
	e.close(b)
	e.quiet("another connection was closed")
	if err := e.k.SocketError(c); err != nil {
		e.Errorf("SocketError = %v", err)
	}
	e.write(d, "x")
	e.await(7, core.Readable)
	e.expect(c, "x")
	if err := e.k.Close(-1); !errors.Is(err, syscall.EBADF) {
		e.Errorf("Close(-1) = %v, want EBADF", err)
	}
}
