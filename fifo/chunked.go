package fifo

import (
	"io"
	"strconv"
)

// maxChunk leaves room in a buffer for four digits, two line ends and the last chunk.
const maxChunk = bufferSize - 16

// Chunked returns a producer of the output of p in HTTP/1.1's chunked transfer coding (RFC 9112,
// 7.1): each piece of p is a chunk, or several chunks if it is larger than 64 KiB. The last chunk
// and an empty trailer end the output. If p fails, the last chunk is left out, so that the peer
// notices the missing data. Chunked copies each piece into a pooled buffer, since three writes per
// chunk would cost more. It owns p, and panics if p is nil.
func Chunked(p Producer) Producer {
	mustNotBeNil(p, "Chunked")
	return &chunked{filter{p: p}}
}

type chunked struct{ filter }

func (c *chunked) More() ([]byte, error) {
	c.fill()
	out := c.take()[:0]
	if n := min(len(c.rest), maxChunk); n > 0 {
		out = strconv.AppendInt(out, int64(n), 16)
		out = append(out, "\r\n"...)
		out = append(out, c.rest[:n]...)
		out = append(out, "\r\n"...)
		c.rest = c.rest[n:]
	}
	err := c.verdict()
	if err == io.EOF {
		out = append(out, "0\r\n\r\n"...)
	}
	return c.give(out, err)
}
