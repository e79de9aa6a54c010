package main

import "bytes"

// appendLines appends the whole CRLF lines of in to out, one by one as a program with something to
// say would, and returns how many bytes that was.
func appendLines(out, in []byte) ([]byte, int) {
	begin := 0
	for from := 0; ; {
		lf := bytes.IndexByte(in[from:], '\n')
		if lf < 0 {
			return out, begin
		}
		from += lf + 1
		if from-begin >= 2 && in[from-2] == '\r' {
			out = append(out, in[begin:from]...)
			begin = from
		}
	}
}
