package main

import "sync"

// A request is a command on its way in, and its answer on its way out. A session has one only in
// between.
type request struct {
	data []byte // the arguments, one behind the other
	ends []int  // where each of them ends
	args [][]byte
	reply
}

var requests = sync.Pool{New: func() any { return new(request) }}

// The memory that a request keeps for the next one.
const (
	keepBytes = 16 << 10
	keepArgs  = 1 << 10
)

func (r *request) release() {
	if cap(r.data) > keepBytes || cap(r.out) > keepBytes || cap(r.ends) > keepArgs {
		return // it was an unusual one
	}
	clear(r.args)
	r.data, r.ends, r.args, r.out, r.overflow = r.data[:0], r.ends[:0], r.args[:0], r.out[:0], false
	requests.Put(r)
}

// start returns where the argument in progress begins.
func (r *request) start() int {
	if len(r.ends) == 0 {
		return 0
	}
	return r.ends[len(r.ends)-1]
}

func (r *request) endArgument() { r.ends = append(r.ends, len(r.data)) }

// arguments returns the arguments. They are valid until the request is released, and do not grow
// into each other.
func (r *request) arguments() [][]byte {
	start := 0
	for _, end := range r.ends {
		r.args = append(r.args, r.data[start:end:end])
		start = end
	}
	return r.args
}

// parseInt reads a number as Redis does: no plus sign, no space, no zero in front.
func parseInt(p []byte) (n int64, ok bool) {
	if len(p) == 1 && p[0]-'0' <= 9 {
		return int64(p[0] - '0'), true
	}
	digits := p
	if len(p) > 0 && p[0] == '-' {
		digits = p[1:]
	}
	if len(digits) == 0 || len(digits) > len("9223372036854775807") ||
		digits[0] < '1' || digits[0] > '9' {
		return 0, false
	}
	var u uint64 // of 19 digits, so it has room
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	if len(digits) < len(p) {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}
