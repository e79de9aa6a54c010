//go:build !unix && !windows

package chattest

import "time"

var began = time.Now()

// cpuTime returns the time that has passed, since the system does not tell that of the process.
func cpuTime() time.Duration { return time.Since(began) }
