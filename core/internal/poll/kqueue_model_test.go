//go:build linux && kqueuemodel

package poll

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/core/internal/poll/kqueuemodel"
	"github.com/go-asynchat/asynchat/core/internal/sys"
	"github.com/go-asynchat/asynchat/core/kernel"
)

// What is not wanted of a descriptor does not keep a Wait busy: it is told once.
func TestUnwantedCostsNothing(t *testing.T) {
	for _, want := range []kernel.Ready{0, kernel.Priority} {
		if supported(sys.KindSocket, want) != nil {
			continue
		}
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer closePair(fds)
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
		kq := p.(*kqueue).fd
		before := kqueuemodel.Looks(kq)
		const timeout = 20 * time.Millisecond
		if n, err := p.Wait(make([]kernel.Event, 4), timeout); n != 0 || err != nil {
			t.Errorf("want %05b: Wait = %d, %v, want nothing", want, n, err)
		}
		if looks := kqueuemodel.Looks(kq) - before; looks > 8 {
			t.Errorf("want %05b: a Wait of %v looked %d times at what is ready", want, timeout, looks)
		}
	}
}

// That both directions have ended is told at once, though the kernel is asked for the second only
// after the first.
func TestHangUpAtOnce(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closePair(fds)
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
	events := make([]kernel.Event, 4)
	if n, err := p.Wait(events, 0); n != 1 || err != nil ||
		events[0] != (kernel.Event{Token: 7, Ready: kernel.HangUp}) {
		t.Errorf("Wait(0) = %d, %v, %+v, want HangUp", n, err, events[0])
	}
}

func closePair(fds [2]int) {
	unix.Close(fds[0])
	unix.Close(fds[1])
}
