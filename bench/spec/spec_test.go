package spec_test

import (
	"bytes"
	"flag"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	length = flag.Int("spec.length", 0, "compare all sequences of so many events; 0: 4, or 3 "+
		"with -short and under the race detector")
	prefix  = flag.String("spec.prefix", "", "only those that begin with these events")
	verbose = flag.Bool("spec.known", false, "show each known difference")
	replay  = flag.String("spec.replay", "", "show what happens in these events")
)

// Every sequence of events has the same effects on a channel and on the model of it: calls, what is
// sent, and the close with its reason, after each event.
func TestSpecification(t *testing.T) {
	n := *length
	switch {
	case n > 0:
	case testing.Short() || raceEnabled:
		n = 3
	default:
		n = 4
	}
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // little is held, and much is dropped
	var met met
	t.Run("handlers", func(t *testing.T) {
		for _, full := range []bool{false, true} {
			t.Run(map[bool]string{false: "bare", true: "full"}[full], func(t *testing.T) {
				t.Parallel()
				if *replay != "" {
					newWalk(t, full).show(*replay)
					return
				}
				for n := range n { // for the shortest that differ
					if w := newWalk(t, full); !w.all(n) {
						w.tell(n)
						return
					}
				}
				w := newWalk(t, full)
				w.all(n)
				w.tell(n)
				met.add(w.known)
			})
		}
	})
	for i, k := range known {
		if *replay+*prefix == "" && n >= k.length && met.times[i] == 0 && !t.Failed() {
			t.Errorf("%q: %s: is not so any more. Remove the row", k.rule, k.now)
		}
	}
}

// met has how often each row of known was met.
type met struct {
	sync.Mutex
	times [len(known)]int
}

func (m *met) add(times [len(known)]int) {
	m.Lock()
	defer m.Unlock()
	for i, n := range times {
		m.times[i] += n
	}
}

// known has the differences that are there, until the change is made that each names. Sequences
// that go on behind one are not looked at.
var known = [...]struct {
	rule, now string
	length    int // of the shortest sequence
	is        func(path []event, was, m *model, want, got string) bool
}{}

// A walk goes through the tree of sequences.
type walk struct {
	t      *testing.T
	rig    *rig
	report report
	path   []event
	done   int // how much of the path the channel of rig has behind it

	below      int // sequences that begin with -spec.prefix: all of these
	compared   int // sequences, to their last event
	impossible int // with an event that cannot happen where it is, such as one behind the close
	events     int // that happened
	known      [len(known)]int
	unknown    int
	times      map[string]int // each unknown one
	began      time.Time
}

func newWalk(t *testing.T, full bool) *walk {
	return &walk{t: t, rig: newRig(t, full), times: map[string]int{}, began: time.Now()}
}

// all compares all sequences of n events, and reports whether there is no difference but the known
// ones.
func (w *walk) all(n int) bool {
	m := newModel(w.rig.full, w.rig.keeps, &w.report)
	begin := eventsOf(*prefix)
	w.below = power(max(0, n-len(begin)))
	for i, e := range begin {
		if i == n || !m.possible(e) || !w.agree(m, e, w.below) {
			return w.unknown == 0
		}
	}
	w.visit(m, n-len(begin))
	w.rig.end()
	return w.unknown == 0
}

func (w *walk) visit(m *model, left int) {
	if left == 0 {
		w.compared++
		return
	}
	below := power(left - 1)
	for e := range events {
		if !m.possible(e) {
			w.impossible += below
			continue
		}
		next := *m
		if w.agree(&next, e, below) {
			w.visit(&next, left-1)
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// agree lets both have one more event, and reports whether they agree. If they do not, so many
// sequences are left out.
func (w *walk) agree(m *model, e event, sequences int) bool {
	if w.done != len(w.path) || w.done == 0 { // a sequence that was tried is ahead: begin again
		w.rig.begin()
		for _, e := range w.path {
			w.rig.do(e)
		}
		w.events += len(w.path)
	}
	was := *m
	got := w.rig.do(e)
	want := m.predict(e, got)
	w.path = append(w.path, e)
	w.done = len(w.path)
	w.events++
	if bytes.Equal(want, got) {
		return true
	}
	for i, k := range known {
		if k.is(w.path, &was, m, string(want), string(got)) {
			if *verbose {
				w.t.Logf("%s: want %q, got %q: %s", w.words(), want, got, k.rule)
			}
			w.known[i] += sequences
			return false
		}
	}
	w.unknown += sequences
	what := fmt.Sprintf("%v: want %q, got %q", e, want, got)
	if w.times[what]++; w.times[what] == 1 && len(w.times) <= 30 {
		words := w.words()
		w.t.Errorf("%s: want %q, got %q\nreplay: go test ./bench/spec -v -spec.replay=%q",
			words, want, got, words)
	}
	return false
}

func (w *walk) words() string { return strings.Trim(fmt.Sprint(w.path), "[]") }

// power returns how many sequences of n events there are.
func power(n int) int {
	all := 1
	for range n {
		all *= int(events)
	}
	return all
}

func (w *walk) tell(n int) {
	w.t.Logf("all %d sequences of %d out of %d events: %d compared, %d cannot happen; %d events, %v",
		w.below, n, events, w.compared, w.impossible, w.events,
		time.Since(w.began).Round(time.Millisecond))
	for i, k := range known {
		if w.known[i] > 0 {
			w.t.Logf("%d behind a known difference: %s: %s", w.known[i], k.rule, k.now)
		}
	}
	if w.unknown > 0 {
		w.t.Errorf("%d behind another difference, of %d kinds", w.unknown, len(w.times))
	}
}

// show plays one sequence.
func (w *walk) show(words string) {
	m := newModel(w.rig.full, w.rig.keeps, &w.report)
	w.rig.begin()
	defer w.rig.end()
	for _, e := range eventsOf(words) {
		got := w.rig.do(e)
		w.t.Logf("%-16s model %-24q channel %q", e, m.predict(e, got), got)
	}
}

func eventsOf(words string) (list []event) {
	for _, word := range strings.Fields(words) {
		for e := range events {
			if e.String() == word {
				list = append(list, e)
			}
		}
	}
	return list
}
