//go:build unix

package chattest

import (
	"syscall"
	"time"
)

// cpuTime returns the CPU time that this process has used. That of the thread would leave out other
// goroutines, and needs LockOSThread, under which a coroutine from outside cannot be resumed.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic("chattest: getrusage: " + err.Error())
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
