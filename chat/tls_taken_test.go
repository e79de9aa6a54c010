package chat

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// W4, W6: what crypto/tls has of a record is known at each byte, however the stream is cut, and it
// gets no byte of the next record with the last of one.
func TestTaken(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var stream []byte
	var begun []int // after each byte
	for _, size := range []int{0, 1, 2, 255, 256, 257, 16<<10 + 256, 0, 0, 0xffff, 3} {
		one := append([]byte{23, 3, 3, byte(size >> 8), byte(size)}, make([]byte, size)...)
		for i := range one[recordHeader:] {
			one[recordHeader+i] = byte(r.Uint32())
		}
		stream = append(stream, one...)
		for n := range len(one) {
			begun = append(begun, (n+1)%len(one))
		}
	}
	room := make([]byte, 1<<17)
	for _, most := range []int{1, 7, 300, 1 << 17} {
		var s secure
		for at := 0; at < len(stream); {
			in := stream[at:][:min(1+r.IntN(most), len(stream)-at)]
			n := s.taken.take(room, in)
			if n == 0 || !bytes.Equal(room[:n], in[:n]) {
				t.Fatalf("behind byte %d, in pieces of %d: %d bytes are taken", at, most, n)
			}
			for i := at; i < at+n-1; i++ {
				if begun[i] == 0 {
					t.Fatalf("behind byte %d, in pieces of %d: %d bytes are taken, over an end", at, most, n)
				}
			}
			if at += n; s.begun() != begun[at-1] {
				t.Fatalf("behind byte %d, in pieces of %d: %d, want %d", at, most, s.begun(), begun[at-1])
			}
		}
	}
}
