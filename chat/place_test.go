package chat

import (
	"testing"
	"unsafe"
)

// A connection of a server is one allocation of the size class of 320 bytes: one more byte would
// cost 32.
func TestSizeOfAConnection(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("only where a pointer has 64 bits")
	}
	if got := unsafe.Sizeof(connSlot{}); got > 320 {
		t.Errorf("a connection and its channel have %d bytes, at most 320", got)
	}
	// So is the handler of Lines and Messages, of 48.
	if got := unsafe.Sizeof(messages{}); got > 48 {
		t.Errorf("a handler of Messages has %d bytes, at most 48", got)
	}
}
