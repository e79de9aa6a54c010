//go:build !unix && !windows

package chattest

import "time"

// cpuTick is the resolution of cpuTime.
const cpuTick = time.Millisecond

var began = time.Now()

// cpuTime returns the time that has passed, since the system does not tell that of the process.
func cpuTime() time.Duration { return time.Since(began) }
