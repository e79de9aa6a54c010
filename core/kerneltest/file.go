package kerneltest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/go-asynchat/asynchat/core"
)

// adoptFile has the kernel adopt a file, which is closed.
func (r *rig) adoptFile(f *os.File) int {
	r.Helper()
	defer f.Close()
	fd, err := r.k.Adopt(f)
	if errors.Is(err, core.ErrUnsupported) {
		r.Skip("the kernel adopts nothing")
	} else if err != nil {
		r.Fatalf("Adopt: %v", err)
	}
	return fd
}

// regularFile returns a file with content, opened for reading and writing.
func (r *rig) regularFile(content string) int {
	r.Helper()
	name := filepath.Join(r.tempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		r.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		r.Fatal(err)
	}
	return r.adoptFile(f)
}

// S110: a regular file is always ready for what is wanted, at its end too, and nothing waits for it.
func testRegularFile(r *rig) {
	fd := r.own(r.regularFile("x"))
	r.add(fd, 7, core.Readable|core.Writable)
	if err := r.p.Add(fd, 8, core.Readable); err == nil {
		r.Error("a file was added twice")
	}
	r.await(7, core.Readable|core.Writable)
	r.expect(fd, "x")
	r.expectEnd(fd)
	var events [4]core.Event
	for _, tt := range []struct{ want, reported core.Ready }{
		{core.Readable, core.Readable},
		{core.Readable | core.Priority, core.Readable},
		{core.Writable, core.Writable},
	} {
		r.modify(fd, 1<<63|9, tt.want)
		var got []core.Event
		took := r.elapsed(func() { got = r.wait(events[:], patience) })
		if len(got) != 1 || got[0] != (core.Event{Token: 1<<63 | 9, Ready: tt.reported}) || took >= patience {
			r.Errorf("wanted %05b: Wait reported %+v after %v, want %05b at once", tt.want, got, took, tt.reported)
		}
	}
	r.modify(fd, 9, 0)
	r.quiet("nothing is wanted of the file")
	r.modify(fd, 9, core.Readable)
	r.await(9, core.Readable)
	r.remove(fd)
	r.quiet("the file was removed")
	if err := r.p.Remove(fd); err == nil {
		r.Error("a file was removed twice")
	}
	r.add(fd, 10, core.Readable)
	r.await(10, core.Readable)
}

// Files that are always ready and sockets that happen to be do not crowd out each other, nor a wake.
func testFilesAmongOthers(r *rig) {
	const n, rounds = 4, 20
	var files [n]int
	for i := range n {
		files[i] = r.own(r.regularFile(""))
		r.add(files[i], uint64(i), core.Readable)
		a, _ := r.pair()
		r.add(a, uint64(n+i), core.Writable)
		b, _ := r.pair()
		r.add(b, 100, core.Readable) // never ready
	}
	for _, room := range []int{1, 3, 2 * n, 4 * n} {
		for _, wakes := range []bool{false, true} {
			events := make([]core.Event, room)
			var times [2 * n]int
			for range max(2, rounds*2*n/room) {
				if wakes {
					r.wake()
				}
				for _, e := range r.wait(events, patience) {
					times[e.Token]++
				}
			}
			for token, got := range times {
				if got < rounds/4 && room < 2*n || got == 0 {
					r.Errorf("room for %d, wakes %t: token %d was reported %d times of about %d", room, wakes, token, got, rounds)
				}
			}
		}
	}
	// Whichever file goes, the others stay.
	for gone := range n {
		r.remove(files[gone])
		r.checkReported(2*n, func(token uint64) bool { return token > uint64(gone) })
	}
}

// A descriptor whose number was that of a file is not ready because the file was.
func testFileReuse(r *rig) {
	for range 3 {
		fd := r.regularFile("x")
		r.add(fd, 7, core.Readable)
		r.await(7, core.Readable)
		r.remove(fd)
		r.close(fd)
		a, b := r.openPair()
		r.add(a, 8, core.Readable)
		r.add(b, 9, core.Readable)
		r.quiet("the file was ready, the sockets are not")
		r.remove(a)
		r.remove(b)
		r.close(a)
		r.close(b)
	}
}

// pipe returns the two ends of a pipe.
func (r *rig) pipe() (in, out int) {
	r.Helper()
	rf, wf, err := os.Pipe()
	if err != nil {
		r.Fatalf("Pipe: %v", err)
	}
	defer wf.Close()
	in = r.adoptFile(rf)
	return in, r.adoptFile(wf)
}

// A pipe has one direction; when that has ended, the other side is told, also if it wants nothing.
func testPipe(r *rig) {
	for _, want := range []core.Ready{core.Readable, 0} {
		in, out := r.pipe()
		r.own(in)
		r.add(in, 7, want)
		r.quiet("nothing has been written")
		r.write(out, "x")
		if want == 0 {
			r.quiet("nothing is wanted")
		} else {
			r.await(7, want)
		}
		r.close(out)
		r.await(7, core.HangUp)
		r.await(7, core.HangUp)
		r.expect(in, "x")
		r.expectEnd(in)
		r.await(7, core.HangUp)
		r.remove(in)
		r.quiet("the pipe was removed")
	}
}

// The writer of a pipe is told that nobody reads, as HangUp or as Failed, whenever it is added.
func testPipeWithoutReader(r *rig) {
	for _, want := range []core.Ready{core.Writable, 0} {
		for _, late := range []bool{false, true} {
			in, out := r.pipe()
			if late {
				r.close(in)
			}
			r.add(out, 7, want)
			if !late {
				if want == 0 {
					r.quiet("nothing is wanted")
				} else if got := r.await(7, want); got != want {
					r.Errorf("Ready = %05b, want %05b", got, want)
				}
				r.close(in)
			}
			for range 3 {
				r.awaitEnd(7, want)
			}
			if n, err := r.k.Write(out, []byte("x")); err != syscall.EPIPE {
				r.Errorf("Write to a pipe that nobody reads = %d, %v, want EPIPE", n, err)
			}
			r.modify(out, 8, core.Writable)
			r.awaitEnd(8, core.Writable)
			r.modify(out, 9, 0)
			r.awaitEnd(9, 0)
			r.remove(out)
			r.quiet("the pipe was removed")
			r.close(out)
		}
	}
}

// awaitEnd waits until HangUp or Failed is reported for token, and all of want.
func (r *rig) awaitEnd(token uint64, want core.Ready) {
	r.Helper()
	if got := r.await(token, want); got&(core.HangUp|core.Failed) == 0 {
		for end := r.k.Now().Add(patience); r.k.Now().Before(end); r.pause() {
			if got = r.await(token, want); got&(core.HangUp|core.Failed) != 0 {
				return
			}
		}
		r.Fatalf("token %d was reported as %05b, want HangUp or Failed too", token, got)
	}
}
