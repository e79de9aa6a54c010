package chat_test

import (
	"testing"
	"unsafe"

	"github.com/go-asynchat/asynchat/chat"
)

// An idle channel is this struct and little else. Go has memory of 288 bytes, and of 320 next: a field that does not fit costs 32 bytes for each of
// tens of thousands. What few channels need goes to their extra.
func TestChannelFitsItsSizeClass(t *testing.T) {
	if size := unsafe.Sizeof(chat.Channel{}); size > 288 {
		t.Errorf("a Channel has %d bytes, want at most 288", size)
	}
}
