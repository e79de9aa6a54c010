package poll

import (
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/core/kernel"
)

// always holds the descriptors of a poller that its mechanism cannot watch because they never have
// to be waited for, as those of regular files: it reports them in each Wait for what is wanted of
// them, as poll(2) does. The zero value holds none, and costs nothing.
type always struct {
	all    map[int]*alwaysReady
	wanted []*alwaysReady // those with something to report
	next   int            // where the last report had to stop for want of room
	// before those that the mechanism watches; in every other Wait, so that neither can crowd out the
	// other
	first bool
}

type alwaysReady struct {
	kernel.Event
	told kernel.Ready // reported even if nothing is wanted
	at   int          // in wanted, plus 1
}

// add begins to report a descriptor for what is wanted of Readable and Writable, and for what is in
// told.
func (a *always) add(fd int, token uint64, want, told kernel.Ready) {
	if a.all == nil {
		a.all = make(map[int]*alwaysReady)
	}
	a.all[fd] = &alwaysReady{told: told}
	a.modify(fd, token, want)
}

func (a *always) has(fd int) bool { return a.all[fd] != nil }

// modify and remove report whether they did it: false says that fd is none of these.
func (a *always) modify(fd int, token uint64, want kernel.Ready) bool {
	r := a.all[fd]
	if r == nil {
		return false
	}
	r.Event = kernel.Event{Token: token, Ready: want&(kernel.Readable|kernel.Writable) | r.told}
	if r.Ready == 0 {
		a.silence(r)
	} else if r.at == 0 {
		a.wanted = append(a.wanted, r)
		r.at = len(a.wanted)
	}
	return true
}

func (a *always) remove(fd int) bool {
	r := a.all[fd]
	if r == nil {
		return false
	}
	a.silence(r)
	delete(a.all, fd)
	return true
}

func (a *always) silence(r *alwaysReady) {
	if r.at == 0 {
		return
	}
	last := a.wanted[len(a.wanted)-1]
	a.wanted[r.at-1], last.at = last, r.at
	a.wanted = slices.Delete(a.wanted, len(a.wanted)-1, len(a.wanted))
	r.at = 0
}

// wait is Wait for these descriptors and for those that watched waits for.
func (a *always) wait(
	events []kernel.Event, timeout time.Duration,
	watched func([]kernel.Event, time.Duration) (int, error),
) (int, error) {
	if len(a.wanted) == 0 {
		return watched(events, timeout)
	}
	n := 0
	if a.first = !a.first; a.first {
		n = a.report(events)
	}
	if n < len(events) {
		more, err := watched(events[n:], 0)
		if err != nil {
			return 0, err
		}
		n += more
	}
	if !a.first {
		n += a.report(events[n:])
	}
	return n, nil
}

func (a *always) report(events []kernel.Event) int {
	n := min(len(events), len(a.wanted))
	for i := range n {
		events[i] = a.wanted[(a.next+i)%len(a.wanted)].Event
	}
	a.next = (a.next + n) % len(a.wanted)
	return n
}
