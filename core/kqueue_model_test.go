//go:build linux && kqueuemodel

package core

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What is not wanted of a descriptor does not keep a Wait busy: it is told once.
func TestUnwantedCostsNothing(t *testing.T) {
	for _, want := range []Ready{0, Priority} {
		if supported(socket, want) != nil {
			continue
		}
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer closeAll(fds[:])
		p, err := newKqueue()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Add(fds[0], 7, want); err != nil {
			t.Fatal(err)
		}
		unix.Write(fds[1], []byte("never read"))
		unix.Shutdown(fds[1], unix.SHUT_WR)
		v, _ := kqueueModels.Load(p.(*kqueue).fd)
		m := v.(*kqueueModel)
		before := m.turn
		const timeout = 20 * time.Millisecond
		if n, err := p.Wait(make([]Event, 4), timeout); n != 0 || err != nil {
			t.Errorf("want %05b: Wait = %d, %v, want nothing", want, n, err)
		}
		if looks := m.turn - before; looks > 8 {
			t.Errorf("want %05b: a Wait of %v looked %d times at what is ready", want, timeout, looks)
		}
	}
}

// That both directions have ended is told at once, though the kernel is asked for the second only after the first.
func TestHangUpAtOnce(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(fds[:])
	p, err := newKqueue()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	unix.Shutdown(fds[0], unix.SHUT_WR)
	unix.Shutdown(fds[1], unix.SHUT_WR)
	if err := p.Add(fds[0], 7, 0); err != nil {
		t.Fatal(err)
	}
	events := make([]Event, 4)
	if n, err := p.Wait(events, 0); n != 1 || err != nil || events[0] != (Event{Token: 7, Ready: HangUp}) {
		t.Errorf("Wait(0) = %d, %v, %+v, want HangUp", n, err, events[0])
	}
}
