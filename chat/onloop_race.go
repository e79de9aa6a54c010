//go:build race

package chat

import (
	"runtime"
	"unsafe"
)

// touch is called by methods that are for the goroutine of the loop. The race detector takes it for
// a write that nothing synchronises, of a field that the loop reads before each callback: a call
// from another goroutine is reported with both stacks. Inlined, it would hide the method in them.
//
//go:noinline
func (c *Channel) touch() { runtime.RaceWrite(unsafe.Pointer(&c.handler)) }
