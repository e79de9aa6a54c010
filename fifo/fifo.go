// Package fifo is a queue of output: data and producers of data, in the order in which they were
// pushed.
//
// It does no I/O itself: the caller's function for [FIFO.Drain], or a [Sink], sends the data. Small
// pushes are joined in chunks, so that many of them leave in one write. A producer is called only
// when all earlier data has been sent, so a file of any size needs the memory of one piece. An
// empty FIFO owns no buffer.
package fifo

import (
	"fmt"
	"net"
	"unsafe"
)

// ErrClosed is returned by a push after [FIFO.CloseWhenDone]. It wraps net.ErrClosed, as
// chat.ErrClosed does.
var ErrClosed = fmt.Errorf("fifo: push after CloseWhenDone: %w", net.ErrClosed)

const (
	chunkSize = 16 << 10 // small pushes are joined in chunks of this size
	ownNode   = 4 << 10  // from here on a push gets memory of its own size
	maxVec    = 64       // slices offered to one send
	// Bytes sent by one Drain, so that a fast reader cannot keep the caller for ever.
	maxDrain  = 256 << 10
	compactTo = 1 << 10 // a rest of at most this many bytes gives its chunk back
)

// A FIFO is a queue of data and producers to be sent in order. The zero value is an empty queue,
// ready to use. It must not be copied after the first push, nor used by two goroutines at once.
// Every method may be called from within a producer or from the send function of [FIFO.Drain],
// except Drain and DrainTo, which do nothing there.
type FIFO struct {
	head, tail *node
	size       int
	closing    bool // CloseWhenDone was called
	waiting    bool // the producer at the head has nothing yet
	draining   bool
	discarded  bool // Discard was called since a producer or send was
	// More was queued than the high mark before something went, and not yet as little as the low one.
	high     bool
	lowMark  int32
	highMark int32 // 0: no marks
}

// Push queues a copy of p; the caller may reuse p at once. A push of nothing has no effect. After
// CloseWhenDone it returns ErrClosed.
func (f *FIFO) Push(p []byte) error {
	if f.closing {
		return ErrClosed
	}
	f.size += len(p)
	if t := f.tail; t != nil && t.chunk != nil { // t.data is at the end of its chunk: fill it up
		n := min(len(p), cap(t.data)-len(t.data))
		t.data = append(t.data, p[:n]...)
		p = p[n:]
	}
	if len(p) >= ownNode {
		f.append(node{data: append([]byte(nil), p...)})
	} else if len(p) > 0 {
		f.link(newChunk(p))
	}
	return nil
}

// PushString queues a string, as Push does. A string of 4 KiB and more is kept, not copied.
func (f *FIFO) PushString(s string) error {
	// Read only: neither Push nor a send function writes to it.
	p := unsafe.Slice(unsafe.StringData(s), len(s))
	if len(p) < ownNode {
		return f.Push(p)
	}
	return f.pushKept(p)
}

// pushKept queues p itself, which does not change: it is not borrowed, or Keep would copy it.
func (f *FIFO) pushKept(p []byte) error {
	if f.closing {
		return ErrClosed
	}
	f.size += len(p)
	f.append(node{data: p})
	return nil
}

// Borrow queues p itself and not a copy. The caller must not change p until it has been sent or
// [FIFO.Keep] was called. With Borrow, Push of package chat first offers a large p to the system,
// and copies only the unsent rest. It is for package chat.
func (f *FIFO) Borrow(p []byte) error {
	if f.closing {
		return ErrClosed
	}
	if len(p) > 0 {
		f.size += len(p)
		f.append(node{data: p, borrowed: true})
	}
	return nil
}

// Keep copies the unsent rest of borrowed data, so that its owner may change it. Its cost is O(the
// number of entries queued, and the bytes copied).
func (f *FIFO) Keep() {
	for n := f.head; n != nil; n = n.next {
		if n.borrowed {
			n.data, n.borrowed, n.gone = append([]byte(nil), n.data...), false, 0
		}
	}
}

// PushProducer queues a producer, which the FIFO owns from now on: if it is an io.Closer, it is
// closed exactly once, when it has ended or failed or is discarded. After CloseWhenDone,
// PushProducer closes p and returns ErrClosed. It panics if p is nil.
func (f *FIFO) PushProducer(p Producer) error {
	if p == nil {
		panic("fifo: PushProducer(nil)")
	}
	if f.closing {
		Discard(p, ErrClosed)
		return ErrClosed
	}
	f.append(node{producer: p})
	return nil
}

// CloseWhenDone ends the queue: pushes fail from now on, and [FIFO.Done] reports true once
// everything is sent.
func (f *FIFO) CloseWhenDone() { f.closing = true }

// Done reports whether CloseWhenDone was called and everything has been sent.
func (f *FIFO) Done() bool { return f.closing && f.head == nil }

// Len returns the number of bytes queued. It does not count data that producers have not returned
// yet.
func (f *FIFO) Len() int { return f.size }

// Held returns about how many bytes of memory the queue keeps. This is more than Len: the sent part
// of a large push is kept with its rest, and the last chunk of small pushes has free room.
func (f *FIFO) Held() int {
	if f.head == nil {
		return 0
	}
	n := f.size + int(f.head.gone)
	if t := f.tail; t.chunk != nil {
		n += cap(t.data) - len(t.data)
	}
	return n
}

// Empty reports whether nothing is queued: no bytes and no producer.
func (f *FIFO) Empty() bool { return f.head == nil }

// Waiting reports whether the queue waits for a producer: the producer has returned [ErrNotReady],
// and all bytes before that have been sent. Drain sends nothing until Resume.
func (f *FIFO) Waiting() bool { return f.waiting && len(f.head.data) == 0 }

// Resume lets the next Drain call the producer again that has returned ErrNotReady.
func (f *FIFO) Resume() { f.waiting = false }

// Discard empties the queue and closes its producers. After CloseWhenDone the queue stays closed.
func (f *FIFO) Discard() { f.DiscardWith(nil) }

// DiscardWith empties the queue and closes its producers with a cause, such as the error of a
// connection: a [Hook] reports it.
func (f *FIFO) DiscardWith(cause error) {
	f.waiting, f.discarded = false, true
	for f.head != nil {
		f.drop(cause)
	}
}

func (f *FIFO) append(v node) {
	n := newNode()
	*n = v
	f.link(n)
}

func (f *FIFO) link(n *node) {
	if f.tail == nil {
		f.head = n
	} else {
		f.tail.next = n
	}
	f.tail = n
}

// pop takes away the head, which is sent, or has failed.
func (f *FIFO) pop() { f.drop(nil) }

func (f *FIFO) drop(cause error) {
	n := f.head
	if f.head = n.next; f.head == nil {
		f.tail = nil
	}
	f.shrink(len(n.data))
	producer := n.producer
	n.release()
	if producer != nil {
		Discard(producer, cause)
	}
}
