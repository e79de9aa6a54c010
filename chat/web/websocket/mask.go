package websocket

import (
	"encoding/binary"
	"math/bits"
)

// mask writes src to dst, with each byte combined with one of the key, in turn, and returns the key
// for the byte that follows. dst is as long as src, and may be the same. It takes eight bytes at a
// time: in 32 bytes a time, the compiler leaves out most of its checks.
func mask(dst, src []byte, key uint32) uint32 {
	k := uint64(key) | uint64(key)<<32
	dst = dst[:len(src)]
	for len(src) >= 32 {
		d, s := dst[:32:32], src[:32:32]
		binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(s)^k)
		binary.LittleEndian.PutUint64(d[8:], binary.LittleEndian.Uint64(s[8:])^k)
		binary.LittleEndian.PutUint64(d[16:], binary.LittleEndian.Uint64(s[16:])^k)
		binary.LittleEndian.PutUint64(d[24:], binary.LittleEndian.Uint64(s[24:])^k)
		dst, src = dst[32:], src[32:]
	}
	for len(src) >= 8 {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src)^k)
		dst, src = dst[8:], src[8:]
	}
	for i, b := range src {
		dst[i] = b ^ byte(k>>(8*i))
	}
	return bits.RotateLeft32(key, -8*len(src))
}
