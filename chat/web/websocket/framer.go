package websocket

import (
	"encoding/binary"
	"math"

	"github.com/go-asynchat/asynchat/terminator"
)

// opcode is what a frame is.
type opcode uint8

const (
	opContinuation opcode = 0
	opText         opcode = 1
	opBinary       opcode = 2
	opClose        opcode = 8
	opPing         opcode = 9
	opPong         opcode = 10

	controlBit opcode = 8 // close, ping and pong
)

const (
	finBit     = 0x80
	rsvBits    = 0x70
	maskBit    = 0x80
	maxControl = 125 // bytes of payload in a control frame
)

// A framer is the terminator of frames: the payload of one is an element, still masked. It keeps
// what the header has said until the next frame begins. What is malformed ends the element with
// fault set; after it nothing is a frame.
type framer struct {
	client bool         // frames of a server are not masked
	limit  func() int64 // of a message, in bytes; 0 or less: none

	message opcode // text or binary of the message in progress; 0: none is
	size    int64  // of the message, with the frame in progress

	op    opcode // of the frame
	fin   bool
	key   uint32 // of the mask, as in memory; whoever unmasks turns it
	left  int64  // bytes of the payload that are to come; 0: a frame begins
	fault *ProtocolError
}

// Next is that of a terminator.Framer: one step for a frame that is there as a whole, which the
// matcher compares with its limit, whole too. Of any other frame, begin has compared the length.
func (f *framer) Next(buf []byte, _ bool) (terminator.Step, error) {
	switch {
	case f.fault != nil:
		return terminator.Step{}, f.fault
	case f.left == 0:
		var head int
		if head, f.fault = f.begin(buf); f.fault != nil {
			return terminator.Step{Skip: 1, Found: true}, nil
		}
		if end := head + int(f.left); f.left > 0 && f.left <= int64(len(buf)-head) {
			f.left = 0
			return terminator.Step{Collect: end, Data: buf[head:end:end], Found: true}, nil
		}
		return terminator.Step{Skip: head, Found: head > 0 && f.left == 0}, nil
	}
	n := min(f.left, int64(len(buf)))
	f.left -= n
	return terminator.Step{Collect: int(n), Found: f.left == 0}, nil
}

// begin reads a header. It returns its size, and 0 if there is more to come of it. It looks at each
// byte as soon as it is there.
func (f *framer) begin(buf []byte) (int, *ProtocolError) {
	if len(buf) == 0 {
		return 0, nil
	}
	if fault := f.first(buf[0]); fault != nil {
		return 0, fault
	}
	if len(buf) == 1 {
		return 0, nil
	}
	masked, n := buf[1]&maskBit != 0, uint64(buf[1]&^maskBit)
	switch {
	case masked == f.client:
		return 0, protocolError("frame is masked by a server, or not by a client")
	case n > maxControl && buf[0]&byte(controlBit) != 0:
		return 0, protocolError("control frame of more than 125 bytes")
	}
	head := 2
	switch n {
	case 126:
		if len(buf) < 4 {
			return 0, nil
		}
		if n, head = uint64(binary.BigEndian.Uint16(buf[2:])), 4; n < 126 {
			return 0, protocolError("length in more bytes than it needs")
		}
	case 127:
		if len(buf) < 10 {
			return 0, nil
		}
		n, head = binary.BigEndian.Uint64(buf[2:]), 10
		if n <= math.MaxUint16 || n > math.MaxInt64 {
			return 0, protocolError("length in more bytes than it needs, or negative")
		}
	}
	if masked {
		head += 4
	}
	whole := uint64(len(buf)) >= uint64(head)+n
	if fault := f.fits(opcode(buf[0]&0x0F), int64(n), whole); fault != nil || len(buf) < head {
		return 0, fault
	}
	if masked {
		f.key = binary.LittleEndian.Uint32(buf[head-4:])
	}
	f.open(buf[0], int64(n))
	return head, nil
}

// first judges the first byte of a frame.
func (f *framer) first(b byte) *ProtocolError {
	op, fin := opcode(b&0x0F), b&finBit != 0
	switch {
	case b&rsvBits != 0:
		return protocolError("reserved bits are set")
	case op > opPong, op > opBinary && op < opClose:
		return protocolError("unknown opcode")
	case op&controlBit != 0 && !fin:
		return protocolError("control frame in fragments")
	case op == opContinuation && f.message == 0:
		return protocolError("continuation of nothing")
	case op&controlBit == 0 && op != opContinuation && f.message != 0:
		return protocolError("message within another one")
	}
	return nil
}

// fits judges the length that a frame announces. A message of one frame that is there as a whole is
// left to the limit of the matcher.
func (f *framer) fits(op opcode, n int64, whole bool) *ProtocolError {
	if op&controlBit != 0 || whole && f.size == 0 {
		return nil
	}
	if limit := f.limit(); limit > 0 && n > limit-f.size || n > math.MaxInt64-f.size {
		return tooLong
	}
	return nil
}

// open begins the payload of a frame.
func (f *framer) open(first byte, n int64) {
	f.op, f.fin, f.left = opcode(first&0x0F), first&finBit != 0, n
	if f.op&controlBit == 0 {
		f.size += n
		if f.op != opContinuation {
			f.message = f.op
		}
	}
}

// endMessage is called after the last frame of a message.
func (f *framer) endMessage() { f.message, f.size = 0, 0 }

func protocolError(what string) *ProtocolError { return &ProtocolError{CodeProtocol, what} }

var tooLong = &ProtocolError{CodeTooLong, "message is longer than its limit"}

// appendHeader appends the header of a frame of n bytes, without a mask; maskBit is set by mask.
func appendHeader(dst []byte, op opcode, n int, mask byte) []byte {
	dst = append(dst, finBit|byte(op))
	switch {
	case n <= maxControl:
		return append(dst, mask|byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, mask|126), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, mask|127), uint64(n))
}
