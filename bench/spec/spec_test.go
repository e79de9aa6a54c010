package spec_test

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A walk compares every sequence of events, by their tree.
type walk struct {
	tb     testing.TB
	rig    *rig
	report *report
	path   []event
	depth  int // how many events the channel of rig has had of path

	compared, impossible, replayed int
	found                          map[string]int
	first                          map[string]string
	keys                           []string
	known                          [len(known)]int
}

func (w *walk) visit(m *model, left int) {
	if left == 0 {
		w.compared++
		return
	}
	for e := range events {
		if !m.possible(e) {
			w.impossible++
			continue
		}
		w.replay()
		next := *m
		real := w.rig.do(e)
		w.path = append(w.path, e)
		w.depth = len(w.path)
		if w.agrees(&next, e, real) {
			w.visit(&next, left-1)
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// replay brings the real channel to where the path is.
func (w *walk) replay() {
	if w.depth == len(w.path) && w.depth > 0 {
		return
	}
	w.rig.begin()
	for _, e := range w.path {
		w.rig.do(e)
		w.replayed++
	}
	w.depth = len(w.path)
}

func (w *walk) agrees(m *model, e event, real []byte) bool {
	w.report.trace, w.report.real, w.report.sent = w.report.trace[:0], real, w.report.sent[:0]
	was := *m
	m.do(e)
	if bytes.Equal(m.trace, real) {
		return true
	}
	for i, k := range known {
		if k.is(w.path, &was, m, string(m.trace), string(real)) {
			w.known[i]++
			return false
		}
	}
	key := fmt.Sprintf("%v: the model %q, the channel %q", e, m.trace, real)
	if w.found[key]++; w.found[key] == 1 {
		w.first[key] = fmt.Sprint(w.path)
		w.keys = append(w.keys, key)
	}
	return false
}

var (
	length = flag.Int("spec.length", 3, "compare all sequences of so many events")
	shown  = flag.Int("spec.shown", 40, "how many differences are shown")
)

func TestSpec(t *testing.T) {
	for _, full := range []bool{false, true} {
		t.Run(map[bool]string{false: "bare", true: "full"}[full], func(t *testing.T) {
			w := walk{tb: t, rig: newRig(t, full), report: &report{}, found: map[string]int{},
				first: map[string]string{}}
			start := time.Now()
			w.visit(newModel(full, w.report), *length)
			w.rig.end()
			t.Logf("%d sequences compared, %d impossible, %d replayed, %v", w.compared, w.impossible,
				w.replayed, time.Since(start))
			for i, k := range known {
				t.Logf("%7d times %s", w.known[i], k.rule)
			}
			for i, k := range w.keys {
				if i == *shown {
					t.Logf("and %d more", len(w.keys)-i)
					break
				}
				t.Errorf("%5d times %s %s", w.found[k], w.first[k], k)
			}
		})
	}
}

// known has the differences that are there, each until the change that it names is made. The
// sequences that begin with one are not looked at any further.
var known = [...]struct {
	rule, why string
	is        func(path []event, was, m *model, want, got string) bool
}{
	{"a write that fails", "ends: it closes at once",
		func(path []event, was, m *model, want, got string) bool {
			return was.lost == 0 && m.lost == byWrite && strings.Contains(got, "Xw")
		}},
	{"a reset while reading is paused", "ends: what is held is dropped",
		func(path []event, was, m *model, want, got string) bool {
			return !was.reset && m.reset && !m.closed && strings.Contains(got, "Xr")
		}},
	{"ends wait for work", "CloseWhenDone, or a clock, behind CloseWrite does not",
		func(path []event, was, m *model, want, got string) bool {
			return m.sealed && m.stop && m.works > 0
		}},
	{"what moves the clocks of input", "clocks: a new terminator does",
		func(path []event, was, m *model, want, got string) bool {
			return was.term > crlf && strings.Contains(want, "f") && !strings.Contains(got, "f")
		}},
	{"what moves the clocks of input", "clocks: an element that was put back does not",
		func(path []event, was, m *model, want, got string) bool {
			return has(path, unread) && strings.ContainsAny(got, "if") && want != got
		}},
	{"a pause stops the clock, and what was used stays used", "clocks: it begins anew",
		func(path []event, was, m *model, want, got string) bool {
			return (has(path, pause) || has(path, work) || was.throttled) && strings.ContainsAny(want, "fsi") && want != got
		}},
}

// has reports whether the handler does e on the path, or is to.
func has(path []event, e event) bool {
	return slices.Contains(path, e) || slices.Contains(path, e-push+inside)
}
