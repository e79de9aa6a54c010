//go:build unix

package terminator_test

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/terminator"
)

// cpuTimeOf returns the CPU time that the process uses for a few calls of f, at least a
// microsecond.
func cpuTimeOf(f func()) time.Duration {
	var before, after syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for range 4 {
		f()
	}
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	return max(time.Microsecond, time.Duration(spent))
}

// No stream without an element may make the search much slower than bytes.Index, which it takes
// over from there. Without that the ratio is in the hundreds.
func TestHostileStreamsKeepTheSpeedOfIndex(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures time")
	}
	for _, repeat := range []string{"\r", "\n", "\ra\nb", "a\n", "\n\r"} {
		stream := bytes.Repeat([]byte(repeat), 1<<18/len(repeat))
		stream = bytes.ReplaceAll(stream, []byte("\r\n"), []byte("aa"))
		ratio := 0.0
		for range 5 {
			ours, index := time.Hour, time.Hour
			for range 7 {
				ours = min(ours, cpuTimeOf(func() { whole(terminator.String("\r\n"), stream) }))
				index = min(index, cpuTimeOf(func() { split(stream) }))
			}
			if ratio = float64(ours) / float64(index); ratio < 10 {
				break
			}
		}
		if ratio >= 10 {
			t.Errorf("%q for ever: %.0f times as slow as bytes.Index", repeat, ratio)
		}
	}
}
