package record

import (
	"math/rand/v2"
	"testing"
)

// W4: what has come of a record is known at each byte, however the stream is cut.
func TestMeter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var stream []byte
	var begun []int // after each byte
	for _, size := range []int{0, 1, 2, 255, 256, 257, 16<<10 + 256, 0, 0, 0xffff, 3} {
		one := append([]byte{23, 3, 3, byte(size >> 8), byte(size)}, make([]byte, size)...)
		for i := range one[header:] {
			one[header+i] = byte(r.Uint32())
		}
		stream = append(stream, one...)
		for n := range len(one) {
			begun = append(begun, (n+1)%len(one))
		}
	}
	for _, most := range []int{1, 7, 300, 1 << 17} {
		var m Meter
		for at := 0; at < len(stream); {
			n := min(1+r.IntN(most), len(stream)-at)
			m.Pass(stream[at : at+n])
			if at += n; m.Begun() != begun[at-1] {
				t.Fatalf("behind byte %d, in pieces of %d: %d, want %d", at, most, m.Begun(), begun[at-1])
			}
		}
	}
}
