package fifo

import "math"

// SetMarks sets the low and high marks for [FIFO.High], in bytes. A high mark of 0, the default,
// means no marks. It panics if low is negative or above high.
func (f *FIFO) SetMarks(low, high int) {
	if low < 0 || low > high {
		panic("fifo: SetMarks: the low mark is negative or above the high one")
	}
	f.lowMark, f.highMark = int32(min(low, math.MaxInt32)), int32(min(high, math.MaxInt32))
	f.high = false
}

// High reports whether to pause. It returns true once the queue is above the high mark, until the
// queue falls to the low mark. Without marks it is false. Its cost is O(1).
func (f *FIFO) High() bool { return f.highMark > 0 && (f.high || f.size > int(f.highMark)) }

// shrink counts what has gone. What the marks say changes on the way down only, so that a push
// costs nothing by them.
func (f *FIFO) shrink(by int) {
	f.high = f.high || f.size > int(f.highMark)
	if f.size -= by; f.size <= int(f.lowMark) {
		f.high = false
	}
}
