// Package fifo keeps what is still to be sent: data and producers of data, in the order in which they were pushed.
//
// It is pure: where the data goes is the business of the function given to [FIFO.Drain]. Small pushes are joined in
// chunks, so that many of them leave in one write; a producer is asked for more only when all that precedes it has been
// sent, so that a file of any size passes through in the memory of one piece. An empty FIFO owns no buffer.
package fifo

import (
	"errors"
	"io"
	"unsafe"
)

// ErrClosed is returned by a push after [FIFO.CloseWhenDone].
var ErrClosed = errors.New("fifo: push after CloseWhenDone")

const (
	chunkSize = 16 << 10  // small pushes are joined in chunks of this size
	ownNode   = 4 << 10   // from here on a push gets memory of its own size
	maxVec    = 64        // slices offered to one send
	maxDrain  = 256 << 10 // bytes sent by one Drain, so that a fast reader cannot keep the caller for ever
	compactTo = 1 << 10   // a rest of at most this many bytes gives its chunk back
)

// A FIFO is a queue of data and producers to be sent in order. The zero value is an empty queue, ready to use. It
// must not be copied after the first push, nor used by two goroutines at once. Every method may be called from within a
// producer or from the send function of [FIFO.Drain], but for Drain itself, which does nothing there.
type FIFO struct {
	head, tail *node
	size       int
	closing    bool // CloseWhenDone was called
	waiting    bool // the producer at the head has nothing yet
	draining   bool
	discarded  bool // Discard was called since a producer or send was
}

// Push queues a copy of p; the caller may reuse p at once. A push of nothing is no push. After CloseWhenDone it
// returns ErrClosed.
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
		c := newChunk()
		f.append(node{chunk: c, data: append(c[:0], p...)})
	}
	return nil
}

// PushString is Push for a string. A string of 4 KiB and more is kept, not copied.
func (f *FIFO) PushString(s string) error {
	p := unsafe.Slice(unsafe.StringData(s), len(s)) // read only: neither Push nor a send function writes to it
	if len(s) < ownNode {
		return f.Push(p)
	}
	if f.closing {
		return ErrClosed
	}
	f.size += len(p)
	f.append(node{data: p}) // not borrowed: a string does not change, so Keep need not copy it
	return nil
}

// Borrow queues p itself and not a copy. The caller must not change p until it has been sent or [FIFO.Keep] was called.
// So a large p can be offered to the send function first, and what it did not take copied afterwards.
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

// Keep copies what is left of borrowed data, so that its owner may change it. Its cost is O(the number of entries
// queued, and the bytes copied).
func (f *FIFO) Keep() {
	for n := f.head; n != nil; n = n.next {
		if n.borrowed {
			n.data, n.borrowed = append([]byte(nil), n.data...), false
		}
	}
}

// PushProducer queues a producer, which the FIFO owns from now on: if it is an io.Closer, it is closed exactly once,
// when it has ended or failed or is discarded. After CloseWhenDone it is closed and ErrClosed returned. It panics if p is nil.
func (f *FIFO) PushProducer(p Producer) error {
	if p == nil {
		panic("fifo: PushProducer(nil)")
	}
	if f.closing {
		closeProducer(p)
		return ErrClosed
	}
	f.append(node{producer: p})
	return nil
}

// CloseWhenDone ends the queue: pushes fail from now on, and [FIFO.Done] reports true once everything is sent.
func (f *FIFO) CloseWhenDone() { f.closing = true }

// Done reports whether CloseWhenDone was called and everything has been sent.
func (f *FIFO) Done() bool { return f.closing && f.head == nil }

// Len returns the number of bytes queued. What a producer has not given out yet is not known, and not counted.
func (f *FIFO) Len() int { return f.size }

// Empty reports whether nothing is queued: no bytes and no producer.
func (f *FIFO) Empty() bool { return f.head == nil }

// Waiting reports whether the queue waits for a producer that returned [ErrNotReady], all bytes beside it being sent.
// Drain sends nothing until Resume.
func (f *FIFO) Waiting() bool { return f.waiting && len(f.head.data) == 0 }

// Resume lets the next Drain ask a producer again that returned ErrNotReady.
func (f *FIFO) Resume() { f.waiting = false }

// Discard empties the queue and closes its producers. Whether the queue is closing does not change.
func (f *FIFO) Discard() {
	f.waiting, f.discarded = false, true
	for f.head != nil {
		f.pop()
	}
}

// Drain offers what is queued to send, in order, and forgets what it took. It returns the number of bytes taken. It ends
// when the queue is empty, when send took less than it was offered, after 256 KiB, when a producer is not ready
// ([FIFO.Waiting]), or with the first error of send or of a producer, the latter as a *[ProducerError]; the failed producer is
// closed and gone, what is behind it stays. send must neither change nor keep the slices.
func (f *FIFO) Drain(send func([][]byte) (int, error)) (int, error) {
	if f.draining || f.head == nil {
		return 0, nil
	}
	f.draining = true
	v := vecs.Get().(*vec)
	defer func() {
		f.draining = false
		vecs.Put(v)
		f.compact()
	}()
	sent := 0
	for sent < maxDrain {
		if err := f.fill(); err != nil {
			return sent, err
		}
		offered, pieces := f.gather(v)
		if offered == 0 {
			break
		}
		f.discarded = false
		n, err := send(v[:pieces])
		clear(v[:pieces])
		f.consume(n)
		sent += n
		if err != nil {
			return sent, err
		}
		if n < offered {
			break
		}
	}
	return sent, nil
}

// fill asks producers at the head until one gives something to send, or says that it is not ready.
func (f *FIFO) fill() error {
	for n := f.head; n != nil && n.producer != nil && len(n.data) == 0; n = f.head {
		if f.waiting {
			return nil
		}
		if n.err != nil {
			return f.finish(n)
		}
		f.discarded = false
		data, err := n.producer.More()
		if f.discarded {
			continue // n is gone, or back from the pool as the node of something pushed since
		}
		if err == nil && len(data) == 0 {
			err = io.EOF
		}
		if errors.Is(err, ErrNotReady) {
			f.waiting, err = true, nil
		}
		n.data, n.err = data, err
		f.size += len(data)
		if err != nil && len(data) == 0 {
			if err := f.finish(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish removes the ended or failed producer n from the head.
func (f *FIFO) finish(n *node) error {
	err := n.err
	f.pop()
	if err == io.EOF {
		return nil
	}
	return &ProducerError{Err: err}
}

// gather collects up to maxVec pieces of data from the head on, but nothing behind a producer that may have more.
func (f *FIFO) gather(v *vec) (bytes, pieces int) {
	for n := f.head; n != nil && pieces < maxVec && bytes < maxDrain; n = n.next {
		if len(n.data) > 0 {
			v[pieces] = n.data
			bytes += len(n.data)
			pieces++
		}
		if n.producer != nil && n.err != io.EOF {
			break
		}
	}
	return bytes, pieces
}

// consume forgets the first sent bytes, unless a Discard did so before: what is queued then was pushed later.
func (f *FIFO) consume(sent int) {
	for n := f.head; n != nil && !f.discarded; n = f.head {
		k := min(sent, len(n.data))
		n.data = n.data[k:]
		f.size -= k
		sent -= k
		if len(n.data) > 0 || n.producer != nil && n.err != io.EOF {
			return
		}
		f.pop()
	}
}

// compact gives a chunk back that a short write has left almost empty: ten thousand stalled peers with a line
// each would else hold 16 KiB apiece.
func (f *FIFO) compact() {
	n := f.head
	if n == nil || n.chunk == nil || n.next != nil || len(n.data) > compactTo {
		return
	}
	rest := append([]byte(nil), n.data...)
	n.chunk.release()
	n.data, n.chunk = rest, nil
}

func (f *FIFO) append(v node) {
	n := newNode()
	*n = v
	if f.tail == nil {
		f.head = n
	} else {
		f.tail.next = n
	}
	f.tail = n
}

func (f *FIFO) pop() {
	n := f.head
	if f.head = n.next; f.head == nil {
		f.tail = nil
	}
	f.size -= len(n.data)
	producer := n.producer
	n.release()
	if producer != nil {
		closeProducer(producer)
	}
}
