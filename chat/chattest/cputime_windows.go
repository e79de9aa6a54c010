package chattest

import (
	"syscall"
	"time"
	"unsafe"
)

var (
	kernel32     = syscall.NewLazyDLL("kernel32.dll")
	processCycle = kernel32.NewProc("QueryProcessCycleTime")
	began        = time.Now()
)

// cpuTime returns how many cycles of a CPU this process has used, each of which counts for a
// nanosecond. The CPU time itself is too coarse here: it grows by 16 ms. Where there is no count of
// cycles, as under wine, it is the time that passes.
func cpuTime() time.Duration {
	const self = ^uintptr(0)
	var cycles uint64
	if processCycle.Find() == nil {
		got, _, _ := processCycle.Call(self, uintptr(unsafe.Pointer(&cycles)))
		if got != 0 && cycles > 0 {
			return time.Duration(cycles)
		}
	}
	return time.Since(began)
}
