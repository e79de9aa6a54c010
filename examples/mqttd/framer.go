package main

import "github.com/go-asynchat/asynchat/terminator"

// maxPacket is the longest packet that is taken.
const maxPacket = 256 << 10

// framing ends an element behind a packet: a byte of its kind and flags, the length of what follows
// in one to four bytes of seven bits, the lowest first, and that. The element is all of it.
var framing = terminator.Custom(func() terminator.Framer { return &framer{} })

type framer struct{ left int } // bytes of the packet in progress that are still to come

func (f *framer) Next(buf []byte, eof bool) (terminator.Step, error) {
	if f.left > 0 {
		n := min(f.left, len(buf))
		f.left -= n
		return terminator.Step{Collect: n, Found: f.left == 0 && n > 0}, nil
	}
	length, size, err := parseLength(buf)
	switch {
	case err != nil:
		return terminator.Step{}, err
	case size == 0 && eof:
		return terminator.Step{Collect: len(buf)}, nil
	case size == 0:
		return terminator.Step{}, nil
	}
	n := min(size+length, len(buf))
	f.left = size + length - n
	return terminator.Step{Collect: n, Found: f.left == 0}, nil
}

// parseLength reads the head of a packet: how many bytes follow it, and its own size, which is 0 if
// it is not complete.
func parseLength(head []byte) (length, size int, err error) {
	for i := 1; i < len(head); i++ {
		length |= int(head[i]&0x7f) << (7 * (i - 1))
		switch {
		case head[i] < 0x80 && 1+i+length > maxPacket:
			return 0, 0, terminator.ErrTooLong
		case head[i] < 0x80:
			return length, i + 1, nil
		case i == 4:
			return 0, 0, terminator.ErrSyntax
		}
	}
	return 0, 0, nil
}
