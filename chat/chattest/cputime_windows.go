package chattest

import (
	"syscall"
	"time"
)

// cpuTick is the resolution of cpuTime: a tick of the clock of Windows.
const cpuTick = 16 * time.Millisecond

// cpuTime returns the CPU time that this process has used.
func cpuTime() time.Duration {
	const self = ^syscall.Handle(0)
	var created, ended, kernel, user syscall.Filetime
	if err := syscall.GetProcessTimes(self, &created, &ended, &kernel, &user); err != nil {
		panic("chattest: GetProcessTimes: " + err.Error())
	}
	return durationOf(kernel) + durationOf(user)
}

// durationOf returns the duration in t, which counts tenths of microseconds.
func durationOf(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
