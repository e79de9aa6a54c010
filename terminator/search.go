package terminator

import "bytes"

// maxShort is the longest delimiter that is searched for by its last byte. It is also the longest
// string that converts to a []byte without an allocation.
const maxShort = 32

// indexShort is bytes.Index. It looks for the last byte of delim, since a hit then means that the
// delimiter is complete, and leaves the search to bytes.Index where that byte is frequent without
// its delimiter: bytes.Index alone is a sixth as fast on a stream of "\r", the last byte alone a
// five-hundredth on a stream of "\n".
func indexShort(buf []byte, delim string) int {
	last := len(delim) - 1
	for i, misses := last, 0; i < len(buf); i++ {
		o := bytes.IndexByte(buf[i:], delim[last])
		if o < 0 {
			return -1
		}
		i += o
		if string(buf[i-last:i]) == delim[:last] {
			return i - last
		}
		if misses++; misses > (i+16)/8 {
			from := i - last + 1
			if o := bytes.Index(buf[from:], []byte(delim)); o >= 0 {
				return from + o
			}
			return -1
		}
	}
	return -1
}

// prefixAtEnd returns the length of the longest proper prefix of delim that ends buf. It compares
// at most len(delim)² bytes, so it is for short delimiters.
func prefixAtEnd(buf []byte, delim string) int {
	for n := min(len(delim)-1, len(buf)); n > 0; n-- {
		if string(buf[len(buf)-n:]) == delim[:n] {
			return n
		}
	}
	return 0
}
