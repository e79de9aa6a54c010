package kerneltest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// adoptFile has the kernel adopt a file, which is closed.
func (e *env) adoptFile(f *os.File) int {
	e.Helper()
	defer f.Close()
	fd, err := e.k.Adopt(f)
	if errors.Is(err, core.ErrUnsupported) {
		e.Skip("the kernel adopts nothing")
	} else if err != nil {
		e.Fatalf("Adopt: %v", err)
	}
	return fd
}

// regularFile returns a file with content, opened for reading and writing.
func (e *env) regularFile(content string) int {
	e.Helper()
	name := filepath.Join(e.tempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		e.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		e.Fatal(err)
	}
	return e.adoptFile(f)
}

// S110: a regular file is always ready for what is wanted, at its end too, and nothing waits for
// it.
func testRegularFile(e *env) {
	fd := e.own(e.regularFile("x"))
	e.add(fd, 7, core.Readable|core.Writable)
	if err := e.p.Add(fd, 8, core.Readable); err == nil {
		e.Error("a file was added twice")
	}
	e.await(7, core.Readable|core.Writable)
	e.expect(fd, "x")
	e.expectEnd(fd)
	var events [4]kernel.Event
	for _, tt := range []struct{ want, reported core.Ready }{
		{core.Readable, core.Readable},
		{core.Readable | core.Priority, core.Readable},
		{core.Writable, core.Writable},
	} {
		e.modify(fd, 1<<63|9, tt.want)
		var got []kernel.Event
		took := e.elapsed(func() { got = e.wait(events[:], patience) })
		if len(got) != 1 || got[0] != (kernel.Event{Token: 1<<63 | 9, Ready: tt.reported}) ||
			took >= patience {
			e.Errorf("wanted %05b: Wait reported %+v after %v, want %05b at once", tt.want, got, took,
				tt.reported)
		}
	}
	e.modify(fd, 9, 0)
	e.quiet("nothing is wanted of the file")
	e.modify(fd, 9, core.Readable)
	e.await(9, core.Readable)
	e.remove(fd)
	e.quiet("the file was removed")
	if err := e.p.Remove(fd); err == nil {
		e.Error("a file was removed twice")
	}
	e.add(fd, 10, core.Readable)
	e.await(10, core.Readable)
}

// Files that are always ready and sockets that happen to be do not crowd out each other, nor a
// wake.
func testFilesAmongOthers(e *env) {
	const n, rounds = 4, 20
	var files [n]int
	for i := range n {
		files[i] = e.own(e.regularFile(""))
		e.add(files[i], uint64(i), core.Readable)
		a, _ := e.pair()
		e.add(a, uint64(n+i), core.Writable)
		b, _ := e.pair()
		e.add(b, 100, core.Readable) // never ready
	}
	for _, room := range []int{1, 3, 2 * n, 4 * n} {
		for _, wakes := range []bool{false, true} {
			events := make([]kernel.Event, room)
			var times [2 * n]int
			for range max(2, rounds*2*n/room) {
				if wakes {
					e.wake()
				}
				for _, ev := range e.wait(events, patience) {
					times[ev.Token]++
				}
			}
			for token, got := range times {
				if got < rounds/4 && room < 2*n || got == 0 {
					e.Errorf("room for %d, wakes %t: token %d was reported %d times of about %d", room, wakes,
						token, got, rounds)
				}
			}
		}
	}
	// Whichever file goes, the others stay.
	for gone := range n {
		e.remove(files[gone])
		e.checkReported(2*n, func(token uint64) bool { return token > uint64(gone) })
	}
}

// A descriptor whose number was that of a file is not ready because the file was.
func testFileReuse(e *env) {
	for range 3 {
		fd := e.regularFile("x")
		e.add(fd, 7, core.Readable)
		e.await(7, core.Readable)
		e.remove(fd)
		e.close(fd)
		a, b := e.openPair()
		e.add(a, 8, core.Readable)
		e.add(b, 9, core.Readable)
		e.quiet("the file was ready, the sockets are not")
		e.remove(a)
		e.remove(b)
		e.close(a)
		e.close(b)
	}
}

// pipe returns the two ends of a pipe.
func (e *env) pipe() (in, out int) {
	e.Helper()
	rf, wf, err := os.Pipe()
	if err != nil {
		e.Fatalf("Pipe: %v", err)
	}
	defer wf.Close()
	in = e.adoptFile(rf)
	return in, e.adoptFile(wf)
}

// A pipe has one direction; when that has ended, the other side is told, also if it wants nothing.
func testPipe(e *env) {
	for _, want := range []core.Ready{core.Readable, 0} {
		in, out := e.pipe()
		e.own(in)
		e.add(in, 7, want)
		e.quiet("nothing has been written")
		e.write(out, "x")
		if want == 0 {
			e.quiet("nothing is wanted")
		} else {
			e.await(7, want)
		}
		e.close(out)
		e.awaitEnd(7, want, kernel.HangUp)
		e.awaitEnd(7, want, kernel.HangUp)
		e.expect(in, "x")
		e.expectEnd(in)
		e.awaitEnd(7, want, kernel.HangUp)
		e.remove(in)
		e.quiet("the pipe was removed")
	}
}

// The writer of a pipe is told that nobody reads, as HangUp or as Failed, whenever it is added.
func testPipeWithoutReader(e *env) {
	for _, want := range []core.Ready{core.Writable, 0} {
		for _, late := range []bool{false, true} {
			in, out := e.pipe()
			if late {
				e.close(in)
			}
			e.add(out, 7, want)
			if !late {
				if want == 0 {
					e.quiet("nothing is wanted")
				} else if got := e.await(7, want); got != want {
					e.Errorf("Ready = %05b, want %05b", got, want)
				}
				e.close(in)
			}
			for range 3 {
				e.awaitNoReader(7, want)
			}
			if n, err := e.k.Write(out, []byte("x")); err != syscall.EPIPE {
				e.Errorf("Write to a pipe that nobody reads = %d, %v, want EPIPE", n, err)
			}
			e.modify(out, 8, core.Writable)
			e.awaitNoReader(8, core.Writable)
			e.modify(out, 9, 0)
			e.awaitNoReader(9, 0)
			e.remove(out)
			e.quiet("the pipe was removed")
			e.close(out)
		}
	}
}
