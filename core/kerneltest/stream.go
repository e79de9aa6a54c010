package kerneltest

import (
	"bytes"
	"errors"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

func testStream(r *rig) {
	a, b := r.pair()
	r.write(a, "hello, ")
	r.write(a, "world")
	r.expect(b, "hel")
	r.expect(b, "lo, world")
	r.write(b, "and back")
	r.expect(a, "and back")
	r.expectEmpty(a)
	r.expectEmpty(b)
}

// expectEmpty fails unless nothing has arrived.
func (r *rig) expectEmpty(fd int) {
	r.Helper()
	var buf [8]byte
	if n, err := r.k.Read(fd, buf[:]); n != 0 || err != syscall.EAGAIN {
		r.Errorf("Read = %d, %v, want EAGAIN", n, err)
	}
}

func testEmptyRead(r *rig) {
	a, b := r.pair()
	r.expectEmpty(a)
	r.expectEmpty(b)
	r.write(a, "x")
	r.expect(b, "x")
	r.expectEmpty(b)
}

func testEndOfStream(r *rig) {
	a, b := r.openPair()
	r.own(a)
	r.write(b, "last words")
	r.close(b)
	r.add(a, 7, core.Readable)
	r.await(7, core.Readable)
	r.expect(a, "last ")
	r.await(7, core.Readable)
	r.expect(a, "words")
	r.await(7, core.Readable)
	r.expectEnd(a)
	r.await(7, core.Readable)
	r.expectEnd(a)
}

func testHalfClose(r *rig) {
	a, b := r.pair()
	r.write(a, "question")
	r.closeWrite(a)
	r.add(b, 7, core.Readable)
	r.await(7, core.Readable)
	r.expect(b, "question")
	r.expectEnd(b)
	if got := r.await(7, core.Readable); got&(core.HangUp|core.Failed) != 0 {
		r.Errorf("Ready = %05b after one direction ended, want no HangUp", got)
	}
	r.write(b, "answer")
	r.expect(a, "answer")
	r.expectEmpty(a)
	if n, err := r.k.Write(a, []byte("x")); err != syscall.EPIPE {
		r.Errorf("Write after CloseWrite = %d, %v, want EPIPE", n, err)
	}
	r.closeWrite(b)
	r.expectEnd(a)
}

// B10: HangUp is reported when both directions have ended, whichever is first, also to one who wants nothing.
func testHangUp(r *rig) {
	for _, peerFirst := range []bool{false, true} {
		a, b := r.pair()
		first, second := a, b
		if peerFirst {
			first, second = b, a
		}
		r.add(a, 7, 0)
		r.write(b, "x")
		r.closeWrite(first)
		r.quiet("one direction has ended")
		r.closeWrite(second)
		if got := r.await(7, core.HangUp); got != core.HangUp {
			r.Errorf("Ready = %05b at an orderly end, want HangUp only", got)
		}
		for _, want := range []core.Ready{0, core.Readable, core.Writable, core.Readable | core.Writable, 0} {
			r.modify(a, uint64(want), want)
			r.await(uint64(want), want|core.HangUp)
			r.await(uint64(want), want|core.HangUp)
		}
		r.remove(a)
		r.quiet("the descriptor was removed")
		r.expect(a, "x")
		r.expectEnd(a)
		r.add(a, 8, core.Readable)
		for range 3 {
			r.await(8, core.Readable|core.HangUp)
		}
		r.remove(a)
	}
}

// A peer that closes without having read everything resets the connection. That is told to one who wants nothing, too, until the
// error has been taken.
func testReset(r *rig) {
	for _, want := range []core.Ready{0, core.Readable, core.Writable} {
		for _, ask := range []string{"Read", "Write", "SocketError"} {
			a, b := r.openPair()
			r.write(a, "never read")
			r.add(b, 1, core.Readable)
			r.await(1, core.Readable)
			r.remove(b)
			r.add(a, 7, want)
			r.close(b)
			for range 3 {
				r.await(7, want|core.Failed)
			}
			var err error
			switch ask {
			case "Read":
				_, err = r.k.Read(a, make([]byte, 8))
			case "Write":
				_, err = r.k.Write(a, []byte("x"))
			case "SocketError":
				err = r.k.SocketError(a)
			}
			broken := err == syscall.ECONNRESET || err == syscall.EPIPE
			if !broken {
				r.Errorf("%s after a reset: %v, want ECONNRESET", ask, err)
			}
			if ask == "SocketError" {
				if err := r.k.SocketError(a); err != nil {
					r.Errorf("SocketError is told a second time: %v", err)
				}
				if got := r.await(7, core.HangUp); got&core.Failed != 0 {
					r.Errorf("Ready = %05b after the error has been taken, want no Failed", got)
				}
			}
			r.remove(a)
			r.close(a)
		}
	}
}

// The first write to a peer that has closed may be taken; one of the next says that nobody is there.
func testWriteToClosed(r *rig) {
	a, b := r.openPair()
	r.own(a)
	r.close(b)
	r.expectEnd(a)
	var err error
	for range 100 {
		if _, err = r.k.Write(a, []byte("x")); err != nil {
			break
		}
		r.pause()
	}
	if err != syscall.EPIPE && err != syscall.ECONNRESET {
		r.Errorf("Write to a closed peer: %v, want EPIPE or ECONNRESET", err)
	}
}

// fill calls write until the connection takes no more, nor makes room by itself, and returns how much it took.
func (r *rig) fill(fd int, write func() (n, of int, err error)) (total int) {
	r.Helper()
	short := false
	var events [1]core.Event
	for range 1 << 16 {
		n, of, err := write()
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			if len(r.wait(events[:], 20*time.Millisecond)) == 0 {
				if !short {
					r.Error("no write was short")
				}
				return total
			}
		case err != nil:
			r.Fatalf("Write: %v", err)
		case n <= 0 || n > of:
			r.Fatalf("Write of %d bytes = %d", of, n)
		}
		total += n
		short = short || n < of
	}
	r.Fatalf("the connection takes everything, %d bytes already", total)
	return 0
}

func testFullWrite(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Writable)
	r.await(7, core.Writable)
	chunk := pattern(1 << 20)
	sent := 0
	sent = r.fill(a, func() (int, int, error) {
		p := chunk[sent%251:]
		n, err := r.k.Write(a, p)
		sent += n
		return n, len(p), err
	})
	r.quiet("the connection is full")
	r.readPattern(b, sent)
	r.await(7, core.Writable)
	r.expectEmpty(b)
	r.write(a, "more")
	r.expect(b, "more")
}

// pattern returns n bytes and some more of a pattern with the period 251.
func pattern(n int) []byte {
	p := make([]byte, n+251)
	for i := range p {
		p[i] = byte(i % 251)
	}
	return p
}

func (r *rig) readPattern(fd, n int) {
	r.Helper()
	want := pattern(64 << 10)
	for got := 0; got < n; {
		p := r.read(fd, min(64<<10, n-got))
		if !bytes.Equal([]byte(p), want[got%251:][:len(p)]) || p == "" {
			r.Fatalf("after %d of %d bytes, %d came that are not those that were sent", got, n, len(p))
		}
		got += len(p)
	}
}

func testWritev(r *rig) {
	a, b := r.pair()
	tests := [][]string{
		{"one"},
		{"one, ", "two"},
		{"", "one, ", "", "", "two", ""},
		make([]string, 64),
	}
	for i := range 64 {
		tests[3][i] = string(rune('0'+i)) + "|"
	}
	for _, slices := range tests {
		var v [][]byte
		want := ""
		for _, s := range slices {
			v = append(v, []byte(s))
			want += s
		}
		n, err := r.k.Writev(a, v)
		if n != len(want) || err != nil {
			r.Fatalf("Writev(%q) = %d, %v, want %d", slices, n, err, len(want))
		}
		r.expect(b, want)
		r.expectEmpty(b)
	}
}

// A Writev that is short has sent a prefix of the concatenation.
func testFullWritev(r *rig) {
	a, b := r.pair()
	r.add(a, 7, core.Writable)
	chunk := pattern(7 * 64 * 2510)
	sent := 0
	sent = r.fill(a, func() (int, int, error) {
		var v [][]byte
		of := 0
		for i := range 64 {
			size := 1000 * (i % 7)
			v = append(v, chunk[(sent+of)%251:][:size])
			of += size
		}
		n, err := r.k.Writev(a, v)
		sent += n
		return n, of, err
	})
	r.readPattern(b, sent)
	r.expectEmpty(b)
}

// A close concerns one connection.
func testCloseIsAlone(r *rig) {
	a, b := r.openPair()
	c, d := r.pair()
	r.add(c, 7, core.Readable)
	r.close(a)
	r.close(b)
	r.quiet("another connection was closed")
	if err := r.k.SocketError(c); err != nil {
		r.Errorf("SocketError = %v", err)
	}
	r.write(d, "x")
	r.await(7, core.Readable)
	r.expect(c, "x")
	if err := r.k.Close(-1); !errors.Is(err, syscall.EBADF) {
		r.Errorf("Close(-1) = %v, want EBADF", err)
	}
}
