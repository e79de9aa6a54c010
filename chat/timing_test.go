package chat

import (
	"testing"
	"time"
)

const (
	second       = time.Second
	elementLimit = 30 * second
	restLimit    = 300 * second
)

// A tick is something that happens to the clocks of a channel at a time, and what rings next after
// it.
type tick struct {
	at   time.Duration
	s    situation     // without now and the limits
	came int           // bytes of the element in progress, before s
	want time.Duration // 0: nothing rings
	of   clock
}

// W4, W14, W15, W18: what happens, and when the channel is ended for it.
var timings = []struct {
	what  string
	ticks []tick
}{
	{"nothing comes", []tick{
		{at: 0, s: situation{kind: firstClock}, want: 30 * second, of: firstClock}}},
	{"idle", []tick{
		{at: 0, s: situation{ended: true}, want: 300 * second, of: idleClock},
		{at: 100 * second, s: situation{}, want: 300 * second, of: idleClock},
		{at: 200 * second, s: situation{ended: true}, want: 500 * second, of: idleClock},
		{at: 300 * second, s: situation{sent: true}, want: 600 * second, of: idleClock}}},
	{"bytes of an element gain their time", []tick{
		{at: 0, s: situation{kind: elementClock}, want: 30 * second, of: elementClock},
		{at: 20 * second, s: situation{kind: elementClock}, came: 10 << 10,
			want: 40 * second, of: elementClock},
		{at: 21 * second, s: situation{kind: elementClock}, came: 512,
			want: 40*second + second/2, of: elementClock}}},
	{"no time is saved up", []tick{
		{at: 0, s: situation{kind: elementClock}, want: 30 * second, of: elementClock},
		{at: 1 * second, s: situation{kind: elementClock}, came: 1 << 20,
			want: 31 * second, of: elementClock}}},
	{"the next element has its own time", []tick{
		{at: 0, s: situation{kind: elementClock}, want: 30 * second, of: elementClock},
		{at: 20 * second, s: situation{kind: elementClock, ended: true},
			want: 50 * second, of: elementClock}}},
	{"an element that was nothing leaves the idle time as it was", []tick{
		{at: 0, s: situation{ended: true}, want: 300 * second, of: idleClock},
		{at: 290 * second, s: situation{kind: elementClock}, want: 320 * second, of: elementClock},
		{at: 295 * second, s: situation{}, want: 300 * second, of: idleClock}}},
	{"what brought nothing is taken back", []tick{
		{at: 0, s: situation{kind: elementClock}, want: 30 * second, of: elementClock},
		{at: 10 * second, s: situation{kind: elementClock}, came: 5 << 10,
			want: 35 * second, of: elementClock},
		{at: 11 * second, s: situation{kind: elementClock}, came: -5 << 10,
			want: 30 * second, of: elementClock}}},
	{"a pause stops both, and what was used stays used", []tick{
		{at: 0, s: situation{ended: true}, want: 300 * second, of: idleClock},
		{at: 100 * second, s: situation{kind: elementClock}, want: 130 * second, of: elementClock},
		{at: 110 * second, s: situation{kind: elementClock, dueStands: true, idleStands: true}},
		{at: 500 * second, s: situation{kind: elementClock, dueStands: true, idleStands: true}},
		{at: 910 * second, s: situation{kind: elementClock}, want: 930 * second, of: elementClock},
		{at: 911 * second, s: situation{}, want: 1100 * second, of: idleClock}}},
	{"a producer that is not ready, while reading is throttled", []tick{
		{at: 0, s: situation{kind: elementClock}, want: 30 * second, of: elementClock},
		{at: 10 * second, s: situation{kind: elementClock, dueStands: true},
			want: 300 * second, of: idleClock},
		{at: 50 * second, s: situation{kind: elementClock, dueStands: true, sent: true},
			want: 350 * second, of: idleClock},
		{at: 60 * second, s: situation{kind: elementClock}, want: 80 * second, of: elementClock}}},
	{"a pause of which the last moment is left", []tick{
		{at: 0, s: situation{kind: elementClock}, want: 30 * second, of: elementClock},
		{at: 31 * second, s: situation{kind: elementClock, dueStands: true, idleStands: true}},
		{at: 99 * second, s: situation{kind: elementClock}, want: 99*second + 1, of: elementClock}}},
}

func TestTiming(t *testing.T) {
	for _, c := range timings {
		var now timing
		for i, k := range c.ticks {
			if k.came != 0 {
				now.due.gain(k.came, 1<<10, k.at, elementLimit)
			}
			k.s.now, k.s.limit, k.s.idleLimit = k.at, elementLimit, restLimit
			now = now.follow(k.s)
			at, of := now.next()
			if at != k.want || at > 0 && of != k.of {
				t.Errorf("%s, %d: clock %d rings at %v, want %d at %v", c.what, i, of, at, k.of, k.want)
			}
		}
	}
}

// Without limits nothing rings, whatever happens.
func TestTimingWithoutLimits(t *testing.T) {
	var now timing
	for at := range time.Duration(64) {
		now = now.follow(situation{now: at * second, kind: clock(at & 1 * 2), ended: at&2 != 0,
			sent: at&4 != 0, dueStands: at&8 != 0, idleStands: at&16 != 0})
		now.due.gain(1000, 1, at*second, 0)
		if at, _ := now.next(); at != 0 {
			t.Fatalf("something rings at %v", at)
		}
	}
}
