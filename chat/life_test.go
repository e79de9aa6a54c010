package chat

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var (
	phaseNames = []string{"connecting", "proxied", "opening", "open", "lingering", "closed"}
	inNames    = []string{"inOpen", "inEnded", "inTold"}
	outNames   = []string{"outOpen", "outClosing", "outSealed", "outShut", "outBroken"}
	stopNames  = []string{"stopNever", "stopElement", "stopNow"}
	actNames   = []string{"nothing", "seal", "tell sent", "shut write", "linger", "close"}
)

func (l life) String() string {
	return strings.Join([]string{
		phaseNames[l.phase], inNames[l.in], outNames[l.out], stopNames[l.stop],
	}, " ")
}

// can reports whether a channel may be in this state.
func (l life) can() bool {
	switch {
	case l.phase == closed:
		return l.out >= outShut
	case l.phase == lingering:
		return l.in == inOpen && l.out == outShut && l.stop == stopNow
	case l.phase < open: // nothing is delivered yet, and nothing sent to its end
		return l.in != inTold && l.out != outShut && l.stop != stopElement
	}
	return true
}

func states() (all []life) {
	for phase := connecting; phase <= closed; phase++ {
		for in := inOpen; in <= inTold; in++ {
			for out := outOpen; out <= outBroken; out++ {
				for stop := stopNever; stop <= stopNow; stop++ {
					l := life{phase: phase, in: in, out: out, stop: stop}
					if l.can() {
						all = append(all, l)
					}
				}
			}
		}
	}
	return all
}

var errShut = errors.New("no half-close")

// events are what happens to a life; each returns what is to be done.
var events = []struct {
	name string
	do   func(l *life) act
}{
	{"stopSoon", (*life).stopSoon},
	{"closeWrite", (*life).closeWrite},
	{"seal", func(l *life) act { l.seal(); return actNone }},
	{"breakOutput", func(l *life) act { l.breakOutput(); return actNone }},
	{"sent", func(l *life) act { return l.sent(false) }},
	{"sent, working", func(l *life) act { return l.sent(true) }},
	{"linger", func(l *life) act { return begun(l.linger(func() error { return nil })) }},
	{"linger, failing", func(l *life) act { return begun(l.linger(func() error { return errShut })) }},
	{"close", func(l *life) act { l.close(); return actNone }},
}

// begun is what end.go makes of linger.
func begun(lingers bool) act {
	if lingers {
		return actNone
	}
	return actClose
}

// A row says for the states that match it, and no row before, what an event does. A field that is
// empty matches each value; names are joined by "|", and "+" is the name or a later one.
type row struct {
	event, phase, in, out, stop string
	next                        string // what becomes of the state: "phase=…", "out=…", "stop=…"
	act                         act
}

var table = []row{
	{"stopSoon", "lingering+", "", "", "", "", actNone},
	{"stopSoon", "", "", "", "stopNow", "", actNone},
	{"stopSoon", "", "", "", "", "stop=stopNow", actSeal},

	{"closeWrite", "lingering+", "", "", "", "", actNone},
	{"closeWrite", "", "", "", "stopNow", "", actNone},
	{"closeWrite", "", "", "outOpen", "", "out=outClosing", actSeal},
	{"closeWrite", "", "", "", "", "", actNone},

	{"seal", "", "", "outOpen|outClosing", "", "out=outSealed", actNone},
	{"seal", "", "", "", "", "", actNone},

	{"breakOutput", "lingering+", "", "", "", "", actNone},
	{"breakOutput", "", "", "", "", "out=outBroken", actNone},

	// What is broken lives on until its input has been delivered, and its work is done; it does not
	// linger. What drains has nothing more to do when all is sent, and work is done. Else an end of
	// the queue is passed on, or both directions have ended.
	{"sent", "", "inTold", "outBroken", "", "", actClose},
	{"sent", "", "", "outBroken", "stopNow", "", actClose},
	{"sent", "", "", "outBroken", "", "", actNone},
	{"sent", "open", "", "outSealed+", "stopNow", "", actLinger},
	{"sent", "", "", "outOpen", "stopNever|stopElement", "", actTellSent},
	{"sent", "", "", "outOpen|outClosing", "", "", actNone},
	{"sent", "", "inTold", "", "", "", actClose},
	{"sent", "", "", "outShut", "", "", actNone},
	{"sent", "", "", "outSealed", "", "out=outShut", actShutWrite},

	{"sent, working", "", "", "outBroken", "", "", actNone},
	{"sent, working", "", "", "outOpen", "stopNever|stopElement", "", actTellSent},
	{"sent, working", "", "", "outOpen|outClosing", "", "", actNone},
	{"sent, working", "", "", "outShut", "", "", actNone},
	{"sent, working", "", "", "outSealed", "", "out=outShut", actShutWrite},

	{"linger", "", "inOpen", "", "", "phase=lingering out=outShut", actNone},
	{"linger", "", "", "", "", "", actClose},
	{"linger, failing", "", "inOpen", "outShut", "", "phase=lingering", actNone},
	{"linger, failing", "", "", "", "", "", actClose},

	{"close", "", "", "outBroken", "", "phase=closed", actNone},
	{"close", "", "", "", "", "phase=closed out=outShut", actNone},
}

// Each state in which a channel can be, and each event that can come there, is in the table.
func TestLife(t *testing.T) {
	used := map[int]bool{}
	for _, before := range states() {
		for _, event := range events {
			if !comes(event.name, before) {
				continue
			}
			i := slices.IndexFunc(table, func(r row) bool {
				return r.event == event.name && r.matches(before)
			})
			if i < 0 {
				t.Fatalf("%v, %s: there is no row", before, event.name)
			}
			used[i] = true
			after := before
			got := event.do(&after)
			if want := table[i].after(before); after != want || got != table[i].act {
				t.Errorf("%v, %s: %v, %s; want %v, %s", before, event.name,
					after, actNames[got], want, actNames[table[i].act])
			}
			if after.phase < before.phase || after.in < before.in || after.out < before.out ||
				after.stop < before.stop {
				t.Errorf("%v, %s: goes back to %v", before, event.name, after)
			}
			if !after.can() {
				t.Errorf("%v, %s: leads to %v, where no channel can be", before, event.name, after)
			}
			checkAnswers(t, after)
		}
	}
	for i, r := range table {
		if !used[i] {
			t.Errorf("no state needs the row %v", r)
		}
	}
}

// comes reports whether end.go and settle.go let an event happen in a state.
func comes(event string, l life) bool {
	switch event {
	case "sent", "sent, working":
		return l.phase == open
	case "linger", "linger, failing":
		return l.drains() && l.out != outBroken
	case "seal":
		return l.phase < lingering && l.ends()
	}
	return true
}

// checkAnswers compares what a state allows with what it says in words.
func checkAnswers(t *testing.T, l life) {
	t.Helper()
	is := func(name string, got, want bool) {
		t.Helper()
		if got != want {
			t.Errorf("%v: %s is %t, want %t", l, name, got, want)
		}
	}
	isOpen, ended := l.phase == open, l.out != outOpen || l.stop == stopNow
	sealed := l.out == outSealed || l.out == outShut || l.out == outBroken
	gone := l.phase == lingering || l.phase == closed
	is("plain", l.plain(), l.in == inOpen && l.out == outOpen && l.stop == stopNever)
	is("delivers", l.delivers(), isOpen && l.stop != stopNow)
	is("drains", l.drains(), isOpen && l.stop == stopNow && sealed)
	is("drops", l.drops(), gone || isOpen && l.stop == stopNow && sealed)
	is("ends", l.ends(), ended)
	is("mayPush", l.mayPush(false), !ended)
	is("mayPush of an answer", l.mayPush(true), !sealed)
	is("mayWork", l.mayWork(false), !gone && l.stop != stopNow)
	is("mayWork of an answer", l.mayWork(true), !gone && (l.stop != stopNow || !sealed))
	for bit := tlsTruncated; bit <= reasonEOF; bit <<= 1 {
		with := l
		with.bits = bit
		is("plain with a bit", with.plain(), false)
	}
}

func (r row) matches(l life) bool {
	return among(r.phase, phaseNames, int(l.phase)) && among(r.in, inNames, int(l.in)) &&
		among(r.out, outNames, int(l.out)) && among(r.stop, stopNames, int(l.stop))
}

func among(pattern string, names []string, value int) bool {
	if from, ok := strings.CutSuffix(pattern, "+"); ok {
		return value >= indexOf(names, from)
	}
	return pattern == "" || slices.Contains(strings.Split(pattern, "|"), names[value])
}

func indexOf(names []string, name string) int {
	i := slices.Index(names, name)
	if i < 0 {
		panic(fmt.Sprintf("there is no %q", name))
	}
	return i
}

// after returns what becomes of l.
func (r row) after(l life) life {
	for change := range strings.FieldsSeq(r.next) {
		switch part, value, _ := strings.Cut(change, "="); part {
		case "phase":
			l.phase = phase(indexOf(phaseNames, value))
		case "out":
			l.out = outEnd(indexOf(outNames, value))
		case "stop":
			l.stop = stop(indexOf(stopNames, value))
		}
	}
	return l
}
